#include "command_line.hpp"
#include "commands.hpp"
#include "grid_comparison.hpp"
#include "result.hpp"

#include <mfg/io/npy.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> own_options{"grid", "cells", "times", "domain"};
/// Those of every composition, and those of the run's paths.
const std::vector<std::string> common_options{"threads", "plugin-path"};
const std::vector<std::string> integrator_options{"integrator", "integrator.relative_tolerance",
                                                  "integrator.absolute_tolerance", "integrator.maximum_steps"};

/// The run's parameters, a vector a player.
std::vector<mfg::Vector> read_parameters(const mfg::RunDirectory& run, const std::vector<mfg::Player>& players)
{
    const mfg::Vector all = mfg::read_npy_vector(run.file("parameters.npy"));
    std::vector<mfg::Vector> parts;
    std::size_t offset = 0;
    for (const mfg::Player& player : players) {
        const std::size_t size = player.layout.size();
        if (size > all.size() - offset) break;
        parts.push_back(mfg::make_vector(size));
        std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(offset), size, parts.back().begin());
        offset += size;
    }
    if (parts.size() != players.size() || offset != all.size())
        throw mfg::Error("'" + run.file("parameters.npy") + "' does not fit to config.ini beside it");
    return parts;
}

ComparisonSettings comparison_settings(const CommandLine& line)
{
    mfg::Options::Given given;
    for (const auto& [name, value] : line.options)
        if (std::count(own_options.begin(), own_options.end(), name) > 0) given[name] = value;
    ComparisonSettings settings;
    mfg::Options options("mfg validate", given);
    options("grid", settings.grid, "run directory of a solution on a grid");
    options("cells", settings.cells, "cells of the scheme along each axis", mfg::between(8, 4096));
    options("times", settings.times, "intervals of time between velocities", mfg::between(1, 10000));
    options("domain", settings.domain, "domain of the scheme");
    return settings;
}

}  // namespace

int validate(const Arguments& arguments)
{
    std::vector<std::string> known = own_options;
    known.insert(known.end(), common_options.begin(), common_options.end());
    known.insert(known.end(), integrator_options.begin(), integrator_options.end());
    const CommandLine line = read_command_line(arguments, known);
    require_words(line, 1, 1, "mfg validate DIR [--grid DIR2] [--cells N] [--times N]");
    const ComparisonSettings settings = comparison_settings(line);
    Arguments common, of_run;
    for (const auto& [name, value] : line.options) {
        if (std::count(own_options.begin(), own_options.end(), name) > 0) continue;
        of_run.push_back("--" + name + "=" + value);
        if (std::count(common_options.begin(), common_options.end(), name) > 0) common.push_back(of_run.back());
    }

    const auto directory = mfg::RunDirectory::open(line.words.front());
    Configuration configuration(run_arguments(directory, of_run));
    Composition run(configuration);
    if (run.method->solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid; validate a trained run and give this as --grid");
    const std::vector<mfg::Vector> parameters = read_parameters(directory, run.method->players());
    const std::vector<std::string> terms = mfg::Trainer::terms(*run.method);

    Json result{{"problem", run.problem_name}, {"method", run.method_name}};
    Json measured = fresh_metrics(run, terms, parameters, "validate");
    measured["terms"] = measured["validation"]["terms"];
    std::string text = result_table(measured);
    measured.erase("terms");
    result.update(measured);

    std::string skipped;
    mfg::FieldFiles fields(directory, true);
    const Json comparison =
        compare_with_grid(configuration, run, parameters, directory, common, settings, fields, skipped);
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
