#include "duality.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/game/hamiltonian.hpp>
#include "potential_cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// Log densities of the infimum are looked for between -widest and widest.
constexpr Real widest = 300;

/// Costs as functions of the log density at given points.
class CostsAtPoints {
public:
    CostsAtPoints(const GameSystem& system, const Matrix& points)
        : cost_(system.game(), system.coupling(), CostPart::running),
          dimension_(points.shape(1)),
          rows_(make_matrix(points.shape(0), points.shape(1) + 1))
    {
        for (std::size_t i = 0; i < points.shape(0); ++i) std::copy_n(&points(i, 0), dimension_, &rows_(i, 0));
    }

    /// C, one number a point.
    Matrix integrand(const Vector& w)
    {
        return map(w, 1, [this](Tape& tape, const Variable& x, const Variable& at) {
            const Variable c = cost_.integrand(x, {}, at);
            return c.exists() ? c : tape.constant(1, at.columns(), 0);
        });
    }
    /// f and df/dw.
    Matrix derivatives(const Vector& w)
    {
        return map(w, 2, [this](Tape& tape, const Variable& x, const Variable& at) {
            const auto [coupling, slope] = cost_.derivatives(x, {}, at);
            return coupling.exists() ? vconcat({coupling, slope}) : tape.constant(2, at.columns(), 0);
        });
    }

private:
    template <class Formula>
    Matrix map(const Vector& w, int outputs, Formula formula)
    {
        for (std::size_t i = 0; i < w.size(); ++i) rows_(i, dimension_) = w(i);
        const int d = static_cast<int>(dimension_);
        return map_points(rows_, outputs,
                          [&](Tape& tape, const Variable& in) { return formula(tape, in.rows(0, d), in.rows(d, 1)); });
    }

    PotentialCost cost_;
    std::size_t dimension_;
    Matrix rows_;
};

/// Moves each w to where exp(w) (r + C) is least, r + f = 0: Newton's method within a bracket, which is halved
/// where steps do not shrink (far above the root of an exponential they never do). Returns df/dw there.
Vector minimise(CostsAtPoints& costs, const Vector& r, Vector& w)
{
    const std::size_t n = w.size();
    Vector low = make_vector(n, -widest), high = make_vector(n, widest), slopes = make_vector(n), last = high;
    constexpr int max_steps = 100;
    for (int step = 0; step < max_steps; ++step) {
        const Matrix f = costs.derivatives(w);
        bool moved = false;
        for (std::size_t i = 0; i < n; ++i) {
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

}  // namespace

DualityGap duality_gap(const GameSystem& system, const Solution& solution, const Matrix& points)
{
    const MeanFieldGame& game = system.game();
    // With the velocity nu grad w the population m stays as it is, so that this control is feasible.
    const Matrix at = solution.map(points, 2, 3, [&](const Fields& f) {
        const FieldValues &phi = f["phi"], &w = f["log_density"];
        const Hamiltonian h(game, f);
        const Jet excess = game.viscosity() * w.gradient - h.velocity(phi.gradient);
        return vconcat(vconcat(w.value, -hamilton_jacobi(game, h, phi)),
                       game.weights().transport / 2 * norm_squared(excess));
    });
    const std::size_t n = points.shape(0);
    Vector w = make_vector(n), m = w;
    Real largest = at(0, 0), mass = 0;
    for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, at(i, 0));
    for (std::size_t i = 0; i < n; ++i) mass += std::exp(at(i, 0) - largest) / static_cast<Real>(n);
    for (std::size_t i = 0; i < n; ++i) {
        w(i) = at(i, 0) - largest - std::log(mass);
        m(i) = std::exp(w(i));
    }

    CostsAtPoints costs(system, points);
    const Matrix f = costs.derivatives(w), c = costs.integrand(w);
    const Matrix at_one = costs.derivatives(make_vector(n, 0));
    // The best Lambda gives the minimisers mass one. It is one at density 1 at every point, between the lowest and the
    // highest Lambda that a point wants for that; found by Newton's method for the log of the mass.
    Real primal = 0, lambda = 0, low = at(0, 1) + at_one(0, 0), high = low;
    for (std::size_t i = 0; i < n; ++i) {
        primal += m(i) * (at(i, 2) + at(i, 1) + c(i, 0)) / static_cast<Real>(n);
        lambda += m(i) * (at(i, 1) + f(i, 0)) / static_cast<Real>(n);
        low = std::min(low, at(i, 1) + at_one(i, 0));
        high = std::max(high, at(i, 1) + at_one(i, 0));
    }
    if (!(lambda > low && lambda < high)) lambda = (low + high) / 2;
    DualityGap best{primal, -std::numeric_limits<Real>::infinity(), std::numeric_limits<Real>::infinity()};
    Vector r = make_vector(n), least = w;
    constexpr int max_rounds = 40;
    for (int round = 0; round < max_rounds; ++round) {
        for (std::size_t i = 0; i < n; ++i) r(i) = at(i, 1) - lambda;
        const Vector slopes = minimise(costs, r, least);
        const Matrix lower = costs.integrand(least);
        Real dual = lambda, gap = 0, mass_at_least = 0, mass_rate = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const Real minimiser = std::exp(least(i)), share = 1 / static_cast<Real>(n);
            // Where the bound was reached there is no infimum.
            const Real infimum =
                least(i) > widest - 1 ? -std::numeric_limits<Real>::infinity() : minimiser * (r(i) + lower(i, 0));
            dual += infimum * share;
            gap += (m(i) * (at(i, 2) + r(i) + c(i, 0)) - infimum) * share;
            mass_at_least += minimiser * share;
            if (slopes(i) > 0 && least(i) > -widest + 1) mass_rate += minimiser / slopes(i) * share;
        }
        if (dual > best.dual) best = {primal, dual, gap};
        const Real off = std::log(mass_at_least);
        if (std::abs(off) < 1e-9) break;
        (off > 0 ? high : low) = lambda;
        const Real newton = lambda - off * mass_at_least / mass_rate;
        lambda = std::isfinite(dual) && newton > low && newton < high ? newton : (low + high) / 2;
    }
    return best;
}

}  // namespace mfg
