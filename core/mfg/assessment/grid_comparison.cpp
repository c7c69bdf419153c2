#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/base/views.hpp>
#include <mfg/plane.hpp>

#include <algorithm>
#include <array>
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
    Figure figure{"comparison_densities", "Densities at the final time, both by one finite-volume scheme", {}};
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

constexpr Real scheme_order = 2;

SchemeCosts scheme_costs(const std::array<UpwindTransport, 2>& coarse, const UpwindTransport& fine)
{
    const auto limit = [&](auto&& number) {
        return extrapolate(number(coarse[0]), number(coarse[1]), number(fine), scheme_order);
    };
    return {limit([](const UpwindTransport& t) { return t.objective(); }),
            limit([](const UpwindTransport& t) { return t.transport; }),
            limit([](const UpwindTransport& t) { return t.running; }),
            limit([](const UpwindTransport& t) { return t.terminal; })};
}

}  // namespace

GridComparison compare_on_grid(const Solution& network, const Solution& grid, const SpaceTimeGrid& cells)
{
    // Above 1/2 densities of the scheme can fall below zero.
    constexpr Real courant = 0.5;
    const MeanFieldGame& game = *network.problem().mean_field_game();
    const auto carried_by = [&](const Solution& solution, std::size_t size) {
        const SpaceTimeGrid g{cells.domain, cells.horizon, cells.nx / size, cells.ny / size,
                              std::max<std::size_t>(1, cells.nt / size)};
        return upwind_transport(
            game, [&](const Matrix& points, Real t) { return solution.velocity_at(points, t); }, g, courant);
    };
    GridComparison found;
    found.network = carried_by(network, 1);
    found.grid = carried_by(grid, 1);
    const std::array<UpwindTransport, 2> network_coarse{carried_by(network, 4), carried_by(network, 2)},
        grid_coarse{carried_by(grid, 4), carried_by(grid, 2)};
    found.network_costs = scheme_costs(network_coarse, found.network);
    found.grid_costs = scheme_costs(grid_coarse, found.grid);
    found.mass_outside = 1 - found.network.mass_before;
    const auto difference = [](const UpwindTransport& of, const UpwindTransport& from) {
        return (of.objective() - from.objective()) / std::abs(from.objective());
    };
    found.relative_difference = difference(found.network, found.grid);
    found.relative_difference_error =
        std::abs(extrapolate(difference(network_coarse[0], grid_coarse[0]),
                             difference(network_coarse[1], grid_coarse[1]), found.relative_difference, scheme_order)
                     .bias());
    found.figures.push_back(density_figure(found, cells, game.target_density()));
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t node = n * cells.nt / 2;
        found.figures.push_back(
            velocity_figure(network, grid, cells, node, map_of(cells, found.grid.density, node), std::to_string(n)));
    }
    return found;
}

}  // namespace mfg
