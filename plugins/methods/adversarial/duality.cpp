#include "duality.hpp"
#include <mfg/autodiff/map_points.hpp>
#include <mfg/game/hamiltonian.hpp>
#include "potential_cost.hpp"

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
    const Index n = rows(points);
    Vector w = make_vector(n), m = w;
    Real largest = at(0, 0), mass = 0;
    for (Index i = 0; i < n; ++i) largest = std::max(largest, at(i, 0));
    for (Index i = 0; i < n; ++i) mass += std::exp(at(i, 0) - largest) / n;
    for (Index i = 0; i < n; ++i) {
        w(i) = at(i, 0) - largest - std::log(mass);
        m(i) = std::exp(w(i));
    }

    const PotentialCost cost(game, system.coupling(), CostPart::running);
    const int d = game.dimension();
    const auto map = [&](const Vector& densities, int outputs, const auto& formula) {
        Matrix rows = make_matrix(n, d + 1);
        for (Index i = 0; i < n; ++i) {
            std::copy_n(&points(i, 0), d, &rows(i, 0));
            rows(i, d) = densities(i);
        }
        return map_points(rows, outputs,
                          [&](Tape&, const Variable& in) { return formula(in.rows(0, d), in.rows(d, 1)); });
    };
    // C, and f with df/dw.
    const AtDensities integrand = [&](const Vector& densities) {
        return map(densities, 1,
                   [&](const Variable& x, const Variable& log_m) { return cost.integrand(x, {}, log_m); });
    };
    const AtDensities derivatives = [&](const Vector& densities) {
        return map(densities, 2, [&](const Variable& x, const Variable& log_m) {
            const auto [coupling, slope] = cost.derivatives(x, {}, log_m);
            return coupling.exists() ? vconcat({coupling, slope}) : Variable{};
        });
    };
    const Matrix f = derivatives(w), c = integrand(w), at_one = derivatives(make_vector(n));
    // The best Lambda gives the minimisers mass one. It is one at density 1 at every point, between the lowest and the
    // highest Lambda that a point wants for that; found by Newton's method for the log of the mass.
    Real primal = 0, lambda = 0, low = at(0, 1) + at_one(0, 0), high = low;
    for (Index i = 0; i < n; ++i) {
        primal += m(i) * (at(i, 2) + at(i, 1) + c(i, 0)) / n;
        lambda += m(i) * (at(i, 1) + f(i, 0)) / n;
        low = std::min(low, at(i, 1) + at_one(i, 0));
        high = std::max(high, at(i, 1) + at_one(i, 0));
    }
    if (!(lambda > low && lambda < high)) lambda = (low + high) / 2;
    DualityGap best{primal, -infinity, infinity};
    Vector r = make_vector(n), least = w;
    constexpr int max_rounds = 40;
    for (int round = 0; round < max_rounds; ++round) {
        for (Index i = 0; i < n; ++i) r(i) = at(i, 1) - lambda;
        const Vector slopes = minimise(derivatives, r, least);
        const Matrix lower = integrand(least);
        Real dual = lambda, gap = 0, mass_at_least = 0, mass_rate = 0;
        for (Index i = 0; i < n; ++i) {
            const Real minimiser = std::exp(least(i)), share = Real(1) / n;
            // Where the bound was reached there is no infimum.
            const Real infimum = least(i) > widest - 1 ? -infinity : minimiser * (r(i) + lower(i, 0));
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
