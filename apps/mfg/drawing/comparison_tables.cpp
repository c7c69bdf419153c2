#include "drawing/comparison_tables.hpp"

#include "results/measures.hpp"
#include "results/uncertain.hpp"
#include "text.hpp"

#include <mfg/run/ini.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

using json = nlohmann::ordered_json;

namespace {

std::string show(const json& cell)
{
    if (cell.is_null()) return "-";
    if (cell.is_string()) return cell.get<std::string>();
    if (!cell.is_number_float()) return cell.dump();
    const double value = cell.get<double>();
    const bool plain = value == 0 || (std::abs(value) >= 0.1 && std::abs(value) < 1e5);
    return plain ? fmt::format("{:.4f}", value) : fmt::format("{:.3g}", value);
}

/// The settings of all runs that differ, one per row.
Table settings_table(const std::vector<FinishedRun>& runs)
{
    std::vector<mfg::Assignments> settings;
    for (const FinishedRun& run : runs) {
        const std::string configuration = run.directory + "/config.ini";
        settings.push_back(std::filesystem::exists(configuration) ? mfg::read_ini(configuration) : mfg::Assignments());
    }
    Table table{"Settings that differ", {{"setting", true}}};
    for (const FinishedRun& run : runs) table.columns.push_back({run.label});
    for (const auto& [name, first] : settings.front()) {
        static const std::set<std::string> of_no_run{"name", "description", "version", "threads", "plugin-path"};
        if (of_no_run.count(name) > 0 || starts_with(name, "published.") || starts_with(name, "rerun.")) continue;
        std::vector<std::string> row{name};
        for (const mfg::Assignments& of_run : settings)
            for (const auto& [other, value] : of_run)
                if (other == name && row.size() < table.columns.size()) row.push_back(value);
        const bool differs =
            std::any_of(row.begin() + 1, row.end(), [&, f = first](const std::string& v) { return v != f; });
        if (row.size() == table.columns.size() && differs) table.rows.push_back({row});
    }
    return table;
}

/// One row a run, without columns of numbers.
Table table_of_runs(const std::vector<FinishedRun>& runs, const std::string& title)
{
    Table table{title, {{"run", true}}};
    for (const FinishedRun& run : runs) table.rows.push_back({{run.label}});
    return table;
}

/// A number of a run and, if it is known, its standard error; `mark` follows it.
struct Number {
    json value, error = nullptr;
    const char* mark = "";
};

/// A column of what `number(result)` finds, a Number or a json, unless that is nothing, or zero for all.
template <class Find>
void add_column(Table& table, const std::vector<FinishedRun>& runs, const std::string& title, const Find& number)
{
    std::vector<Number> cells;
    for (const FinishedRun& run : runs) cells.push_back(Number{number(run.result)});
    if (std::all_of(cells.begin(), cells.end(), [](const Number& c) { return c.value.is_null() || c.value == 0; }))
        return;
    table.columns.push_back({title});
    for (std::size_t i = 0; i < cells.size(); ++i)
        table.rows[i].cells.push_back(with_standard_error(show(cells[i].value), cells[i].value, cells[i].error) +
                                      cells[i].mark);
}

/// The different meanings that a number of a group has in the runs that have it (see meaning_of).
std::vector<std::string> meanings(const std::vector<FinishedRun>& runs, const std::string& group,
                                  const std::string& name)
{
    std::vector<std::string> all;
    for (const FinishedRun& run : runs) {
        if (entry(run.result, {group.c_str(), name.c_str()}).is_null()) continue;
        const std::string meaning = meaning_of(run.result, group, name);
        if (std::find(all.begin(), all.end(), meaning) == all.end()) all.push_back(meaning);
    }
    return all;
}

/// One column for each measure of a group; where it is not the same quantity in all runs, one for each quantity.
void add_group(Table& table, const std::vector<FinishedRun>& runs, const std::string& group)
{
    // All names, in their order.
    json names = json::object();
    for (const FinishedRun& run : runs)
        if (const json& found = entry(run.result, {group.c_str()}); found.is_object()) names.update(found);
    for (const auto& item : names.items()) {
        const std::string& name = item.key();
        if (is_standard_error(names, name)) continue;
        const std::vector<std::string> quantities = meanings(runs, group, name);
        for (const std::string& quantity : quantities)
            add_column(table, runs, readable(name) + (quantities.size() > 1 ? ", " + quantity : ""),
                       [&](const json& result) {
                           if (meaning_of(result, group, name) != quantity) return Number{nullptr};
                           for (const ShownMeasure& m : shown_measures(result, group))
                               if (m.name == name) return Number{m.value, m.standard_error, m.unbeaten ? " !" : ""};
                           return Number{nullptr};
                       });
    }
}

bool has_unbeaten_errors(const FinishedRun& run)
{
    return !mfg::unbeaten_errors(errors_and_baselines(run.result)).empty();
}

/// A solver draws no samples: its objective is that on its grid.
bool of_solver(const json& result)
{
    return !entry(result, {"validation"}).is_object() && entry(result, {"terms"}).is_object();
}

/// The measurements of a run: a group with its objective and terms, or null.
json measured(const json& result, const std::string& group)
{
    return group == "validation" && of_solver(result) ? result : entry(result, {group.c_str()});
}

/// Objective and terms of runs of one method.
Table objective_table(const std::vector<FinishedRun>& runs, const std::string& group, const std::string& title)
{
    Table done = table_of_runs(runs, title);
    json names = json::object();
    for (const FinishedRun& run : runs) {
        const json numbers = measured(run.result, group);
        if (const json& terms = entry(numbers, {"terms"}); terms.is_object()) names.update(terms);
    }
    for (const auto& item : names.items())
        add_column(done, runs, readable(item.key()), [&](const json& result) {
            const json numbers = measured(result, group);
            const char* term = item.key().c_str();
            return Number{entry(numbers, {"terms", term}), entry(numbers, {"standard_error", "terms", term})};
        });
    add_column(done, runs, "total", [&](const json& result) {
        const json numbers = measured(result, group);
        return Number{entry(numbers, {"objective"}), entry(numbers, {"standard_error", "objective"})};
    });
    // The optimum, where all runs have the same.
    const json optimum = entry(runs.front().result, {"reference"});
    for (const FinishedRun& run : runs)
        if (entry(run.result, {"reference"}) != optimum) return done;
    if (done.columns.size() == 1 || !optimum.is_object() || !optimum.contains("objective")) return done;
    std::map<std::string, json> cells{{"total", optimum["objective"]}};
    for (const auto& item : entry(optimum, {"terms"}).items()) cells[readable(item.key())] = item.value();
    std::vector<std::string> row{"exact optimum"};
    for (std::size_t j = 1; j < done.columns.size(); ++j) row.push_back(show(cells[done.columns[j].title]));
    done.rows.push_back({row});
    return done;
}

/// One table for each method: terms of one name are different quantities in different methods.
std::vector<Table> objective_tables(const std::vector<FinishedRun>& runs, const std::string& group)
{
    std::vector<std::string> methods;
    for (const FinishedRun& run : runs) {
        const std::string method = meaning_of(run.result, "objective", "");
        if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
    }
    std::vector<Table> all;
    for (const std::string& method : methods) {
        std::vector<FinishedRun> same;
        std::copy_if(runs.begin(), runs.end(), std::back_inserter(same),
                     [&](const FinishedRun& run) { return meaning_of(run.result, "objective", "") == method; });
        const bool solver =
            std::any_of(same.begin(), same.end(), [](const auto& run) { return of_solver(run.result); });
        const std::string title = group == "validation_fine" ? "Objective with finer time steps"
                                  : solver                   ? "Objective on the grid"
                                                             : "Objective on fresh samples";
        all.push_back(objective_table(same, group, title + (methods.size() > 1 ? ", method " + method : "")));
    }
    return all;
}

}  // namespace

std::vector<Table> comparison_tables(const std::vector<FinishedRun>& runs)
{
    Table training = table_of_runs(runs, "Training");
    for (const auto& [key, title] : {std::pair{"dimension", "dimension"}, std::pair{"parameter_count", "parameters"},
                                     std::pair{"iterations", "iterations"}, std::pair{"evaluations", "evaluations"},
                                     std::pair{"gradients", "gradients"}, std::pair{"seconds", "seconds"},
                                     std::pair{"seconds_per_iteration", "s/iteration"}, std::pair{"threads", "threads"},
                                     std::pair{"stop_reason", "stopped by"}, std::pair{"verdict", "verdict"}})
        add_column(training, runs, title, [key = key](const json& result) { return entry(result, {key}); });
    std::vector<Table> all{settings_table(runs), training};
    for (const char* group : {"validation", "validation_fine"})
        for (Table& table : objective_tables(runs, group)) all.push_back(std::move(table));
    // All groups that any run has, in the order of a result with all of them.
    json groups = json::object();
    for (const FinishedRun& run : runs)
        for (const std::string& group : measure_groups(run.result)) groups[group] = run.result[group];
    for (const std::string& group : measure_groups(groups)) {
        Table& table = all.emplace_back(table_of_runs(runs, measure_title(group)));
        if (group == "errors" && std::any_of(runs.begin(), runs.end(), has_unbeaten_errors))
            table.title += std::string(" (!: ") + unbeaten_note + ")";
        add_group(table, runs, group);
    }
    all.erase(
        std::remove_if(all.begin(), all.end(), [](const Table& t) { return t.columns.size() == 1 || t.rows.empty(); }),
        all.end());
    return all;
}
