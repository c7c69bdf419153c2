#include "duality.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace mfg {
namespace {

/// Log densities of the infimum are looked for between -widest and widest.
constexpr Real widest = 300, infinity = std::numeric_limits<Real>::infinity();

/// Numbers for each point, from log densities there.
using AtDensities = std::function<Matrix(const Vector& w)>;

/// Moves each w to where exp(w) (r + C) is least, r + f = 0: Newton's method within a bracket, which is halved
/// where steps do not shrink (far above the root of an exponential they never do). Returns df/dw there.
Vector minimise(const AtDensities& derivatives, const Vector& r, Vector& w)
{
    const Index n = length(w);
    Vector low = make_vector(n, -widest), high = make_vector(n, widest), slopes = make_vector(n), last = high;
    constexpr int max_steps = 100;
    for (int step = 0; step < max_steps; ++step) {
        const Matrix f = derivatives(w);
        bool moved = false;
        for (Index i = 0; i < n; ++i) {
            const Real h = r(i) + f(i, 0);
            slopes(i) = f(i, 1);
            if (std::abs(h) <= 1e-12 * (1 + std::abs(r(i)))) continue;
            (h > 0 ? high : low)(i) = w(i);
            const Real newton = w(i) - h / f(i, 1), middle = (low(i) + high(i)) / 2;
            const bool good = newton > low(i) && newton < high(i) && std::abs(newton - w(i)) < last(i) / 2;
            const Real next = good ? newton : middle;
            last(i) = std::abs(next - w(i));
            moved = moved || last(i) > 1e-12 * (1 + std::abs(w(i)));
            w(i) = next;
        }
        if (!moved) break;
    }
    return slopes;
}

/// A solution at points, and its cost there as a function of the density.
class Sample {
public:
    Sample(const GameSystem& system, const Solution& solution, const LocalPotential& cost, const Matrix& points)
        : points_(points),
          cost_(cost),
          weight_(system.game().weights().running),
          w(make_vector(rows(points))),
          excess(w),
          q(w)
    {
        const MeanFieldGame& game = system.game();
        const Matrix at = solution.map(points, 2, 3, [&](const Fields& f) {
            const FieldValues &phi = f["phi"], &log_m = f["log_density"];
            const Hamiltonian h(game, f, {});
            const Jet miss = h.excess_cost(game.viscosity() * log_m.gradient, phi.gradient);
            return vconcat(vconcat(log_m.value, -hamilton_jacobi(game, h, phi)), miss);
        });
        for (Index i = 0; i < size(); ++i) {
            w(i) = at(i, 0);
            q(i) = at(i, 1);
            excess(i) = at(i, 2);
        }
    }

    Index size() const { return rows(points_); }
    /// a2 C.
    Vector integrand(const Vector& densities) const
    {
        return weight_ *
               xt::col(map(densities, 1,
                           [&](const Variable& x, const Variable& log_m) { return cost_.integrand(x, {}, log_m); }),
                       0);
    }
    /// a2 f and a2 df/dw.
    Matrix derivatives(const Vector& densities) const
    {
        return weight_ * map(densities, 2, [&](const Variable& x, const Variable& log_m) {
                   const auto found = cost_.derivatives(x, {}, log_m);
                   return found.coupling.exists() ? vconcat({found.coupling, found.slope}) : Variable{};
               });
    }
    /// Whether f does not fall as the density grows, so that m C is convex, as far as some densities show.
    bool is_convex() const
    {
        constexpr Real lowest = -20, highest = 20, step = 0.5;
        for (Real at = lowest; at <= highest; at += step) {
            const Matrix f = derivatives(make_vector(size(), at));
            for (Index i = 0; i < size(); ++i)
                if (f(i, 1) < 0) return false;
        }
        return true;
    }

private:
    template <class Formula>
    Matrix map(const Vector& densities, int outputs, const Formula& formula) const
    {
        const Index n = size(), d = columns(points_);
        Matrix rows = make_matrix(n, d + 1);
        for (Index i = 0; i < n; ++i) {
            std::copy_n(&points_(i, 0), d, &rows(i, 0));
            rows(i, d) = densities(i);
        }
        return map_points(rows, outputs,
                          [&](Tape&, const Variable& in) { return formula(in.rows(0, d), in.rows(d, 1)); });
    }

    const Matrix& points_;
    const LocalPotential& cost_;
    Real weight_;

public:
    Vector w, excess, q;  ///< log density; a1/2 |nu grad w - b + grad phi / a1|^2; q as in the header
};

/// Subtracts the log of the mass, by which m has the integral 1 over the sample; returns it.
Real normalise(Sample& sample)
{
    const Real largest = *std::max_element(sample.w.begin(), sample.w.end());
    Real mass = 0;
    for (const Real w : sample.w) mass += std::exp(w - largest) / sample.size();
    const Real log_mass = largest + std::log(mass);
    sample.w -= log_mass;
    return log_mass;
}

/// The infima over w of exp(w) (r + a2 C), r = q - Lambda, at the points of a sample.
struct Infima {
    Infima(const Sample& sample, Real lambda, Vector& least) : values(make_vector(sample.size()))
    {
        const Vector r = sample.q - lambda;
        const Vector slopes = minimise([&](const Vector& w) { return sample.derivatives(w); }, r, least);
        const Vector c = sample.integrand(least);
        for (Index i = 0; i < sample.size(); ++i) {
            const Real minimiser = std::exp(least(i)), share = Real(1) / sample.size();
            // Where the bound was reached there is no infimum.
            values(i) = least(i) > widest - 1 ? -infinity : minimiser * (r(i) + c(i));
            dual += values(i) * share;
            mass += minimiser * share;
            if (slopes(i) > 0 && least(i) > -widest + 1) mass_rate += minimiser / slopes(i) * share;
        }
        dual += lambda;
    }
    Vector values;
    Real dual = 0, mass = 0, mass_rate = 0;  ///< the mass of the minimisers, and its derivative in Lambda
};

/// The Lambda with the largest dual value for a sample. It gives the minimisers mass one; that is so for density 1 at
/// every point, so that it lies between the lowest and the highest Lambda that a point wants for that. Found by
/// Newton's method for the log of the mass.
Real best_lambda(const Sample& sample)
{
    const Index n = sample.size();
    const Matrix f = sample.derivatives(sample.w), at_one = sample.derivatives(make_vector(n));
    Real lambda = 0, low = sample.q(0) + at_one(0, 0), high = low;
    for (Index i = 0; i < n; ++i) {
        lambda += std::exp(sample.w(i)) * (sample.q(i) + f(i, 0)) / n;
        low = std::min(low, sample.q(i) + at_one(i, 0));
        high = std::max(high, sample.q(i) + at_one(i, 0));
    }
    if (!(lambda > low && lambda < high)) lambda = (low + high) / 2;
    Real best = lambda, best_dual = -infinity;
    Vector least = sample.w;
    constexpr int max_rounds = 40;
    for (int round = 0; round < max_rounds; ++round) {
        const Infima found(sample, lambda, least);
        if (found.dual > best_dual) {
            best_dual = found.dual;
            best = lambda;
        }
        const Real off = std::log(found.mass);
        if (std::abs(off) < 1e-9) break;
        (off > 0 ? high : low) = lambda;
        const Real newton = lambda - off * found.mass / found.mass_rate;
        lambda = std::isfinite(found.dual) && newton > low && newton < high ? newton : (low + high) / 2;
    }
    return best;
}

}  // namespace

DualityGap duality_gap(const GameSystem& system, const Solution& solution, const Matrix& chosen_on,
                       const Matrix& points)
{
    const LocalPotential cost(system.game(), system.coupling(), CostPart::running);
    Sample chosen(system, solution, cost, chosen_on), sample(system, solution, cost, points);
    const Real log_mass = normalise(chosen);
    sample.w -= log_mass;
    const bool convex = chosen.is_convex() && sample.is_convex();
    const Real lambda = best_lambda(chosen);
    Vector least = sample.w;
    const Infima infima(sample, lambda, least);
    const Vector c = sample.integrand(sample.w);
    const Matrix f = sample.derivatives(sample.w);

    // m has the mass 1 only nearly: Lambda (m - 1), whose mean is nearly zero, takes that noise out of the primal
    // value.
    MonteCarloMean primal, dual, gap, mass, slope;
    const bool bounded = convex && std::isfinite(infima.dual);
    for (Index i = 0; i < sample.size(); ++i) {
        const Real m = std::exp(sample.w(i)), r = sample.q(i) - lambda;
        const Real cost_here = m * (sample.excess(i) + r + c(i));
        primal.add(lambda + cost_here);
        mass.add(m);
        slope.add(m * (sample.excess(i) + r + f(i, 0)));
        if (!bounded) continue;
        dual.add(lambda + infima.values(i));
        gap.add(cost_here - infima.values(i));
    }
    // What the noise of the mass over the other points adds.
    const Real of_mass = slope.mean() * mass.standard_error();
    const auto estimate = [](const MonteCarloMean& mean, Real more) {
        return DualityGap::Estimate{mean.mean(), std::hypot(mean.standard_error(), more)};
    };
    if (!bounded) return {estimate(primal, of_mass), {-infinity, infinity}, {infinity, infinity}};
    return {estimate(primal, of_mass), estimate(dual, 0), estimate(gap, of_mass)};
}

}  // namespace mfg
