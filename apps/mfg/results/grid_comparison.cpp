#include "results/grid_comparison.hpp"

#include "drawing/table.hpp"
#include "results/finished_run.hpp"

#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/run/figure_files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cmath>
#include <memory>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

/// The text of the problem, where each run keeps its own.
std::string source_of_problem(const mfg::Run& run)
{
    for (const mfg::InputFile& file : run.files)
        if (!file.source.empty() && mfg::starts_with(file.plugin, mfg::Problem::kind)) return file.source;
    return "";
}

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

mfg::Configuration grid_configuration(const mfg::Run& run, const mfg::RunDirectory& directory,
                                      const ComparisonSettings& settings)
{
    if (!settings.grid.empty())
        return mfg::configuration_of(mfg::RunDirectory::open(settings.grid)).with(settings.common);
    const mfg::Window w = run.problem->window();
    const Real x = (w.x_high - w.x_low) / 16, y = (w.y_high - w.y_low) / 16;
    const mfg::Window d = comparison_domain(settings, {w.x_low - x, w.x_high + x, w.y_low - y, w.y_high + y});
    return mfg::configuration_of(directory)
        .with(settings.common)
        .with({{"method", "eulerian"},
               {"training.time_limit", "0"},
               {"method.domain", fmt::format("{},{},{},{}", d.x_low, d.x_high, d.y_low, d.y_high)}});
}

/// A composed solver and its solution.
struct GridSolution {
    mfg::Run run;
    std::unique_ptr<mfg::Solution> solution;
    mfg::Window domain;
    std::string source;  ///< the grid, where it comes from, and why the solver stopped
};

/// That of a run, or one that is found here.
GridSolution grid_solution(const mfg::Run& run, const mfg::RunDirectory& directory, const ComparisonSettings& settings)
{
    mfg::Run grid = mfg::assemble(grid_configuration(run, directory, settings));
    if (!grid.has_solver())
        throw mfg::Error("'" + settings.grid + "' is not a run of a solver on a grid, such as eulerian");
    mfg::Vector parameters;
    std::string origin = settings.grid, stop_reason;
    if (settings.grid.empty()) {
        DiscardRecords nobody;
        const std::atomic<bool> interrupted{false};
        const mfg::TrainingResult result = grid.make_training()->run(nobody, interrupted);
        if (result.stop_reason == "not_finite")
            throw mfg::NumericalError(
                "the solution on a grid is not finite; give another --domain, or a run as --grid");
        parameters = result.parameters;
        origin = fmt::format("{:.1f} s", result.seconds);
        stop_reason = result.stop_reason;
    } else {
        if (run.configuration.section("problem") != grid.configuration.section("problem") ||
            source_of_problem(run) != source_of_problem(grid))
            throw mfg::Error("'" + settings.grid + "' solves another problem than '" + directory.path() + "'");
        stop_reason = read_finished_run(settings.grid).result.value("stop_reason", "");
        if (stop_reason == "interrupted" || stop_reason == "time_limit")
            throw mfg::Error("'" + settings.grid + "' is not finished: go on with 'mfg resume " + settings.grid + "'");
        parameters = grid.read_result(mfg::RunDirectory::open(settings.grid));
    }
    std::unique_ptr<mfg::Solution> solution = grid.formulation->solution(parameters);
    const auto measures = solution->measures(mfg::RandomStream(0, "none"), 0).at("grid");
    const mfg::Window domain{measures.at("x_low"), measures.at("x_high"), measures.at("y_low"), measures.at("y_high")};
    return {std::move(grid), std::move(solution), domain,
            fmt::format("{0} x {0} cells, {1} intervals of time, {2}, stopped by {3}", measures.at("cells"),
                        measures.at("time_intervals"), origin, stop_reason)};
}

Json as_json(const mfg::UpwindTransport& t, const mfg::SchemeCosts& costs)
{
    return {{"objective", t.objective()},
            {"terms", {{"transport", t.transport}, {"running", t.running}, {"terminal", t.terminal}}},
            {"bias",
             {{"objective", costs.objective.bias()},
              {"transport", costs.transport.bias()},
              {"running", costs.running.bias()},
              {"terminal", costs.terminal.bias()}}},
            {"extrapolated_objective", costs.objective.limit},
            {"observed_order", costs.objective.order},
            {"mass", t.mass_after},
            {"mass_lost", t.mass_lost()},
            {"mass_at_walls", t.mass_at_walls},
            {"steps", t.steps}};
}

}  // namespace

Json compare_with_grid(const mfg::Run& run, const mfg::Vector& parameters, const mfg::RunDirectory& directory,
                       const ComparisonSettings& settings)
{
    const GridSolution grid = grid_solution(run, directory, settings);
    const mfg::Window domain = comparison_domain(settings, grid.domain);
    const auto cells = static_cast<std::size_t>(settings.cells);
    const mfg::GridComparison found =
        mfg::compare_on_grid(*run.formulation->solution(parameters), *grid.solution,
                             {domain, run.problem->horizon(), cells, cells, static_cast<std::size_t>(settings.times)});
    mfg::write_figures(directory, found.figures, true);
    return {{"scheme", "upwind finite volumes of second order, no flow through the boundary"},
            {"cells", settings.cells},
            {"times", settings.times},
            {"domain", {domain.x_low, domain.x_high, domain.y_low, domain.y_high}},
            {"mass_outside", found.mass_outside},
            {"network", as_json(found.network, found.network_costs)},
            {"grid", as_json(found.grid, found.grid_costs)},
            {"grid_solution", grid.source},
            {"relative_difference", found.relative_difference},
            {"relative_difference_error", found.relative_difference_error}};
}

std::string comparison_table(const Json& comparison)
{
    const Json &network = comparison["network"], &grid = comparison["grid"];
    const auto number = [](const Json& value) { return fmt::format("{:.4f}", value.get<Real>()); };
    Table table{fmt::format("\nBoth by one finite-volume scheme, {0} x {0} cells", comparison["cells"].get<int>()),
                {{"", true}, {"network"}, {"grid"}},
                {{{"objective", number(network["objective"]), number(grid["objective"])}}}};
    for (const auto& item : network["terms"].items())
        table.rows.push_back({{"  " + item.key(), number(item.value()), number(grid["terms"][item.key()])}});
    table.rows.push_back({{"mass", number(network["mass"]), number(grid["mass"])}});
    table.rows.push_back(
        {{"extrapolated", number(network["extrapolated_objective"]), number(grid["extrapolated_objective"])}});
    const auto order = [](const Json& side) {
        const Json& found = side["observed_order"];
        return found.is_number() && std::isfinite(found.get<Real>()) ? fmt::format("{:.1f}", found.get<Real>())
                                                                     : "none";
    };
    return table.text() +
           fmt::format(
               "difference {:.2f} +- {:.2f} %; estimated bias of the scheme {:+.1e}, {:+.1e} (observed orders {}, {})\n"
               "mass outside of the domain {:.2e}, lost {:.1e}, {:.1e}, in the end at the walls {:.1e}, {:.1e}\n"
               "grid: {}\n",
               100 * comparison["relative_difference"].get<Real>(),
               100 * comparison["relative_difference_error"].get<Real>(), network["bias"]["objective"].get<Real>(),
               grid["bias"]["objective"].get<Real>(), order(network), order(grid),
               comparison["mass_outside"].get<Real>(), network["mass_lost"].get<Real>(), grid["mass_lost"].get<Real>(),
               network["mass_at_walls"].get<Real>(), grid["mass_at_walls"].get<Real>(),
               comparison["grid_solution"].get<std::string>());
}
