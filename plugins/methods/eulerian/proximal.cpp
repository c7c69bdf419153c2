#include "proximal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace mfg {
namespace {

constexpr Real min_density = 1e-280;
constexpr int max_steps = 100;
constexpr Real accuracy = 1e-9;

/// One point's Newton iteration for the root of an increasing function of rho > 0, kept between known bounds.
struct Root {
    Real low = min_density, high = std::numeric_limits<Real>::infinity();
    bool done = false;

    /// The next rho after a value and slope there. The function grows at least like `stiffness` rho, and the share
    /// `logarithmic` of its slope is like 1/rho: where that is large it is nearly linear in log rho, and so is the
    /// step.
    Real next(Real rho, Real value, Real slope, Real stiffness, Real logarithmic)
    {
        done = value == 0 || (value > 0 && rho <= min_density);
        if (done) return rho;
        const Real bound = rho - value / stiffness;
        if (value < 0) {
            low = rho;
            high = std::min(high, bound);
        } else {
            high = rho;
            low = std::max(low, bound);
        }
        const Real relative = -value / (slope * rho);
        const Real step = rho * (relative < 0 || logarithmic > Real(0.5) ? std::exp(relative) : 1 + relative);
        done = std::abs(relative) < accuracy;
        if (done || (step >= low && step <= high)) return step;
        return std::sqrt(low) * std::sqrt(high);
    }
};

/// Without density in the cost the minimum may be at 0. `slope` is that of the cost.
void minimise_without_density(const ProximalRow& row, const Real* slope, Real* density)
{
    for (std::size_t i = 0; i < row.size; ++i) {
        // From the left of the minimum Newton's method does not overshoot: what is left of the derivative is concave.
        density[i] = std::max<Real>(0, row.centre[i] - slope[i] / row.stiffness);
        const Real k = row.kinetic ? row.kinetic[i] : 0;
        const auto derivative = [&](Real rho) {
            const Real by = 1 / (rho + row.shift);
            return slope[i] + row.stiffness * (rho - row.centre[i]) - k * by * by;
        };
        if (k == 0 || derivative(0) >= 0) continue;
        for (int step = 0; step < max_steps; ++step) {
            const Real by = 1 / (density[i] + row.shift);
            const Real change = -derivative(density[i]) / (row.stiffness + 2 * k * by * by * by);
            density[i] += change;
            if (change <= accuracy * density[i]) break;
        }
    }
}

}  // namespace

void minimise(const DensityCost& cost_of, const ProximalRow& row, Real* density, Real* cost)
{
    const std::size_t n = row.size;
    thread_local std::vector<Real> w, slope, curvature;
    thread_local std::vector<Root> roots;
    for (auto* array : {&w, &slope, &curvature}) array->resize(n);

    if (!cost_of.depends_on_density()) {
        std::fill(w.begin(), w.end(), 0);
        cost_of.evaluate(row.t, row.points, w.data(), n, cost, slope.data(), curvature.data());
        minimise_without_density(row, slope.data(), density);
        return;
    }

    roots.assign(n, Root{});
    for (std::size_t i = 0; i < n; ++i) density[i] = std::max(density[i] > 0 ? density[i] : row.centre[i], min_density);
    bool open = true;
    for (int step = 0; open && step < max_steps; ++step) {
        for (std::size_t i = 0; i < n; ++i) w[i] = std::log(density[i]);
        cost_of.evaluate(row.t, row.points, w.data(), n, cost, slope.data(), curvature.data());
        open = false;
        for (std::size_t i = 0; i < n; ++i) {
            if (roots[i].done) continue;
            const Real rho = density[i], by = row.kinetic ? 1 / (rho + row.shift) : 0;
            const Real k = row.kinetic ? row.kinetic[i] : 0;
            const Real value = slope[i] + row.stiffness * (rho - row.centre[i]) - k * by * by;
            const Real logarithmic = curvature[i] / rho, total = logarithmic + row.stiffness + 2 * k * by * by * by;
            density[i] = roots[i].next(rho, value, total, row.stiffness, logarithmic / total);
            open = open || !roots[i].done;
        }
    }
}

}  // namespace mfg
