#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/grid_comparison.hpp"
#include "results/result.hpp"
#include "results/verdict.hpp"
#include "text.hpp"

#include <mfg/assessment/exploitability.hpp>
#include <mfg/game/population_view.hpp>
#include <mfg/plugin/guarded.hpp>

#include <fmt/format.h>
#include <mfg/run/json.hpp>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

struct Settings {
    ComparisonSettings comparison;
    mfg::ResponseSettings response;
    std::string floor;                 ///< a log density; empty: found
    mfg::Real smoothing_share = 0.01;  ///< of the window
    mfg::Assignments paths;            ///< how the run's paths are followed
};

void declare(CommandOptions& o, Settings& s)
{
    o.number("agents", s.response.agents, "agents whose best response is computed; 0: none", mfg::between(0, 100000));
    o.number("intervals", s.response.intervals, "time intervals of their paths", mfg::between(2, 1000));
    o.number("iterations", s.response.iterations, "steps of each search", mfg::between(1, 100000));
    o.path(Value::number, "floor", "N", s.floor,
           "lowest log density that counts in what an agent pays; default: the lowest that agents of the population "
           "meet");
    o.number("smoothing", s.smoothing_share,
             "standard deviation of the kernel for smoothed densities, as a share of the window's width; 0: no "
             "smoothed number",
             mfg::between(0, 1));
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

Json as_json(const mfg::Improvement& found)
{
    return {{"improvement", found.improvement},
            {"standard_error", found.standard_error},
            {"relative", found.relative},
            {"learned_cost", found.learned_cost},
            {"best_response_cost", found.best_response_cost}};
}

/// What a best response to the solution gains.
Json exploitability(const mfg::Run& run, const mfg::Solution& solution, const Settings& given)
{
    mfg::ResponseSettings settings = given.response;
    if (settings.agents == 0) throw mfg::UnsupportedProblem("skipped: --agents 0");
    if (!given.floor.empty()) {
        mfg::Real floor = 0;
        mfg::Options("mfg validate", {{"floor", given.floor}})("floor", floor, "lowest log density");
        settings.densities.floor = floor;
    }
    const mfg::Window window = run.problem->window();
    settings.densities.smoothing = given.smoothing_share * (window.x_high - window.x_low);
    const auto paths = run.registry->create<mfg::Optimizer>("lbfgs");
    std::vector<mfg::Registry::Object<mfg::Optimizer>> feedback;
    std::vector<mfg::Optimizer*> tried;
    for (const char* rate : {"1e-2", "1e-3"}) {
        feedback.push_back(
            run.registry->create<mfg::Optimizer>("adam", {{"learning_rate", rate}, {"schedule", "cosine"}}));
        tried.push_back(&*feedback.back());
    }
    const mfg::Exploitability found = mfg::exploitability(solution, settings, {*paths, tried},
                                                          mfg::RandomStream(run.seed, "exploitability"), run.threads);
    Json result = as_json(static_cast<const mfg::Improvement&>(found));
    result.update({{"found", found.found()},
                   {"response", found.response},
                   {"agents", found.agents},
                   {"intervals", found.intervals},
                   {"iterations", found.iterations},
                   {"duration", found.duration}});
    if (found.floor) {
        result["population"] = found.population;
        result["density_floor"] = *found.floor;
        result["unbounded_below"] = found.unbounded_below;
    }
    if (found.smoothed) {
        result["smoothed"] = as_json(*found.smoothed);
        result["smoothed"]["width"] = found.smoothing;
    }
    return result;
}

std::string exploitability_line(const Json& found)
{
    const auto number = [](const Json& in, const char* name) { return in[name].get<mfg::Real>(); };
    const auto gain = [&](const Json& in) {
        return fmt::format("{:.4g} +- {:.2g}", number(in, "improvement"), number(in, "standard_error"));
    };
    std::string text =
        found["found"].get<bool>()
            ? fmt::format(
                  "exploitability: a best response ({}) pays at least {} less than the learned feedback ({:.2g} of "
                  "{:.4f})\n",
                  found["response"].get<std::string>(), gain(found), number(found, "relative"),
                  number(found, "learned_cost"))
            : fmt::format("exploitability: none found ({}, {})\n", found["response"].get<std::string>(), gain(found));
    if (found.contains("unbounded_below") && found["unbounded_below"].get<bool>())
        text += fmt::format(
            "                what one agent can gain where nobody is has no limit but the density's floor, "
            "log m = {:.3g}\n",
            number(found, "density_floor"));
    if (found.contains("smoothed"))
        text += fmt::format("                with densities smoothed over {:.3g}: {}\n",
                            number(found["smoothed"], "width"), gain(found["smoothed"]));
    return text;
}

/// Adds what `measure()` finds to the result, or why it is missing. Returns this as a text for the terminal.
template <class Measure>
std::string add(Json& result, const std::string& name, const char* what, const Measure& measure,
                std::string (*show)(const Json&))
{
    try {
        result[name] = measure();
        return show(result[name]);
    } catch (const mfg::UnsupportedProblem& failure) {
        result[name + "_skipped"] = failure.what();
        return fmt::format("no {}: {}\n", what, failure.what());
    }
}

/// Adds all measures to the result, and returns them as a text.
std::string measure(const mfg::Run& run, const mfg::Vector& parameters, const mfg::RunDirectory& directory,
                    const Settings& settings, Json& result)
{
    const std::vector<std::string> terms = mfg::player_terms(run.formulation->players());
    result = {{"problem", run.problem_name}, {"method", run.method_name}};
    Json measured = fresh_metrics(run, terms, parameters, "validate", [](const char*) {});
    measured["terms"] = measured["validation"]["terms"];
    std::string text = result_table(measured);
    measured.erase("terms");
    result.update(measured);

    const auto solution = run.formulation->solution(parameters);
    for (const auto& [suffix, own] : mfg::populations_of(*solution)) {
        if (!suffix.empty()) text += "population " + suffix.substr(1) + ": ";
        text += add(
            result, "exploitability" + suffix, "exploitability",
            [&, &answer = *own] { return exploitability(run, answer, settings); }, exploitability_line);
    }
    text += add(
        result, "comparison", "comparison with a grid",
        [&] { return compare_with_grid(run, parameters, directory, settings.comparison); }, comparison_table);
    add_verdict(result, reference_numbers(run, terms));
    return text + verdict_line(result) + "\n";
}

int validate(const Arguments& words, const Settings& settings)
{
    const auto directory = mfg::RunDirectory::open(words.front());
    const auto lock = directory.lock(mfg::FileLock::Use::shared);
    const mfg::Configuration configuration =
        mfg::configuration_of(directory).with(settings.paths).with(settings.comparison.common);
    const mfg::Run run = assemble_with_note(configuration, directory);
    if (run.has_solver())
        throw mfg::Error("'" + directory.path() +
                         "' is a solution on a grid; validate a trained run and give this as --grid");
    note_changed_files(run, directory);
    const mfg::Vector parameters = directory.read_parameters(run.formulation->layout());
    Json result;
    const std::string text =
        mfg::guarded(run.plugins(), [&] { return measure(run, parameters, directory, settings, result); });
    // Shown first: a run that cannot be written to is measured all the same.
    fmt::print("{}", printable_lines(text));
    directory.write_text("validation.json", mfg::json_text(result));
    fmt::print("{}\n", directory.file("validation.json"));
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
time steps, and writes DIR/validation.json. It also searches for the best response of single agents
to the population of those who follow the learned control, which does not react: their mean saving
(exploitability), of which it finds a lower bound, measures the distance from an equilibrium. In the
plane, one finite-volume scheme moves the initial density with the velocities of the run and of a
solution on a grid, and the costs of both are compared; 'mfg report DIR' shows the comparison, with
pictures.
)"},
        declare, validate);
}
