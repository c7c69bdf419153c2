#include "drawing/report_page.hpp"

#include "drawing/html.hpp"
#include "drawing/table.hpp"
#include "results/measures.hpp"
#include "results/uncertain.hpp"
#include "results/verdict.hpp"
#include "text.hpp"

#include <mfg/assessment/population_names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

using json = nlohmann::ordered_json;

namespace {

std::string show(const json& value)
{
    if (value.is_null()) return "-";
    if (value.is_number_float()) return fmt::format("{:.5g}", value.get<double>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A number, and its standard error where that is known.
std::string show_with_error(const json& value, const json& error)
{
    return with_standard_error(show(value), value, error, "\u00b1");
}

/// ` in 2 dimensions`, where that is known.
std::string in_dimensions(const json& result)
{
    const json& dimension = entry(result, {"dimension"});
    if (dimension.is_null()) return "";
    return " in " + show(dimension) + (dimension == 1 ? " dimension" : " dimensions");
}

std::string title(const json& result)
{
    const json& problem = entry(result, {"problem"});
    return readable(problem.is_string() ? problem.get<std::string>() : "run") + in_dimensions(result);
}

/// `a,b,a` without what was there before: unknowns often have networks of one kind.
std::string without_repetition(const std::string& list)
{
    std::vector<std::string> words;
    for (const std::string& word : split(list, ','))
        if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    return joined(words);
}

/// One sentence: what was solved by what.
std::string summary(const json& result)
{
    const auto name = [&](const char* key) { return element("b", escape(show(entry(result, {key})))); };
    std::vector<std::string> parts;
    for (const std::string part : {"network", "integrator", "optimizer"}) {
        const json& value = entry(result, {part.c_str()});
        if (!value.is_string() || value.get<std::string>().empty()) continue;
        parts.push_back("the " + part + " " + element("b", escape(without_repetition(value.get<std::string>()))));
        const json& count = entry(result, {"parameter_count"});
        if (part == "network" && !count.is_null()) parts.back() += " (" + escape(show(count)) + " parameters)";
    }
    return "The problem " + name("problem") + escape(in_dimensions(result)) + " was solved by the method " +
           name("method") + (parts.empty() ? "" : " with " + listed(parts, "and")) + ".";
}

/// A group of numbers: objective, terms, perhaps their `standard_error`, and more.
struct Column {
    const char* title;
    json values;
};

/// Objective and terms, then the other rows, by their keys; one column a group.
std::string table_of_columns(const std::string& caption, const std::vector<Column>& columns,
                             const std::vector<const char*>& others)
{
    Table table{caption, {{"", true}}};
    for (const Column& column : columns) table.columns.push_back({column.title});
    const auto add_row = [&](const char* name, const auto& find) {
        Table::Row row{{readable(name)}};
        for (const Column& column : columns)
            row.cells.push_back(show_with_error(find(column.values), find(entry(column.values, {"standard_error"}))));
        table.rows.push_back(row);
    };
    add_row("objective", [](const json& group) { return entry(group, {"objective"}); });
    table.rows.front().emphasised = true;
    std::set<std::string> seen;
    for (const Column& column : columns)
        for (const auto& item : entry(column.values, {"terms"}).items()) {
            const auto term = [&](const json& group) { return entry(group, {"terms", item.key().c_str()}); };
            // One that is zero everywhere is a term of other problems.
            const bool is_there = std::any_of(columns.begin(), columns.end(), [&](const Column& other) {
                const json value = term(other.values);
                return !value.is_null() && value != 0;
            });
            if (is_there && seen.insert(item.key()).second) add_row(item.key().c_str(), term);
        }
    for (const char* other : others) add_row(other, [&](const json& group) { return entry(group, {other}); });
    return table.html();
}

/// One column for each sample on which objective and terms were measured.
std::string objective_table(const json& result)
{
    std::vector<Column> columns{{entry(result, {"validation"}).is_null() ? "solution" : "training", result}};
    for (const auto& [key, text] :
         {std::pair{"validation", "validation"}, std::pair{"validation_fine", "finer time steps"},
          std::pair{"reference", "exact optimum"}, std::pair{"published", "published"}, std::pair{"rerun", "re-run"}})
        if (!entry(result, {key, "objective"}).is_null()) columns.push_back({text, entry(result, {key})});
    return table_of_columns("Objective", columns, {});
}

std::string comparison_table(const json& comparison)
{
    if (!comparison.is_object()) return "";
    return table_of_columns("Network and grid, both by one finite-volume scheme",
                            {{"network", entry(comparison, {"network"})}, {"grid", entry(comparison, {"grid"})}},
                            {"mass", "mass_lost", "mass_at_walls", "extrapolated_objective", "observed_order"});
}

/// The numbers of the comparison that fit no column, or the reason why it is missing.
std::string comparison_text(const json& validation)
{
    if (const json& skipped = entry(validation, {"comparison_skipped"}); skipped.is_string())
        return "No comparison with a grid: " + show(skipped);
    const json& comparison = entry(validation, {"comparison"});
    if (!comparison.is_object()) return "";
    const json &difference = entry(comparison, {"relative_difference"}),
               &error = entry(comparison, {"relative_difference_error"});
    return fmt::format(
        "Network and grid: the scheme has {0} \u00d7 {0} cells; relative difference of the objectives {1}{4}; mass "
        "outside of the domain {2}; solution on the grid: {3}",
        show(entry(comparison, {"cells"})),
        difference.is_number() ? fmt::format("{:.2f} %", 100 * difference.get<double>()) : show(difference),
        show(entry(comparison, {"mass_outside"})), show(entry(comparison, {"grid_solution"})),
        error.is_number() ? fmt::format(" \u00b1 {:.2f} %", 100 * error.get<double>()) : "");
}

/// The numbers of a group; errors with the best baseline beside them.
std::string measure_table(const json& result, const std::string& group)
{
    const std::vector<ShownMeasure> shown = shown_measures(result, group);
    const bool baselines =
        std::any_of(shown.begin(), shown.end(), [](const ShownMeasure& m) { return !m.baseline.empty(); });
    Table table{measure_title(group), {{"", true}, {baselines ? "error" : ""}}};
    if (baselines) table.columns.push_back({"best baseline"});
    for (const ShownMeasure& measure : shown) {
        Table::Row row{{readable(measure.name),
                        show_with_error(measure.value, measure.standard_error) + (measure.unbeaten ? " !" : "")}};
        if (baselines) row.cells.push_back(measure.baseline.empty() ? "-" : replaced(measure.baseline, "_", " "));
        table.rows.push_back(row);
    }
    return table.rows.empty() ? "" : table.html();
}

/// A row for each number; those of a group inside have its name before their own.
void add_numbers(Table& table, const json& numbers, const std::string& group)
{
    if (!numbers.is_object()) return;
    for (const auto& item : numbers.items()) {
        const std::string name = group + readable(item.key());
        if (item.value().is_object())
            add_numbers(table, item.value(), name + ", ");
        else if (!is_standard_error(numbers, item.key()))
            table.rows.push_back({{name, show_with_error(item.value(), standard_error_of(numbers, item.key()))}});
    }
}

std::string number_table(const std::string& caption, const json& numbers)
{
    Table table{caption, {{"", true}, {""}}};
    add_numbers(table, numbers, "");
    return table.rows.empty() ? "" : table.html();
}

std::string course_table(const json& result)
{
    Table table{"Training", {{"", true}, {"", true}}};
    for (const auto& [key, name] :
         {std::pair{"seconds", "time"}, std::pair{"iterations", "iterations"}, std::pair{"evaluations", "evaluations"},
          std::pair{"gradients", "of these with gradient"}, std::pair{"stop_reason", "stopped by"},
          std::pair{"threads", "threads"}, std::pair{"seed", "seed"}, std::pair{"version", "mfg"}}) {
        const json& value = entry(result, {key});
        if (value.is_null()) continue;
        const bool time = value.is_number() && key == std::string("seconds");
        table.rows.push_back({{name, time ? duration(value.get<double>()) : show(value)}});
    }
    return table.rows.empty() ? "" : table.html();
}

/// What `mfg validate` concludes, which knows more, or the run: one line, and the reasons that it leaves out.
std::string verdict_html(const FinishedRun& run)
{
    const json& judged = entry(run.validation, {"verdict"}).is_string() ? run.validation : run.result;
    const std::string line = verdict_line(judged);
    if (line.empty()) return "";
    std::string items;
    for (const json& reason : entry(judged, {"verdict_reasons"})) items += element("li", escape(show(reason)));
    return "<p class=\"verdict\">" + escape(capitalised(line)) + "</p>\n" +
           (items.empty() ? "" : element("details", element("summary", "Reasons") + element("ul", items)) + "\n");
}

/// A paragraph of plain text, or nothing.
std::string paragraph(const std::string& text)
{
    return text.empty() ? "" : element("p", escape(text)) + "\n";
}

}  // namespace

std::string render(const FinishedRun& run, const std::string& configuration, const ReportPictures& pictures)
{
    const json& result = run.result;
    const std::string heading = escape(title(result));
    std::string html =
        element("h1", heading) + "\n" + verdict_html(run) + "<p class=\"summary\">" + summary(result) + "</p>\n";

    html += element("h2", "Numbers") + "\n<div class=\"tables\">\n" + objective_table(result) +
            comparison_table(entry(run.validation, {"comparison"})) + course_table(result);
    for (const std::string& group : measure_groups(result)) html += measure_table(result, group);
    for (const auto& group : run.validation.items())
        if (const auto [name, suffix] = mfg::split_population(group.key()); name == "exploitability")
            html += number_table("Saving by a best response to the population" +
                                     (suffix.empty() ? "" : ", population " + suffix.substr(1)),
                                 group.value());
    html += "</div>\n";
    if (!mfg::unbeaten_errors(errors_and_baselines(result)).empty())
        html += paragraph(std::string("!: ") + unbeaten_note + ".");
    for (const auto& [key, text] : {std::pair{"reference", "Exact optimum"},
                                    std::pair{"published", "Published numbers"}, std::pair{"rerun", "Re-run"}})
        if (const json& source = entry(result, {key, "source"}); !source.is_null())
            html += paragraph(std::string(text) + ": " + show(source));
    html += paragraph(comparison_text(run.validation));

    for (const auto& [heading_of_part, part] :
         {std::pair("Solution", pictures.solution), std::pair("Training", pictures.training)})
        if (!part.empty()) html += element("h2", heading_of_part) + "\n" + part;

    if (!configuration.empty()) {
        const std::string command = "mfg solve " + shell_word(run.directory + "/config.ini");
        html += element("h2", "The same run again") + "\n" + element("pre", escape(command)) + "\n";
        html += element("details",
                        element("summary", "Effective configuration") + "\n" + element("pre", escape(configuration))) +
                "\n";
    }
    return html_page(heading, html);
}
