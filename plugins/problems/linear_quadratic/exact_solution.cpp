#include "exact_solution.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace mfg {

Real LinearQuadraticSolution::stationary_curvature(const Settings& s)
{
    // (-gamma + root) / (2 nu) without the difference: it has a limit for nu = 0.
    return 2 * s.viscosity * s.beta / (s.gamma + std::sqrt(s.gamma * s.gamma + 4 * s.viscosity * s.viscosity * s.beta));
}

Real LinearQuadraticSolution::stationary_variance(const Settings& s)
{
    return (s.gamma + std::sqrt(s.gamma * s.gamma + 4 * s.viscosity * s.viscosity * s.beta)) / (2 * s.beta);
}

LinearQuadraticSolution::LinearQuadraticSolution(const Settings& settings) : s_(settings)
{
    if (!(stationary_variance(s_) > 0))
        throw Error(
            "linear quadratic game: without viscosity and congestion agents end in one point; give one of them");
    if (s_.initial_variance == 0) s_.initial_variance = stationary_variance(s_);
    mean_column_ = make_matrix(length(s_.initial_mean), 1);
    std::copy(s_.initial_mean.begin(), s_.initial_mean.end(), mean_column_.begin());
    for (const Index nodes : {25, 49, 97, 193})
        if (solve(nodes) && residual_ < 1e-10) return;
    throw NumericalError(
        "linear quadratic game: its equations in time are too stiff for the exact solution; take an initial deviation "
        "nearer to the stationary one, or a shorter horizon");
}

bool LinearQuadraticSolution::solve(Index n)
{
    const Real horizon = s_.horizon, beta = s_.beta, gamma = s_.gamma, nu = s_.viscosity;
    const Real alpha = stationary_curvature(s_), stationary = std::log(stationary_variance(s_)),
               goal = std::log(s_.initial_variance);
    const Matrix derivative = ChebyshevSeries::differentiation(0, horizon, n);
    // The derivatives of two functions, given by their values at the nodes, one after the other.
    Matrix slopes = make_matrix(2 * n, 2 * n);
    for (const Index start : {Index(0), n})
        xt::view(slopes, xt::range(start, start + n), xt::range(start, start + n)) = derivative;
    // Makes row i the equation that unknown number i has this value.
    const auto impose = [](Matrix& a, Vector& b, Index i, Real value) {
        xt::row(a, i) = 0;
        a(i, i) = 1;
        b(i) = value;
    };

    // Unknown are p and l = log v, one after the other, at the nodes. The initial l moves from its stationary value to
    // the goal in steps that Newton's method can follow.
    Vector y = make_vector(2 * n, alpha);
    entries(y, n, n) = stationary;
    const auto newton = [&](Real start) {
        Vector trial = y;
        for (int iteration = 0; iteration < 20; ++iteration) {
            Matrix a = slopes;
            Vector b = -xt::sum(slopes * trial, 1);
            for (Index i = 0; i < n; ++i) {
                const Real p = trial(i), inverse = std::exp(-trial(n + i));
                a(i, i) -= 2 * p;
                a(i, n + i) += gamma * inverse;
                b(i) += p * p - beta + gamma * inverse;
                a(n + i, i) += 2;
                a(n + i, n + i) += 2 * nu * inverse;
                b(n + i) += 2 * nu * inverse - 2 * p;
            }
            impose(a, b, n - 1, alpha - trial(n - 1));
            impose(a, b, n, start - trial(n));
            Vector step;
            try {
                step = linalg::solve(a, b);
            } catch (const Error&) {
                return false;
            }
            trial += step;
            const Real moved = largest_of(step);
            if (!(moved < 1e3)) return false;
            if (moved < 1e-11 * (1 + largest_of(trial))) {
                y = trial;
                return true;
            }
        }
        return false;
    };
    Real reached = 0, stride = 1;
    while (reached < 1) {
        const Real next = std::min(Real(1), reached + stride);
        if (newton(stationary + next * (goal - stationary))) {
            reached = next;
        } else if ((stride /= 2) < 1e-3) {
            return false;
        }
    }

    // q and M: linear equations.
    Matrix a = slopes;
    Vector b = make_vector(2 * n);
    for (Index i = 0; i < n; ++i) {
        const Real p = y(i);
        a(i, i) -= p;
        a(i, n + i) += gamma * std::exp(-y(n + i));
        a(n + i, i) += 1;
        a(n + i, n + i) += p;
    }
    impose(a, b, n - 1, 0);
    impose(a, b, n, 1);
    const Vector z = linalg::solve(a, b);
    const Vector p = entries(y, 0, n), l = entries(y, n, n), q = entries(z, 0, n), m = entries(z, n, n);
    const Vector r0 = -nu * p + gamma * (log_two_pi + l) / 2, r1 = q * q / 2 + gamma * m * m * xt::exp(-l) / 2;
    const auto series = [&](const Vector& values) { return ChebyshevSeries(0, horizon, values); };
    p_ = series(p);
    log_variance_ = series(l);
    q_ = series(q);
    mean_ = series(m);
    // The integral to the end instead of the one from the start.
    const auto to_end = [&](const Vector& rate) {
        const ChebyshevSeries from_start = series(rate).integral();
        Vector values = ChebyshevSeries::nodes(0, horizon, n);
        const Real all = from_start(horizon);
        for (Real& v : values) v = from_start(v) - all;
        return series(values);
    };
    r0_ = to_end(r0);
    r1_ = to_end(r1);

    // The steepest functions, p and log v at the start, set the scale.
    const Real steepest = (gamma + 2 * nu) / s_.initial_variance;
    residual_ = 0;
    const Vector fine = ChebyshevSeries::nodes(0, horizon, 2 * n - 1);
    const Matrix rate = ChebyshevSeries::differentiation(0, horizon, 2 * n - 1);
    for (Index i = 1; i < length(fine); i += 2) {
        const Real t = fine(i), pt = p_(t), inverse = std::exp(-log_variance_(t)), qt = q_(t), mt = mean_(t);
        const auto slope = [&](const ChebyshevSeries& f) {
            Real sum = 0;
            for (Index j = 0; j < length(fine); ++j) sum += rate(i, j) * (f(fine(j)) - f(t));
            return sum;
        };
        const std::pair<const ChebyshevSeries&, Real> equations[] = {
            {p_, pt * pt - beta + gamma * inverse},
            {log_variance_, 2 * nu * inverse - 2 * pt},
            {q_, pt * qt - gamma * mt * inverse},
            {mean_, -pt * mt - qt},
            {r0_, -nu * pt + gamma * (log_two_pi + log_variance_(t)) / 2},
            {r1_, qt * qt / 2 + gamma * mt * mt * inverse / 2}};
        for (const auto& [function, right_side] : equations) {
            const Real residual = std::abs(slope(function) - right_side) / (1 + steepest);
            residual_ = std::isfinite(residual) ? std::max(residual_, residual) : std::numeric_limits<Real>::infinity();
        }
    }
    return true;
}

Real LinearQuadraticSolution::deviation(Real t) const
{
    return std::exp(log_variance_(t) / 2);
}

Jet LinearQuadraticSolution::value(const Jet& x, const Jet& t) const
{
    const Real d = length(s_.initial_mean);
    Real square_of_mean = 0;
    for (const Real m : s_.initial_mean) square_of_mean += m * m;
    const Jet even = 0.5 * p_(t) * norm_squared(x) + d * r0_(t);
    if (square_of_mean == 0) return even;
    return even + q_(t) * sum(s_.initial_mean * x) + square_of_mean * r1_(t);
}

Jet LinearQuadraticSolution::log_density(const Jet& x, const Jet& t) const
{
    const Real d = length(s_.initial_mean);
    const Jet log_variance = log_variance_(t), centred = x - affine(mean_column_, mean_(t));
    return -0.5 * (norm_squared(centred) * exp(-log_variance) + d * (log_variance + log_two_pi));
}

}  // namespace mfg
