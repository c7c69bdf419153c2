#include "exact_solution.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/constants.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

ColeHopfSolution::ColeHopfSolution(const Settings& settings) : s_(settings)
{
    // What is left out at either end is below 1e-16 in all dimensions.
    constexpr int count = 64;
    constexpr Real first = -3.7, last = 7, step = (last - first) / (count - 1);
    nodes_ = make_matrix(count, 1);
    log_weights_ = make_vector(count);
    for (int i = 0; i < count; ++i) {
        const Real z = first + i * step, log_node = z - std::exp(-z);
        nodes_(i, 0) = std::exp(log_node);
        log_weights_(i) = log_node + std::log(step * (1 + std::exp(-z)));
    }
    at_origin_ = log_mean(make_vector(1, whole_variance()))(0);
}

Jet ColeHopfSolution::log_mean(const Jet& square, const Jet& variance) const
{
    const Real d = s_.dimension;
    const Jet scale = 1 + square + d * variance, s = affine(nodes_, reciprocal(scale)),
              stretch = 1 + 2 * (s * variance);
    const Jet exponent = s + square * (s / stretch) + d / 2 * log(stretch);
    return log_sum_exp(-exponent + log_weights_) - log(scale);
}

Vector ColeHopfSolution::log_mean(const Vector& variances) const
{
    Matrix points = make_matrix(length(variances), 1);
    std::copy(variances.begin(), variances.end(), points.begin());
    const Matrix found = map_points(points, 1, [this](Tape& tape, const Variable& in) {
        return log_mean(Jet(tape.constant(1, in.columns(), 0)), Jet(in)).value();
    });
    Vector result = make_vector(length(variances));
    std::copy(found.begin(), found.end(), result.begin());
    return result;
}

Jet ColeHopfSolution::value(const Jet& x, const Jet& t) const
{
    const auto formula = [this](const Jet& square, const Jet& time) {
        return -log_mean(square, 2 * (s_.horizon - time)) - std::log(Real(2));
    };
    const Jet square = norm_squared(x);
    if (square.shape().order == 0) return formula(square, t);
    // Derivatives at each node in two variables instead of d: Taylor's polynomial has those of the function.
    const Jet inner = Jet::coordinates(vconcat({square.value(), t.value()}), JetShape::of(2, 1, true));
    const Jet f = formula(inner[0], inner[1]), more = square - Jet(square.value()), later = t - Jet(t.value());
    return Jet(f.value()) + Jet(f.time_derivative()) * later + Jet(f.derivative(0)) * more +
           0.5 * (Jet(f.laplacian()) * mfg::square(more));
}

Jet ColeHopfSolution::log_density(const Jet& x, const Jet& t) const
{
    const Real d = s_.dimension;
    const Jet variance = s_.initial_variance + 2 * t;
    const Jet free = -0.5 * (norm_squared(x) / variance + d * (log(variance) + log_two_pi));
    return free - value(x, t) - (std::log(Real(2)) + at_origin_);
}

Vector ColeHopfSolution::mixing(const Vector& uniform) const
{
    // The logarithm of the probability is convex in s, with slope -exp(-L): Newton's method climbs from 0.
    const Real whole = whole_variance(), half = s_.dimension / Real(2);
    Vector s = make_vector(length(uniform));
    for (int iteration = 0; iteration < 100; ++iteration) {
        Vector left = s;
        for (Real& v : left) v = whole / (1 + 2 * v * whole);
        const Vector mean = log_mean(left);
        Real moved = 0;
        for (Index i = 0; i < length(s); ++i) {
            const Real beyond = mean(i) - at_origin_ - s(i) - half * std::log1p(2 * s(i) * whole);
            const Real step = (beyond - std::log(uniform(i))) * std::exp(mean(i));
            s(i) = std::max(Real(0), s(i) + step);
            moved = std::max(moved, std::abs(step) / (s(i) + std::exp(at_origin_)));
        }
        if (moved < 1e-12) break;
    }
    return s;
}

Matrix ColeHopfSolution::positions(const RandomStream& stream, const Vector& times) const
{
    const Index n = length(times), d = s_.dimension;
    Vector uniform = make_vector(n);
    const RandomStream mixture = stream.part("mixture"), bridge = stream.part("bridge");
    for (Index i = 0; i < n; ++i) mixture.uniform(i, 1, &uniform(i));
    const Vector s = mixing(uniform);
    Matrix x = make_matrix(n, d);
    for (Index i = 0; i < n; ++i) {
        // Mean and noise of the bridge add up to a Gaussian with this variance.
        const Real whole = whole_variance(), share = (s_.initial_variance + 2 * times(i)) / whole;
        const Real end = whole / (1 + 2 * s(i) * whole), variance = share * share * end + share * (1 - share) * whole;
        bridge.normal(i, d, &x(i, 0));
        for (Index k = 0; k < d; ++k) x(i, k) *= std::sqrt(variance);
    }
    return x;
}

}  // namespace mfg
