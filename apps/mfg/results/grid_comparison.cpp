#include "results/grid_comparison.hpp"

#include "drawing/table.hpp"
#include "results/finished_run.hpp"

#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/run/figure_files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <memory>

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
    GridSolution(const mfg::Run& run, const mfg::RunDirectory& directory, const ComparisonSettings& settings)
        : grid_(mfg::assemble(configuration(run, directory, settings)))
    {
        if (!grid_.has_solver())
            throw mfg::Error("'" + settings.grid + "' is not a run of a solver on a grid, such as eulerian");
        if (settings.grid.empty()) {
            DiscardRecords nobody;
            const std::atomic<bool> interrupted{false};
            const mfg::TrainingResult result = grid_.make_training()->run(nobody, interrupted);
            if (result.stop_reason == "not_finite")
                throw mfg::NumericalError(
                    "the solution on a grid is not finite; give another --domain, or a run as --grid");
            describe(result.parameters, fmt::format("{:.1f} s", result.seconds), result.stop_reason);
            return;
        }
        if (run.configuration.section("problem") != grid_.configuration.section("problem"))
            throw mfg::Error("'" + settings.grid + "' solves another problem than '" + directory.path() + "'");
        const std::string reason = read_finished_run(settings.grid).result.value("stop_reason", "");
        if (reason == "interrupted" || reason == "time_limit")
            throw mfg::Error("'" + settings.grid + "' is not finished: go on with 'mfg resume " + settings.grid + "'");
        describe(grid_.read_result(mfg::RunDirectory::open(settings.grid)), settings.grid, reason);
    }

    const mfg::Solution& solution() const { return *solution_; }
    /// The grid, where it comes from, and why the solver stopped.
    const std::string& source() const { return source_; }
    const mfg::Window& domain() const { return domain_; }

private:
    void describe(const mfg::Vector& parameters, const std::string& origin, const std::string& stop_reason)
    {
        solution_ = grid_.formulation->solution(parameters);
        const auto of_grid = solution_->measures(mfg::RandomStream(0, "none"), 0).at("grid");
        domain_ = {of_grid.at("x_low"), of_grid.at("x_high"), of_grid.at("y_low"), of_grid.at("y_high")};
        source_ = fmt::format("{0} x {0} cells, {1} intervals of time, {2}, stopped by {3}", of_grid.at("cells"),
                              of_grid.at("time_intervals"), origin, stop_reason);
    }

    static mfg::Configuration configuration(const mfg::Run& run, const mfg::RunDirectory& directory,
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

    mfg::Run grid_;
    std::unique_ptr<mfg::Solution> solution_;
    mfg::Window domain_{};
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

}  // namespace

Json compare_with_grid(const mfg::Run& run, const mfg::Vector& parameters, const mfg::RunDirectory& directory,
                       const ComparisonSettings& settings, std::string& skipped)
{
    try {
        const GridSolution grid(run, directory, settings);
        const mfg::Window domain = comparison_domain(settings, grid.domain());
        const auto cells = static_cast<std::size_t>(settings.cells);
        const mfg::GridComparison found = mfg::compare_on_grid(
            *run.formulation->solution(parameters), grid.solution(),
            {domain, run.problem->horizon(), cells, cells, static_cast<std::size_t>(settings.times)});
        mfg::write_figures(directory, found.figures, true);
        return {{"scheme", "upwind finite volumes of first order, no flow through the boundary"},
                {"cells", settings.cells},
                {"times", settings.times},
                {"domain", {domain.x_low, domain.x_high, domain.y_low, domain.y_high}},
                {"mass_outside", found.mass_outside},
                {"network", as_json(found.network)},
                {"grid", as_json(found.grid)},
                {"grid_solution", grid.source()},
                {"relative_difference", found.relative_difference}};
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
