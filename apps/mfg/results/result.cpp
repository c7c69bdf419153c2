#include "results/result.hpp"

#include "drawing/table.hpp"
#include "results/finished_run.hpp"
#include "results/measures.hpp"
#include "results/uncertain.hpp"
#include "results/verdict.hpp"
#include "text.hpp"

#include <mfg/assessment/definitions.hpp>
#include <mfg/assessment/validation.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/run/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

/// An object with a number for each name.
template <class Numbers>
Json named(const std::vector<std::string>& names, const Numbers& values)
{
    Json object = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) object[names[i]] = values[i];
    return object;
}

std::string number(const Json& value, int digits = 3)
{
    return value.is_null() ? "nan" : fmt::format("{:.{}g}", value.get<Real>(), digits);
}

/// Objective and terms on fresh samples; `fine`: by the losses with finer time steps.
Json validation(const mfg::Run& run, const std::vector<std::string>& terms, const mfg::Vector& parameters,
                const std::string& purpose, bool fine)
{
    const auto as_json = [&](const mfg::TermNumbers& numbers) {
        return Json{{"objective", numbers.objective}, {"terms", named(terms, numbers.terms)}};
    };
    const mfg::Validation found = mfg::validate(
        *run.formulation, parameters, {run.training.validation_samples, purpose, run.seed, run.threads, fine});
    Json result = as_json(found.means);
    if (found.standard_errors) result["standard_error"] = as_json(*found.standard_errors);
    if (found.controlled) {
        result["controlled"] = as_json(*found.controlled);
        result["controlled"]["standard_error"] = as_json(*found.controlled_standard_errors);
    }
    return result;
}

/// The centre up to its last coordinate that is not 0.
Json as_json(const mfg::Scales& scales)
{
    std::vector<Real> centre(scales.centre.begin(), scales.centre.end());
    while (!centre.empty() && centre.back() == 0) centre.pop_back();
    return {{"centre", centre}, {"length", scales.length}, {"time", scales.time}, {"value", scales.value}};
}

/// Whether a method that minimises sums up what agents pay. In a plain game with costs that depend on the density it is
/// the potential of these.
bool minimises_costs(const mfg::Problem& problem)
{
    const mfg::MeanFieldGame* game = problem.mean_field_game();
    return !game || game->coupling() == mfg::Coupling::potential || !mfg::depends_on_density(*game);
}

/// Numbers that a section of the experiment quotes: {objective, terms, source}.
Json quoted_numbers(const std::string& section, const mfg::Assignments& given)
{
    Json quoted = Json::object();
    for (const auto& [name, text] : given) {
        if (name == "source") {
            quoted["source"] = text;
            continue;
        }
        Real value = 0;
        mfg::Options options(section, {{name, text}});
        options(name.c_str(), value, "a number of another run");
        if (name == "objective")
            quoted["objective"] = value;
        else
            quoted["terms"][name] = value;
    }
    return quoted;
}

}  // namespace

Json fresh_metrics(const mfg::Run& run, const std::vector<std::string>& terms, const mfg::Vector& parameters,
                   const std::string& purpose, const StageStart& begin)
{
    Json metrics = Json::object();
    if (!run.has_solver()) {
        begin("measuring on fresh samples");
        metrics["validation"] = validation(run, terms, parameters, purpose, false);
    }
    if (mfg::has_fine_steps(*run.formulation)) {
        begin("measuring with finer time steps");
        metrics["validation_fine"] = validation(run, terms, parameters, purpose, true);
        metrics["validation_fine"]["steps"] = run.formulation->players().front().fine_steps();
    }
    const mfg::RandomStream stream(run.seed, purpose == "final validation" ? "measures" : purpose + ", measures");
    constexpr int samples = 4096;
    begin("measuring errors and residuals");
    const auto solution = run.formulation->solution(parameters);
    const mfg::Definitions definitions = mfg::measure_definitions(*solution);
    for (const auto& [group, values] : mfg::assess(*run.formulation, parameters, run.seed, stream, samples)) {
        if (values.empty()) continue;
        metrics[group] = as_json(group, values);
        if (definitions.count(group) > 0) metrics["definitions"][group] = definitions.at(group);
        for (const auto& value : values)
            if (const std::string name = group + "." + value.first; definitions.count(name) > 0)
                metrics["definitions"][name] = definitions.at(name);
    }
    return metrics;
}

Json reference_numbers(const mfg::Run& run, const std::vector<std::string>& names)
{
    const auto reference = run.problem->reference();
    if (!reference || reference->terms.empty()) return nullptr;
    Real total = 0;
    for (const auto& [name, value] : reference->terms) total += value;
    const bool minimised =
        minimises_costs(*run.problem) && std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return name != "terminal" && reference->terms.count(name) > 0;
        });
    if (!minimised) {
        // A method that minimises something else has costs among its measures.
        std::map<std::string, Real> costs = reference->terms;
        costs["sum"] = total;
        return {{"costs", costs}, {"source", reference->source}};
    }
    // Terms that the optimum does not name are zero there.
    std::map<std::string, Real> terms = reference->terms;
    for (const std::string& name : names) terms.emplace(name, 0);
    return {{"objective", total}, {"terms", terms}, {"source", reference->source}};
}

Json evaluate_result(const mfg::Run& run, const std::vector<std::string>& names, const mfg::TrainingResult& training,
                     const StageStart& begin)
{
    Json result{{"problem", run.problem_name},
                {"method", run.method_name},
                {"network", joined(run.network_names, ",")},
                {"integrator", run.integrator_name},
                {"optimizer", joined(run.optimizer_names, ",")},
                {"dimension", run.problem->dimension()},
                {"seed", run.seed},
                {"threads", run.threads},
                {"tile_samples", training.tile_samples},
                {"version", MFG_VERSION},
                {"parameter_count", training.parameters.size()},
                {"iterations", training.iterations},
                {"evaluations", training.evaluations},
                {"gradients", training.gradients},
                {"seconds", training.seconds},
                {"stop_reason", training.stop_reason},
                {"converged", training.converged},
                {"objective", training.objective},
                {"terms", named(names, training.terms)}};
    if (const mfg::Scales* scales = run.formulation->scales()) result["scales"] = as_json(*scales);
    if (run.has_solver())
        for (const char* of_trainings :
             {"network", "integrator", "optimizer", "tile_samples", "parameter_count", "evaluations", "gradients"})
            result.erase(of_trainings);
    result.update(fresh_metrics(run, names, training.parameters, "final validation", begin));
    for (const auto& [group, values] : training.measures)
        for (const auto& [name, value] : values) result[group][name] = value;
    if (const Json reference = reference_numbers(run, names); !reference.is_null()) result["reference"] = reference;
    add_verdict(result, entry(result, {"reference"}));
    for (const mfg::InputFile& file : run.files)
        result["files"][file.name] = {{"path", file.path}, {"check_sum", file.check_sum}};
    for (const auto& [section, numbers] : run.configuration.given.quoted())
        if (!numbers.empty()) result[section] = quoted_numbers(section, numbers);
    return result;
}

void note_changed_files(const mfg::Run& run, const mfg::RunDirectory& directory)
{
    const std::string path = directory.file("result.json");
    if (!std::filesystem::exists(path)) return;
    const Json result = parse_result(mfg::read_file(path));
    for (const mfg::InputFile& file : run.files) {
        const Json& before = entry(result, {"files", file.name.c_str(), "check_sum"});
        if (before.is_string() && before.get<std::string>() != file.check_sum)
            fmt::print(stderr, "mfg: '{}' has changed since the run in '{}' (check sum {} then, {} now)\n", file.path,
                       directory.path(), mfg::printable(before.get<std::string>()), file.check_sum);
    }
}

std::string result_table(const Json& result)
{
    std::vector<std::pair<std::string, const Json*>> columns;
    if (!result.contains("validation")) columns.emplace_back("solution", &result);
    for (const auto& [name, title] :
         {std::pair{"validation", "validation"}, std::pair{"validation_fine", "finer steps"},
          std::pair{"reference", "exact optimum"}, std::pair{"published", "published"}, std::pair{"rerun", "re-run"}})
        if (result.contains(name) && result[name].contains("objective")) columns.emplace_back(title, &result[name]);

    Table table{"", {{"", true}}};
    for (const auto& column : columns) table.columns.push_back({column.first});
    const auto add_row = [&](const std::string& name, std::initializer_list<const char*> path) {
        Table::Row row{{name}};
        for (const auto& column : columns) {
            const Json& value = entry(*column.second, path);
            row.cells.push_back(value.is_null() ? "" : fmt::format("{:.4f}", value.get<Real>()));
        }
        table.rows.push_back(row);
    };
    add_row("objective", {"objective"});
    for (const auto& term : result["terms"].items()) {
        // One that is zero everywhere is a term of other problems.
        const bool is_there = std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
            const Json& value = entry(*column.second, {"terms", term.key().c_str()});
            return !value.is_null() && value != 0;
        });
        if (is_there) add_row("  " + term.key(), {"terms", term.key().c_str()});
    }
    std::string text = table.text();
    const std::vector<std::string> groups = measure_groups(result);
    std::size_t width = 14;
    for (const std::string& group : groups) width = std::max(width, group.size());
    for (const std::string& group : groups) {
        std::string line = fmt::format("{:<{}}", group, width), baselines, unbeaten;
        for (const ShownMeasure& measure : shown_measures(result, group)) {
            line += fmt::format("  {} {}{}", measure.name,
                                with_standard_error(number(measure.value), measure.value, measure.standard_error),
                                measure.unbeaten ? "!" : "");
            if (!measure.baseline.empty()) baselines += fmt::format("  {} {}", measure.name, measure.baseline);
            if (measure.unbeaten) unbeaten += (unbeaten.empty() ? "" : ", ") + measure.name;
        }
        text += line + "\n";
        if (!baselines.empty()) text += fmt::format("{:<{}}{}\n", "  baselines", width, baselines);
        if (!unbeaten.empty()) text += fmt::format("{:<{}}  {}: {}\n", "  !", width, unbeaten_note, unbeaten);
    }
    return text;
}
