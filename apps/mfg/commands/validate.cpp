#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/exploitability.hpp"
#include "results/grid_comparison.hpp"
#include "results/result.hpp"

#include <fmt/format.h>
#include <mfg/run/json.hpp>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

struct Settings {
    ComparisonSettings comparison;
    mfg::ResponseSettings response;
    mfg::Assignments paths;  ///< how the run's paths are followed
};

void declare(CommandOptions& o, Settings& s)
{
    o.number("agents", s.response.agents, "agents whose best response is computed; 0: none", mfg::between(0, 100000));
    o.number("intervals", s.response.intervals, "time intervals of their paths", mfg::between(2, 1000));
    o.number("iterations", s.response.iterations, "steps of the search", mfg::between(1, 100000));
    o.path(
        Value::run, "grid", "DIR2", s.comparison.grid,
        "a run of method eulerian on the same problem; default: a solution with 64 x 64 cells and 32 time intervals, "
        "computed first");
    o.number("cells", s.comparison.cells, "cells of the scheme along each axis", mfg::between(8, 4096));
    o.number("times", s.comparison.times, "time intervals in which velocities are linear", mfg::between(1, 10000));
    o.number(
        "domain", s.comparison.domain,
        "domain of the scheme, X_LOW,X_HIGH,Y_LOW,Y_HIGH; default: that of DIR2, or without DIR2 the window of the "
        "problem and a sixteenth of it more on each side");
    o.settings({"integrator", Value::plugin, "NAME",
                "another integrator for all paths, e.g. dormand_prince, which adapts its steps; its options: "
                "--integrator.relative_tolerance 1e-9"},
               s.paths);
    declare_run_settings(o, {"threads", "plugin-path"}, s.comparison.common);
}

int validate(const Arguments& words, const Settings& settings)
{
    const auto directory = mfg::RunDirectory::open(words.front());
    const auto lock = directory.lock(mfg::FileLock::Use::shared);
    const mfg::Configuration configuration = mfg::configuration_of(directory);
    note_other_version(configuration, directory);
    const mfg::Run run = mfg::assemble(configuration.with(settings.paths).with(settings.comparison.common));
    if (run.has_solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid; validate a trained run and give this as --grid");
    const mfg::Vector parameters = directory.read_parameters(run.formulation->layout());
    const std::vector<std::string> terms = mfg::player_terms(run.formulation->players());

    Json result{{"problem", run.problem_name}, {"method", run.method_name}};
    Json measured = fresh_metrics(run, terms, parameters, "validate", [](const char*) {});
    measured["terms"] = measured["validation"]["terms"];
    std::string text = result_table(measured);
    measured.erase("terms");
    result.update(measured);

    std::string skipped, response_skipped;
    const Json response = exploitability(run, parameters, settings.response, response_skipped);
    if (response_skipped.empty()) {
        result["exploitability"] = response;
        text += exploitability_line(response);
    } else {
        result["exploitability_skipped"] = response_skipped;
        text += fmt::format("no exploitability: {}\n", response_skipped);
    }
    const Json comparison = compare_with_grid(run, parameters, directory, settings.comparison, skipped);
    if (skipped.empty()) {
        result["comparison"] = comparison;
        text += comparison_table(comparison);
    } else {
        result["comparison_skipped"] = skipped;
        text += fmt::format("no comparison with a grid: {}\n", skipped);
    }
    directory.write_text("validation.json", mfg::json_text(result));
    fmt::print("{}{}\n", text, directory.file("validation.json"));
    return 0;
}

}  // namespace

Command validate_command()
{
    return with_options<Settings>(
        {"validate",
         "measure a run again, and against a solution on a grid",
         {{Value::run, "DIR"}},
         R"(Measures objective, terms, errors and residuals of a trained run on fresh samples, also with finer
time steps, and writes DIR/validation.json. It also computes the best response of single agents to
the learned population, which does not react: their mean saving (exploitability) measures the
distance from an equilibrium. In the plane, one upwind finite-volume scheme moves the initial
density with the velocities of the run and of a solution on a grid, and the costs of both are
compared; 'mfg report DIR' shows the comparison, with pictures.
)"},
        declare, validate);
}
