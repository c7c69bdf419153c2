#include "results/grid_comparison.hpp"

#include "drawing/table.hpp"
#include "results/finished_run.hpp"

#include <mfg/assessment/upwind_transport.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

struct DiscardRecords final : mfg::TrainingObserver {
    void iteration(const mfg::TrainingRecord&) override {}
    void checkpoint(const mfg::Archive&) override {}
};

mfg::Window comparison_domain(const ComparisonSettings& settings, const mfg::Window& otherwise)
{
    if (settings.domain.empty()) return otherwise;
    const std::vector<Real>& d = settings.domain;
    if (d.size() != 4 || !(d[0] < d[1] && d[2] < d[3]))
        throw mfg::Error("option --domain must be x_low,x_high,y_low,y_high with x_low < x_high, y_low < y_high");
    return {d[0], d[1], d[2], d[3]};
}

/// A composed solver that has its solution: that of a run, or one that is found here.
class GridSolution {
public:
    GridSolution(const Composition& run, const mfg::RunDirectory& directory, const ComparisonSettings& settings)
        : composition_(configuration(run, directory, settings))
    {
        mfg::Solver* solver = composition_.method->solver();
        if (!solver) throw mfg::Error("'" + settings.grid + "' is no run of a solver on a grid, such as eulerian");
        if (settings.grid.empty()) {
            DiscardRecords nobody;
            const std::atomic<bool> interrupted{false};
            const mfg::TrainingResult result = composition_.make_training()->run(nobody, interrupted);
            if (result.stop_reason == "not_finite")
                throw mfg::NumericalError(
                    "the solution on a grid is not finite; give another --domain, or a run as --grid");
            describe(fmt::format("{:.1f} s", result.seconds), result.stop_reason);
            return;
        }
        if (run.configuration.section("problem") != composition_.configuration.section("problem"))
            throw mfg::Error("'" + settings.grid + "' solves another problem than '" + directory.path() + "'");
        const std::string reason = read_finished_run(settings.grid).result.value("stop_reason", "");
        if (reason == "interrupted" || reason == "time_limit")
            throw mfg::Error("'" + settings.grid + "' is not finished: go on with 'mfg resume " + settings.grid + "'");
        mfg::Archive solution = mfg::RunDirectory::open(settings.grid).read_solution();
        solver->solution(solution);
        describe(settings.grid, reason);
    }

    const mfg::Method& method() const { return *composition_.method; }
    /// The grid, where it comes from, and why the solver stopped.
    const std::string& source() const { return source_; }
    mfg::Window domain() const
    {
        const auto of_grid = measures();
        return {of_grid.at("x_low"), of_grid.at("x_high"), of_grid.at("y_low"), of_grid.at("y_high")};
    }

private:
    std::map<std::string, Real> measures() const
    {
        return composition_.method->measures({}, mfg::RandomStream(0, "none"), 0).at("grid");
    }

    void describe(const std::string& origin, const std::string& stop_reason)
    {
        const auto of_grid = measures();
        source_ = fmt::format("{0} x {0} cells, {1} intervals of time, {2}, stopped by {3}", of_grid.at("cells"),
                              of_grid.at("time_intervals"), origin, stop_reason);
    }

    static Configuration configuration(const Composition& run, const mfg::RunDirectory& directory,
                                       const ComparisonSettings& settings)
    {
        if (!settings.grid.empty())
            return configuration_of(mfg::RunDirectory::open(settings.grid)).with(settings.common);
        const mfg::Window w = run.problem->window();
        const Real x = (w.x_high - w.x_low) / 16, y = (w.y_high - w.y_low) / 16;
        const mfg::Window d = comparison_domain(settings, {w.x_low - x, w.x_high + x, w.y_low - y, w.y_high + y});
        return configuration_of(directory)
            .with(settings.common)
            .with({{"method", "eulerian"},
                   {"training.time_limit", "0"},
                   {"method.domain", fmt::format("{},{},{},{}", d.x_low, d.x_high, d.y_low, d.y_high)}});
    }

    Composition composition_;
    std::string source_;
};

Json as_json(const mfg::UpwindTransport& t)
{
    return {{"objective", t.transport + t.running + t.terminal},
            {"terms", {{"transport", t.transport}, {"running", t.running}, {"terminal", t.terminal}}},
            {"mass", t.mass_after},
            {"mass_lost", t.mass_before - t.mass_after},
            {"steps", t.steps}};
}

mfg::Matrix image(const mfg::SpaceTimeGrid& grid, const mfg::Matrix& values, std::size_t row)
{
    mfg::Matrix result = mfg::make_matrix(grid.ny, grid.nx);
    std::copy_n(&values(row, 0), grid.cells(), result.begin());
    return result;
}

/// End densities, and both components of the velocities at three times where the grid's population is.
void draw_comparison(const mfg::MeanFieldGame& game, const mfg::SpaceTimeGrid& grid,
                     const std::vector<std::pair<std::string, const mfg::UpwindTransport*>>& carried,
                     const std::vector<mfg::VelocityField>& velocities, mfg::FieldExport& to)
{
    to.figure("comparison_densities", "Densities at the final time, carried by one scheme");
    for (const auto& [name, what] : carried)
        to.map("comparison_density_" + name, "by the " + name, image(grid, what->density, grid.nt), grid.domain, "end");
    if (const mfg::Density* target = game.target_density())
        to.map("comparison_target", "target", image(grid, mfg::cell_means(*target, grid), 0), grid.domain, "end");

    const mfg::Matrix points = grid.centres();
    for (std::size_t n = 0; n < 3; ++n) {
        const std::size_t k = n * grid.nt / 2;
        const Real t = static_cast<Real>(k) * grid.dt();
        // A velocity has no meaning without agents.
        const mfg::Matrix density = image(grid, carried.back().second->density, k);
        const Real least = Real(1e-3) * *std::max_element(density.begin(), density.end());
        to.figure(fmt::format("comparison_velocity_{}", n), fmt::format("Velocity at t = {:.3g}", t));
        for (std::size_t axis = 0; axis < 2; ++axis) {
            for (std::size_t i = 0; i < carried.size(); ++i) {
                const mfg::Matrix v = velocities[i](points, t);
                mfg::Matrix shown = density;
                for (std::size_t c = 0; c < grid.cells(); ++c) {
                    Real& value = shown(c / grid.nx, c % grid.nx);
                    value = value < least ? std::numeric_limits<Real>::quiet_NaN() : v(c, axis);
                }
                const std::string direction = axis == 0 ? "x" : "y";
                to.map(fmt::format("comparison_velocity_{}_{}_{}", n, direction, carried[i].first),
                       fmt::format("velocity in {}, {}", axis == 0 ? "x\u2081" : "x\u2082", carried[i].first), shown,
                       grid.domain, direction);
            }
        }
    }
}

/// Carries the initial density by the velocities of both methods, and says what that costs.
Json compare(const Composition& run, const mfg::Vector& parameters, const GridSolution& solution,
             const ComparisonSettings& settings, mfg::FieldExport& to)
{
    const mfg::MeanFieldGame& game = *run.problem->mean_field_game();
    const auto cells = static_cast<std::size_t>(settings.cells);
    const mfg::Window domain = comparison_domain(settings, solution.domain());
    const mfg::SpaceTimeGrid grid{domain, game.horizon(), cells, cells, static_cast<std::size_t>(settings.times)};
    const std::vector<mfg::VelocityField> velocities{
        [&](const mfg::Matrix& points, Real t) { return run.method->velocity(parameters, points, t); },
        [&](const mfg::Matrix& points, Real t) { return solution.method().velocity({}, points, t); }};
    constexpr Real courant = 0.9;
    const mfg::UpwindTransport network = mfg::upwind_transport(game, velocities[0], grid, courant);
    const mfg::UpwindTransport on_grid = mfg::upwind_transport(game, velocities[1], grid, courant);
    draw_comparison(game, grid, {{"network", &network}, {"grid", &on_grid}}, velocities, to);

    Json json{{"scheme", "upwind finite volumes of first order, no flow through the boundary"},
              {"cells", settings.cells},
              {"times", settings.times},
              {"domain", {domain.x_low, domain.x_high, domain.y_low, domain.y_high}},
              {"mass_outside", 1 - network.mass_before},
              {"network", as_json(network)},
              {"grid", as_json(on_grid)},
              {"grid_solution", solution.source()}};
    const Real total = json["grid"]["objective"].get<Real>();
    json["relative_difference"] = (json["network"]["objective"].get<Real>() - total) / std::abs(total);
    return json;
}

}  // namespace

Json compare_with_grid(const Composition& run, const mfg::Vector& parameters, const mfg::RunDirectory& directory,
                       const ComparisonSettings& settings, mfg::FieldExport& to, std::string& skipped)
{
    try {
        return compare(run, parameters, GridSolution(run, directory, settings), settings, to);
    } catch (const mfg::UnsupportedProblem& failure) {
        skipped = failure.what();
        return nullptr;
    }
}

std::string comparison_table(const Json& comparison)
{
    const Json &network = comparison["network"], &grid = comparison["grid"];
    const auto number = [](const Json& value) { return fmt::format("{:.4f}", value.get<Real>()); };
    Table table{fmt::format("\nBoth by one upwind scheme, {0} x {0} cells", comparison["cells"].get<int>()),
                {{"", true}, {"network"}, {"grid"}},
                {{{"objective", number(network["objective"]), number(grid["objective"])}}}};
    for (const auto& item : network["terms"].items())
        table.rows.push_back({{"  " + item.key(), number(item.value()), number(grid["terms"][item.key()])}});
    table.rows.push_back({{"mass", number(network["mass"]), number(grid["mass"])}});
    return table.text() +
           fmt::format("difference {:.2f} %; mass outside of the domain {:.2e}, lost {:.1e}, {:.1e}; grid: {}\n",
                       100 * comparison["relative_difference"].get<Real>(), comparison["mass_outside"].get<Real>(),
                       network["mass_lost"].get<Real>(), grid["mass_lost"].get<Real>(),
                       comparison["grid_solution"].get<std::string>());
}
