#include "command_line/command_line.hpp"
#include "commands/commands.hpp"
#include "results/exploitability.hpp"
#include "results/grid_comparison.hpp"
#include "results/result.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> own_options{"grid", "cells", "times", "domain", "agents", "intervals", "iterations"};
/// Those of every composition, and those of the run's paths.
const std::vector<std::string> common_options{"threads", "plugin-path"};
const std::vector<std::string> integrator_options{"integrator", "integrator.relative_tolerance",
                                                  "integrator.absolute_tolerance", "integrator.maximum_steps"};

struct Settings {
    ComparisonSettings comparison;
    ResponseSettings response;
};

Settings own_settings(const CommandLine& line)
{
    mfg::Options::Given given;
    for (const auto& [name, value] : line.options)
        if (std::count(own_options.begin(), own_options.end(), name) > 0) given[name] = value;
    Settings settings;
    mfg::Options options("mfg validate", given);
    options("grid", settings.comparison.grid, "run directory of a solution on a grid");
    options("cells", settings.comparison.cells, "cells of the scheme along each axis", mfg::between(8, 4096));
    options("times", settings.comparison.times, "intervals of time between velocities", mfg::between(1, 10000));
    options("domain", settings.comparison.domain, "domain of the scheme");
    options("agents", settings.response.agents, "agents whose best response is looked for", mfg::between(0, 100000));
    options("intervals", settings.response.intervals, "intervals of time of a response", mfg::between(2, 1000));
    options("iterations", settings.response.iterations, "steps of the search for it", mfg::between(1, 100000));
    return settings;
}

}  // namespace

const char* const validate_help = R"(mfg validate DIR [--grid DIR2] [--agents N] [--option value ...]

Measures objective, terms and the like of a trained run on fresh samples, also with finer time
steps, and writes DIR/validation.json. Then one agent's best response to the learned population,
which does not react, is looked for: what it saves is the distance from an equilibrium
(exploitability). In the plane the velocities of the run and of a solution on a grid carry the
initial density through one upwind finite-volume scheme, and what both cost is compared; 'mfg report
DIR' shows it, with pictures.

  --agents N               agents whose best response is looked for (128); 0: none
  --intervals N            intervals of time of their paths (16)
  --iterations N           steps of the search (200)

  --grid DIR2              a run of method eulerian on the same problem; else 64 x 64 cells and 32
                           intervals of time are solved on the spot
  --cells N                cells of the scheme along each axis (256)
  --times N                intervals of time between which velocities are linear (64)
  --domain LIST            of the scheme, X_LOW,X_HIGH,Y_LOW,Y_HIGH; default: that of DIR2, else the
                           problem's window and a sixteenth more on each side
  --integrator NAME        another integrator for all paths, e.g. dormand_prince, which adapts its
                           steps
  --integrator.OPTION V    its options, e.g. --integrator.relative_tolerance 1e-9
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
)";

int validate(const Arguments& arguments)
{
    std::vector<std::string> known = own_options;
    known.insert(known.end(), common_options.begin(), common_options.end());
    known.insert(known.end(), integrator_options.begin(), integrator_options.end());
    const CommandLine line = read_command_line(arguments, known);
    require_words(line, 1, 1, validate_help);
    const Settings settings = own_settings(line);
    Arguments common, of_run;
    for (const auto& [name, value] : line.options) {
        if (std::count(own_options.begin(), own_options.end(), name) > 0) continue;
        of_run.push_back("--" + name + "=" + value);
        if (std::count(common_options.begin(), common_options.end(), name) > 0) common.push_back(of_run.back());
    }

    const auto directory = mfg::RunDirectory::open(line.words.front());
    Configuration configuration(run_arguments(directory, of_run));
    note_other_version(configuration, directory);
    Composition run(configuration);
    if (run.method->solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid; validate a trained run and give this as --grid");
    const mfg::Vector parameters = directory.read_parameters(run.method->layout());
    const std::vector<std::string> terms = mfg::Trainer::terms(*run.method);

    Json result{{"problem", run.problem_name}, {"method", run.method_name}};
    Json measured = fresh_metrics(run, terms, parameters, "validate");
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
    mfg::FieldFiles fields(directory, true);
    const Json comparison =
        compare_with_grid(configuration, run, parameters, directory, common, settings.comparison, fields, skipped);
    if (skipped.empty()) {
        fields.finish();
        result["comparison"] = comparison;
        text += comparison_table(comparison);
    } else {
        result["comparison_skipped"] = skipped;
        text += fmt::format("no comparison with a grid: {}\n", skipped);
    }
    directory.write_text("validation.json", result.dump(2) + "\n");
    fmt::print("{}{}\n", text, directory.file("validation.json"));
    return 0;
}
