#include <mfg/assessment/upwind_transport.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/game/density_cost.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace mfg {
namespace {

/// Normal velocities on the faces at one time.
struct FaceVelocities {
    Matrix x;  ///< `[ny x (nx + 1)]`
    Matrix y;  ///< `[(ny + 1) x nx]`
};

FaceVelocities on_faces(const VelocityField& velocity, const SpaceTimeGrid& g, Real t)
{
    FaceVelocities v{make_matrix(g.ny, g.nx + 1), make_matrix(g.ny + 1, g.nx)};
    parallel_rows(g.ny, 512 * g.nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t j = begin; j < end; ++j) {
            // Inner faces only: nothing flows through the boundary. First those between columns, then those below.
            const std::size_t inner = g.nx - 1, below = j > 0 ? g.nx : 0;
            Matrix points = make_matrix(inner + below, 2);
            for (std::size_t i = 0; i < inner; ++i) {
                points(i, 0) = g.x(i) + g.hx() / 2;
                points(i, 1) = g.y(j);
            }
            for (std::size_t i = 0; i < below; ++i) {
                points(inner + i, 0) = g.x(i);
                points(inner + i, 1) = g.y(j) - g.hy() / 2;
            }
            const Matrix values = velocity(points, t);
            for (std::size_t i = 0; i < inner; ++i) v.x(j, i + 1) = values(i, 0);
            for (std::size_t i = 0; i < below; ++i) v.y(j, i) = values(inner + i, 1);
        }
    });
    return v;
}

/// The largest share of a cell's mass that leaves it in a unit of time.
Real largest_outflow(const FaceVelocities& v, const SpaceTimeGrid& g)
{
    Real largest = 0;
    for (std::size_t j = 0; j < g.ny; ++j) {
        for (std::size_t i = 0; i < g.nx; ++i) {
            const auto out = [](Real speed) { return std::max<Real>(speed, 0); };
            const Real rate =
                (out(v.x(j, i + 1)) + out(-v.x(j, i))) / g.hx() + (out(v.y(j + 1, i)) + out(-v.y(j, i))) / g.hy();
            if (!std::isfinite(rate)) throw NumericalError("comparison: a velocity on the grid is not finite");
            largest = std::max(largest, rate);
        }
    }
    return largest;
}

/// The slope times h that a limiter allows between differences to both neighbours: zero at extrema, and small enough
/// that no reconstructed value leaves the range of the neighbours.
Real limited(Real before, Real after)
{
    if (before * after <= 0) return 0;
    const Real size = std::min({2 * std::abs(before), 2 * std::abs(after), std::abs(before + after) / 2});
    return std::copysign(size, before);
}

/// What flows through a face with a normal velocity, between the second and third of four neighbours in a line.
Real upwind_flux(Real speed, const std::array<Real, 4>& rho)
{
    return speed > 0 ? speed * (rho[1] + limited(rho[1] - rho[0], rho[2] - rho[1]) / 2)
                     : speed * (rho[2] - limited(rho[2] - rho[1], rho[3] - rho[2]) / 2);
}

/// One explicit Euler step of length h with velocities (1 - share) from + share to:
/// next = kept * before + (1 - kept) * (rho + h L(rho)).
void step(const SpaceTimeGrid& g, const FaceVelocities& from, const FaceVelocities& to, Real share, Real h,
          const Real* rho, Real kept, const Real* before, Real* next)
{
    const std::size_t nx = g.nx, ny = g.ny;
    // Across face `face` of a line of `count` cells. Beyond the boundary is the density of the last cell.
    const auto flux = [&](const Matrix& a, const Matrix& b, std::size_t row, std::size_t column, const Real* line,
                          std::size_t stride, std::size_t count, std::size_t face) -> Real {
        if (face == 0 || face == count) return 0;
        const auto at = [&](std::size_t cell) { return line[cell * stride]; };
        return upwind_flux((1 - share) * a(row, column) + share * b(row, column),
                           {at(face > 1 ? face - 2 : 0), at(face - 1), at(face), at(std::min(face + 1, count - 1))});
    };
    parallel_rows(ny, 64 * nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t j = begin; j < end; ++j) {
            Real west = 0;
            for (std::size_t i = 0; i < nx; ++i) {
                const std::size_t c = j * nx + i;
                const Real east = flux(from.x, to.x, j, i + 1, rho + j * nx, 1, nx, i + 1);
                const Real south = flux(from.y, to.y, j, i, rho + i, nx, ny, j);
                const Real north = flux(from.y, to.y, j + 1, i, rho + i, nx, ny, j + 1);
                const Real moved = rho[c] - h * ((east - west) / g.hx() + (north - south) / g.hy());
                next[c] = kept * before[c] + (1 - kept) * moved;
                west = east;
            }
        }
    });
}

/// Sum of a number of each row of cells, in the order of the rows.
template <class RowValue>
Real sum_over_rows(const SpaceTimeGrid& g, RowValue value)
{
    std::vector<Real> rows(g.ny);
    parallel_rows(g.ny, 64 * g.nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t j = begin; j < end; ++j) rows[j] = value(j);
    });
    return std::accumulate(rows.begin(), rows.end(), Real(0));
}

/// Integral over the plane of c rho.
Real integral(const DensityCost& cost_of, const SpaceTimeGrid& g, Real t, const Real* rho)
{
    if (!cost_of.exists()) return 0;
    return g.hx() * g.hy() * sum_over_rows(g, [&](std::size_t j) {
               std::vector<Real> points(2 * g.nx), w(g.nx), cost(g.nx);
               for (std::size_t i = 0; i < g.nx; ++i) {
                   points[i] = g.x(i);
                   points[g.nx + i] = g.y(j);
                   // An empty cell pays nothing; its logarithm must stay finite.
                   w[i] = std::log(std::max(rho[j * g.nx + i], Real(1e-300)));
               }
               cost_of.evaluate(t, points.data(), w.data(), g.nx, cost.data(), nullptr, nullptr);
               Real sum = 0;
               for (std::size_t i = 0; i < g.nx; ++i) sum += cost[i] * rho[j * g.nx + i];
               return sum;
           });
}

/// Integral over the plane of |v|^2 / 2 rho, with the mean of the squares on opposite faces.
Real kinetic_energy(const SpaceTimeGrid& g, const FaceVelocities& v, const Real* rho)
{
    return g.hx() * g.hy() / 4 * sum_over_rows(g, [&](std::size_t j) {
               Real sum = 0;
               for (std::size_t i = 0; i < g.nx; ++i) {
                   const Real w = v.x(j, i), e = v.x(j, i + 1), s = v.y(j, i), n = v.y(j + 1, i);
                   sum += rho[j * g.nx + i] * (w * w + e * e + s * s + n * n);
               }
               return sum;
           });
}

Real mass(const SpaceTimeGrid& g, const Real* rho)
{
    return g.hx() * g.hy() * std::accumulate(rho, rho + g.cells(), Real(0));
}

Real mass_at_walls(const SpaceTimeGrid& g, const Real* rho)
{
    Real sum = 0;
    for (std::size_t j = 0; j < g.ny; ++j)
        for (std::size_t i = 0; i < g.nx; ++i)
            if (i == 0 || j == 0 || i + 1 == g.nx || j + 1 == g.ny) sum += rho[j * g.nx + i];
    return g.hx() * g.hy() * sum;
}

}  // namespace

UpwindTransport upwind_transport(const MeanFieldGame& game, const VelocityField& velocity, const SpaceTimeGrid& grid,
                                 Real courant)
{
    const DensityCost running(game, Coupling::potential, CostPart::running),
        terminal(game, Coupling::potential, CostPart::terminal);
    const Real dt = grid.dt(), a1 = game.weights().transport;
    UpwindTransport result;
    result.density = make_matrix(grid.nt + 1, grid.cells());
    const Matrix initial = cell_means(game.initial_density(), grid);
    if (!(mass(grid, initial.data()) > Real(0.5)))
        throw Error("comparison: the domain holds less than half of the initial density; give a larger --domain");
    std::copy(initial.begin(), initial.end(), result.density.begin());

    std::vector<Real> rho(initial.begin(), initial.end()), stage(rho.size()), next(rho.size());
    FaceVelocities from = on_faces(velocity, grid, 0);
    for (std::size_t k = 0; k <= grid.nt; ++k) {
        const Real t = dt * static_cast<Real>(k), weight = k == 0 || k == grid.nt ? dt / 2 : dt;
        result.transport += weight * a1 * kinetic_energy(grid, from, rho.data());
        result.running += weight * integral(running, grid, t, rho.data());
        if (k == grid.nt) break;

        FaceVelocities to = on_faces(velocity, grid, t + dt);
        const Real rate = std::max(largest_outflow(from, grid), largest_outflow(to, grid));
        const Real count = std::max<Real>(1, std::ceil(dt * rate / courant));
        if (count > 1e6)
            throw NumericalError("comparison: the velocity is too large for the scheme; give a smaller --domain");
        const auto steps = static_cast<std::uint64_t>(count);
        for (std::uint64_t n = 0; n < steps; ++n) {
            // Heun's method as a mean of densities above zero.
            const Real begin = static_cast<Real>(n) / count, end = static_cast<Real>(n + 1) / count;
            step(grid, from, to, begin, dt / count, rho.data(), 0, rho.data(), stage.data());
            step(grid, from, to, end, dt / count, stage.data(), Real(0.5), rho.data(), next.data());
            std::swap(rho, next);
        }
        result.steps += steps;
        std::copy(rho.begin(), rho.end(), &result.density(k + 1, 0));
        std::swap(from, to);
    }
    result.terminal = integral(terminal, grid, grid.horizon, rho.data());
    result.mass_before = mass(grid, initial.data());
    result.mass_after = mass(grid, rho.data());
    result.mass_at_walls = mass_at_walls(grid, rho.data());
    return result;
}

}  // namespace mfg
