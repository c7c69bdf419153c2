#include "drawing/report_page.hpp"

#include "drawing/html.hpp"
#include "results/measures.hpp"
#include "text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

using json = nlohmann::ordered_json;

namespace {

/// The entry of an object, or null.
const json& get(const json& object, const std::string& key)
{
    static const json null;
    return object.is_object() && object.contains(key) ? object[key] : null;
}

std::string show(const json& value)
{
    if (value.is_null()) return "&ndash;";
    if (value.is_number_float()) return fmt::format("{:.5g}", value.get<double>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return escape(value.is_string() ? value.get<std::string>() : value.dump());
}

/// A mean and its standard error with two digits, where it is known.
std::string show_with_error(const json& value, const json& error)
{
    if (!value.is_number() || !error.is_number() || !(error.get<double>() > 0)) return show(value);
    const double mean = value.get<double>(), uncertain = error.get<double>();
    const int decimals = std::max(0, 1 - static_cast<int>(std::floor(std::log10(uncertain))));
    if (decimals > 9 || std::max(std::abs(mean), uncertain) > 1e6)
        return show(value) + " &plusmn; " + fmt::format("{:.2g}", uncertain);
    return fmt::format("{:.{}f} &plusmn; {:.{}f}", mean, decimals, uncertain, decimals);
}

std::string title(const json& result)
{
    const json& dimension = get(result, "dimension");
    return escape(readable(get(result, "problem").is_string() ? get(result, "problem").get<std::string>() : "run")) +
           (dimension.is_number() ? " in " + show(dimension) + (dimension == 1 ? " dimension" : " dimensions") : "");
}

/// One sentence: what was solved by what.
std::string summary(const json& result)
{
    const auto name = [&](const char* key) { return "<b>" + show(get(result, key)) + "</b>"; };
    std::string text = "The problem " + name("problem");
    if (const json& d = get(result, "dimension"); !d.is_null())
        text += " in " + show(d) + (d == 1 ? " dimension" : " dimensions");
    text += " was solved by the method " + name("method");
    std::vector<std::string> parts;
    for (const char* part : {"network", "integrator", "optimizer"}) {
        if (get(result, part).is_null() || get(result, part) == "") continue;
        const json& count = get(result, "parameter_count");
        const bool counted = part == std::string("network") && !count.is_null();
        parts.push_back(std::string("the ") + part + " " + name(part) +
                        (counted ? " (" + show(count) + " parameters)" : ""));
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
        text += (i == 0 ? " with " : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return text + ".";
}

/// A group of numbers: objective, terms, perhaps their `standard_error`, and more.
struct Column {
    const char* title;
    json values;
};

/// Objective and terms, then the other rows, by their keys; one column a group.
std::string table_of_columns(const std::string& caption, const std::vector<Column>& columns,
                             const std::vector<std::string>& others)
{
    std::vector<std::string> terms;
    for (const Column& column : columns)
        for (const auto& item : get(column.values, "terms").items())
            if (std::find(terms.begin(), terms.end(), item.key()) == terms.end()) terms.push_back(item.key());

    std::string html = "<table><caption>" + caption + "</caption><thead><tr><th></th>";
    for (const Column& column : columns) html += std::string("<th>") + column.title + "</th>";
    html += "</tr></thead><tbody>\n";
    const auto row = [&](const std::string& name, const char* kind, const auto& find) {
        html += "<tr" + std::string(kind) + "><th>" + escape(readable(name)) + "</th>";
        for (const Column& column : columns)
            html += "<td>" + show_with_error(find(column.values), find(get(column.values, "standard_error"))) + "</td>";
        html += "</tr>\n";
    };
    row("objective", " class=\"total\"", [](const json& group) { return get(group, "objective"); });
    for (const std::string& term : terms)
        row(term, "", [&](const json& group) { return get(get(group, "terms"), term); });
    for (const std::string& other : others) row(other, "", [&](const json& group) { return get(group, other); });
    return html + "</tbody></table>\n";
}

/// One column for each sample on which objective and terms were measured.
std::string objective_table(const json& result)
{
    std::vector<Column> columns{{get(result, "validation").is_null() ? "solution" : "training", result}};
    for (const auto& [key, text] :
         {std::pair{"validation", "validation"}, std::pair{"validation_fine", "finer time steps"},
          std::pair{"reference", "exact optimum"}, std::pair{"published", "published setup"}})
        if (get(result, key).is_object() && get(result, key).contains("objective"))
            columns.push_back({text, get(result, key)});
    return table_of_columns("Objective", columns, {});
}

std::string comparison_table(const json& comparison)
{
    if (!comparison.is_object()) return "";
    return table_of_columns("Network and grid, carried by one scheme",
                            {{"network", get(comparison, "network")}, {"grid", get(comparison, "grid")}},
                            {"mass", "mass_lost"});
}

/// What belongs to the comparison but into no column; or why there is none.
std::string comparison_text(const json& validation)
{
    if (const json& skipped = get(validation, "comparison_skipped"); skipped.is_string())
        return "<p>No comparison with a grid: " + show(skipped) + "</p>\n";
    const json& comparison = get(validation, "comparison");
    if (!comparison.is_object()) return "";
    const json &difference = get(comparison, "relative_difference"), &cells = get(comparison, "cells");
    return "<p>Network and grid: the scheme has " + show(cells) + " &times; " + show(cells) +
           " cells; relative difference of the objectives " +
           (difference.is_number() ? fmt::format("{:.2f} %", 100 * difference.get<double>()) : show(difference)) +
           "; mass outside of the domain " + show(get(comparison, "mass_outside")) +
           "; solution on the grid: " + show(get(comparison, "grid_solution")) + "</p>\n";
}

std::string plain_table(const std::string& caption, const std::vector<std::pair<std::string, std::string>>& rows,
                        bool text)
{
    if (rows.empty()) return "";
    std::string html = "<table><caption>" + caption + "</caption><tbody>\n";
    for (const auto& [name, value] : rows)
        html += "<tr><th>" + name + "</th><td" + (text ? " class=\"text\"" : "") + ">" + value + "</td></tr>\n";
    return html + "</tbody></table>\n";
}

std::string number_table(const std::string& caption, const json& numbers)
{
    std::vector<std::pair<std::string, std::string>> rows;
    if (numbers.is_object())
        for (const auto& item : numbers.items()) rows.emplace_back(escape(readable(item.key())), show(item.value()));
    return plain_table(caption, rows, false);
}

std::string course_table(const json& result)
{
    std::vector<std::pair<std::string, std::string>> rows;
    const auto add = [&](const char* key, const std::string& name) {
        if (const json& value = get(result, key); !value.is_null())
            rows.emplace_back(name, value.is_number() && name == "time" ? duration(value.get<double>()) : show(value));
    };
    add("seconds", "time");
    add("iterations", "iterations");
    add("evaluations", "evaluations");
    add("gradients", "of these with gradient");
    add("stop_reason", "stopped by");
    add("converged", "converged");
    add("threads", "threads");
    add("seed", "seed");
    add("version", "mfg");
    return plain_table("Training", rows, true);
}

}  // namespace

std::string render(const ReportPage& page)
{
    const json& result = page.result;
    const std::string heading = title(result);
    std::string html = "<h1>" + heading + "</h1>\n<p class=\"summary\">" + summary(result) + "</p>\n";

    html += "<h2>Numbers</h2>\n<div class=\"tables\">\n" + objective_table(result) +
            comparison_table(get(page.validation, "comparison")) + course_table(result);
    for (const std::string& group : measure_groups(result))
        html += number_table(escape(measure_title(group)), get(result, group));
    html += number_table("What a best response to the population gains", get(page.validation, "exploitability"));
    html += "</div>\n";
    for (const auto& [key, text] : {std::pair{"reference", "Exact optimum"}, std::pair{"published", "Published setup"}})
        if (const json& source = get(get(result, key), "source"); !source.is_null())
            html += std::string("<p>") + text + ": " + show(source) + "</p>\n";

    html += comparison_text(page.validation);

    if (!page.pictures.empty()) html += "<h2>Figures</h2>\n";
    for (const Picture& picture : page.pictures)
        html += html_picture(page.directory + "/figures", picture.file, picture.caption);

    if (!page.configuration.empty()) {
        html += "<h2>The same run again</h2>\n<pre>mfg solve " + escape(shell_word(page.directory + "/config.ini")) +
                "</pre>\n";
        html += "<details><summary>Effective configuration</summary>\n<pre>" + escape(page.configuration) +
                "</pre></details>\n";
    }
    return html_page(heading, html);
}
