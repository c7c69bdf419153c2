#include "grid_solution.hpp"
#include <mfg/assessment/errors.hpp>
#include <mfg/autodiff/map_points.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace mfg {
namespace {

constexpr std::size_t density = 0, momentum_x = 1, momentum_y = 2, velocity_x = 3, velocity_y = 4;

}  // namespace

ParameterLayout grid_layout(const SpaceTimeGrid& grid)
{
    const int nx = static_cast<int>(grid.nx), ny = static_cast<int>(grid.ny), nt = static_cast<int>(grid.nt);
    ParameterLayout layout;
    layout.add({"density", nt + 1, ny * nx});
    layout.add({"momentum_x", nt, ny * (nx + 1)});
    layout.add({"momentum_y", nt, (ny + 1) * nx});
    layout.add({"velocity_x", nt, ny * nx});
    layout.add({"velocity_y", nt, ny * nx});
    return layout;
}

Fields GridSolution::evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int, Part part) const
{
    const SpaceTimeGrid& g = grid_;
    const Index n = points.columns();
    // Densities stand at the nodes of time, velocities at the centres of its intervals.
    const auto interpolated = [&](std::size_t number, Real first_time) {
        const Variable values = parameters[static_cast<int>(number)], result = tape.constant(1, n);
        for (int i = 0; i < n; ++i) {
            const Place x = place_among(g.nx, (points(0, i) - g.domain.x_low) / g.hx() - Real(0.5));
            const Place y = place_among(g.ny, (points(1, i) - g.domain.y_low) / g.hy() - Real(0.5));
            const Place t = place_among(values.rows(), points(2, i) / g.dt() - first_time);
            result.write()[i] = interpolate(values.data(), g.ny, g.nx, t, y, x);
        }
        return result;
    };
    Fields f;
    f.x = Jet(points.rows(0, 2));
    f.t = Jet(points.rows(2, 1));
    f.unknowns[0].name = "log_density";
    f.unknowns[1].name = "velocity_x";
    f.unknowns[2].name = "velocity_y";
    if (part != Part::values) {
        constexpr Real min_density = 1e-280;
        const Variable w = interpolated(density, 0);
        for (int i = 0; i < n; ++i) w.write()[i] = std::log(std::max(w(0, i), min_density));
        f.unknowns[0].values.value = Jet(w);
    }
    if (part != Part::densities) {
        f.unknowns[1].values.value = Jet(interpolated(velocity_x, 0.5));
        f.unknowns[2].values.value = Jet(interpolated(velocity_y, 0.5));
    }
    return f;
}

Real GridSolution::density_error(const Matrix& densities, const Reference& reference) const
{
    const Matrix centres = grid_.centres();
    Matrix exact = make_matrix(grid_.nt + 1, grid_.cells());
    for (Index k = 0; k < rows(exact); ++k) {
        const Real t = k * grid_.dt();
        const Matrix at_time = xt::exp(map_points(centres, 1, [&](Tape& tape, const Variable& x) {
            return reference.log_density({Jet(x), Jet(tape.constant(1, x.columns(), t)), {}}).value();
        }));
        std::copy(at_time.begin(), at_time.end(), &exact(k, 0));
    }
    return relative_l2(densities, exact);
}

Measures GridSolution::measures(const RandomStream&, int) const
{
    const SpaceTimeGrid& g = grid_;
    const Flow flow{array(density), array(momentum_x), array(momentum_y)};
    const Real inside = std::accumulate(&flow.density(0, 0), &flow.density(0, 0) + g.cells(), Real(0));
    Matrix residual = make_matrix(g.nt, g.cells());
    continuity_residual(g, flow, residual);
    const Real violation = xt::amax(xt::abs(residual))();

    Measures measures;
    measures["grid"] = {
        {"cells", static_cast<Real>(g.nx)},
        {"time_intervals", static_cast<Real>(g.nt)},
        {"x_low", g.domain.x_low},
        {"x_high", g.domain.x_high},
        {"y_low", g.domain.y_low},
        {"y_high", g.domain.y_high},
        {"mass_outside", 1 - inside * g.hx() * g.hy()},
        {"continuity", violation * g.horizon * g.hx() * static_cast<Real>(g.nx) * g.hy() * static_cast<Real>(g.ny)}};
    if (const auto reference = game_.reference(); reference && reference->log_density) {
        measures["errors"] = {{"density", density_error(flow.density, *reference)}};
        Matrix still = flow.density;
        for (Index k = 1; k < rows(still); ++k) std::copy(&still(0, 0), &still(0, 0) + g.cells(), &still(k, 0));
        measures["baselines"] = {{"density.initial", density_error(still, *reference)}};
    }
    return measures;
}

std::vector<Figure> GridSolution::figures(const RandomStream&) const
{
    const SpaceTimeGrid& g = grid_;
    Figure densities{"densities", "Density on the grid", {}};
    const Matrix rho = array(density);
    for (std::size_t n = 0; n <= 4; ++n) {
        const std::size_t k = n * g.nt / 4;
        const std::string number = std::to_string(n);
        densities.panels.push_back({"density_" + number, "density at " + time_text(static_cast<Real>(k) * g.dt()),
                                    Heatmap{as_map(&rho(k, 0), g.ny, g.nx), g.domain, "density"}});
    }
    if (const Density* target = game_.target_density())
        densities.panels.push_back({"target_density", "target density",
                                    Heatmap{as_map(cell_means(*target, g).data(), g.ny, g.nx), g.domain, "density"}});

    Figure momentum{"momentum", "Momentum on the grid, at the centres of cells", {}};
    const Matrix mx = array(momentum_x), my = array(momentum_y);
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t k = std::min(g.nt - 1, n * (g.nt - 1) / 2);
        const std::string when = time_text((static_cast<Real>(k) + Real(0.5)) * g.dt()), number = std::to_string(n);
        Matrix x = make_matrix(g.ny, g.nx), y = x;
        for (std::size_t j = 0; j < g.ny; ++j) {
            for (std::size_t i = 0; i < g.nx; ++i) {
                const std::size_t face = j * (g.nx + 1) + i, cell = j * g.nx + i;
                x(j, i) = (mx(k, face) + mx(k, face + 1)) / 2;
                y(j, i) = (my(k, cell) + my(k, cell + g.nx)) / 2;
            }
        }
        for (const auto& [name, title, values] : {std::tuple("x_", "in x", x), std::tuple("y_", "in y", y)})
            momentum.panels.push_back({std::string("momentum_") + name + number,
                                       std::string("momentum ") + title + " at " + when,
                                       Heatmap{values, g.domain, "momentum", true}});
    }
    return {densities, momentum};
}

}  // namespace mfg
