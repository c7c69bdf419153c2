#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/base/views.hpp>
#include <mfg/plane.hpp>

#include <cmath>

namespace mfg {
namespace {

Matrix map_of(const SpaceTimeGrid& cells, const Matrix& values, std::size_t row)
{
    return as_map(&values(row, 0), cells.ny, cells.nx);
}

/// Component `axis` of a velocity where the density is not small; elsewhere it has no meaning.
Matrix shown_velocity(const SpaceTimeGrid& cells, const Matrix& velocity, std::size_t axis, const Matrix& density)
{
    const Real min = Real(1e-3) * xt::amax(density)();
    const Vector component = xt::col(velocity, axis);
    return xt::where(density < min, std::nan(""), as_map(component.data(), cells.ny, cells.nx));
}

Figure density_figure(const GridComparison& found, const SpaceTimeGrid& cells, const Density* target)
{
    Figure figure{"comparison_densities", "Densities at the final time, both by one upwind scheme", {}};
    const auto add = [&](const std::string& name, const std::string& title, const Matrix& values, std::size_t row) {
        figure.panels.push_back(
            {"comparison_" + name, title, Heatmap{map_of(cells, values, row), cells.domain, "end"}});
    };
    add("density_network", "by the network", found.network.density, cells.nt);
    add("density_grid", "by the grid", found.grid.density, cells.nt);
    if (target) add("target", "target", cell_means(*target, cells), 0);
    return figure;
}

Figure velocity_figure(const Solution& network, const Solution& grid, const SpaceTimeGrid& cells, std::size_t node,
                       const Matrix& density, const std::string& number)
{
    const Real t = static_cast<Real>(node) * cells.dt();
    const Matrix points = cells.centres();
    const std::pair<const char*, Matrix> velocities[] = {{"network", network.velocity_at(points, t)},
                                                         {"grid", grid.velocity_at(points, t)}};
    Figure figure{"comparison_velocity_" + number, "Velocity at " + time_text(t), {}};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::string direction = axis == 0 ? "x" : "y", symbol = axis == 0 ? "x\u2081" : "x\u2082";
        for (const auto& [name, velocity] : velocities)
            figure.panels.push_back({"comparison_velocity_" + number + "_" + direction + "_" + name,
                                     "velocity in " + symbol + ", " + name,
                                     Heatmap{shown_velocity(cells, velocity, axis, density), cells.domain, direction}});
    }
    return figure;
}

}  // namespace

GridComparison compare_on_grid(const Solution& network, const Solution& grid, const SpaceTimeGrid& cells)
{
    constexpr Real courant = 0.9;
    const MeanFieldGame& game = *network.problem().mean_field_game();
    const auto carried_by = [&](const Solution& solution) {
        return upwind_transport(
            game, [&](const Matrix& points, Real t) { return solution.velocity_at(points, t); }, cells, courant);
    };
    GridComparison found;
    found.network = carried_by(network);
    found.grid = carried_by(grid);
    found.mass_outside = 1 - found.network.mass_before;
    const Real total = found.grid.objective();
    found.relative_difference = (found.network.objective() - total) / std::abs(total);
    found.figures.push_back(density_figure(found, cells, game.target_density()));
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t node = n * cells.nt / 2;
        found.figures.push_back(
            velocity_figure(network, grid, cells, node, map_of(cells, found.grid.density, node), std::to_string(n)));
    }
    return found;
}

}  // namespace mfg
