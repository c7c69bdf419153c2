#include "pictures.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mfg {
namespace {

/// Three digits are enough for the times that are shown.
std::string at_time(Real t)
{
    return fmt::format("t = {:.3g}", t);
}

}  // namespace

void export_grid_pictures(const MeanFieldGame& game, const PotentialSolver& solver, FieldExport& to)
{
    const SpaceTimeGrid& grid = solver.grid();
    const Flow& flow = solver.flow();
    const auto image = [&](auto value) {
        Matrix result = make_matrix(grid.ny, grid.nx);
        for (std::size_t j = 0; j < grid.ny; ++j)
            for (std::size_t i = 0; i < grid.nx; ++i) result(j, i) = value(j, i);
        return result;
    };

    to.figure("densities", "Density on the grid");
    for (std::size_t n = 0; n <= 4; ++n) {
        const std::size_t k = n * grid.nt / 4;
        to.map("density_" + std::to_string(n), "density at " + at_time(static_cast<Real>(k) * grid.dt()),
               image([&](std::size_t j, std::size_t i) { return flow.density(k, j * grid.nx + i); }), grid.domain,
               n == 4 ? "end" : "density at " + std::to_string(n));
    }
    if (const Density* target = game.target_density()) {
        const Matrix means = cell_means(*target, grid);
        to.map("target_density", "target density",
               image([&](std::size_t j, std::size_t i) { return means(0, j * grid.nx + i); }), grid.domain, "end");
    }

    to.figure("momentum", "Momentum on the grid, at the centres of cells");
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t k = std::min(grid.nt - 1, n * (grid.nt - 1) / 2);
        const std::string when = at_time((static_cast<Real>(k) + Real(0.5)) * grid.dt()), number = std::to_string(n);
        to.map("momentum_x_" + number, "momentum in x at " + when, image([&](std::size_t j, std::size_t i) {
                   const Real* m = &flow.momentum_x(k, j * (grid.nx + 1) + i);
                   return (m[0] + m[1]) / 2;
               }),
               grid.domain, "momentum at " + number);
        to.map("momentum_y_" + number, "momentum in y at " + when, image([&](std::size_t j, std::size_t i) {
                   const Real* m = &flow.momentum_y(k, j * grid.nx + i);
                   return (m[0] + m[grid.nx]) / 2;
               }),
               grid.domain, "momentum at " + number);
    }
}

}  // namespace mfg
