#include "report_page.hpp"

#include <mfg/io/files.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

using json = nlohmann::ordered_json;

namespace {

constexpr const char* style = R"(
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "DejaVu Sans", Helvetica, Arial, sans-serif; color: #222; background: #fff;
       max-width: 1080px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .7rem; border-bottom: 1px solid #ddd; padding-bottom: .25rem; }
.summary { color: #444; margin: 0; max-width: 46rem; }
.tables { display: flex; flex-wrap: wrap; gap: 1.2rem 3rem; align-items: flex-start; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .22rem .9rem .22rem 0; border-bottom: 1px solid #eee; text-align: right; font-weight: normal; }
th:first-child { text-align: left; color: #444; }
thead th { color: #777; font-size: .85rem; border-bottom-color: #bbb; }
tr.total th, tr.total td { font-weight: 600; color: #222; }
td.text { text-align: left; }
figure { margin: 0 0 1.8rem; break-inside: avoid; }
figure img { max-width: 100%; height: auto; display: block; margin: 0 auto; }
figcaption { color: #555; font-size: .9rem; text-align: center; margin-top: .2rem; }
pre { background: #f6f6f4; padding: .7rem .9rem; overflow-x: auto; font-size: .85rem; line-height: 1.4; }
summary { cursor: pointer; }
@media print { body { margin: 0; max-width: none; } }
)";

std::string escape(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string readable(std::string name)
{
    std::replace(name.begin(), name.end(), '_', ' ');
    return escape(name);
}

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

std::string duration(const json& seconds)
{
    if (!seconds.is_number()) return show(seconds);
    const double value = seconds.get<double>();
    if (!(value >= 100) || value > 1e9) return fmt::format("{:.3g} s", value);
    const auto whole = std::llround(value);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

/// In single quotes where the shell needs them.
std::string shell_word(const std::string& text)
{
    const auto plain = [](unsigned char c) {
        return std::isalnum(c) || std::string("/._-+=@%,").find(static_cast<char>(c)) != std::string::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

std::string base64(const std::string& bytes)
{
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) result += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
    return result;
}

std::string title(const json& result)
{
    const json& dimension = get(result, "dimension");
    return readable(get(result, "problem").is_string() ? get(result, "problem").get<std::string>() : "run") +
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

/// Objective and terms, one column for each sample on which they were measured.
std::string objective_table(const json& result)
{
    struct Column {
        const char* title;
        json values;
    };
    std::vector<Column> columns{{get(result, "validation").is_null() ? "solution" : "training", result}};
    for (const auto& [key, text] :
         {std::pair{"validation", "validation"}, std::pair{"validation_fine", "finer time steps"},
          std::pair{"reference", "exact optimum"}, std::pair{"published", "published setup"}})
        if (get(result, key).is_object()) columns.push_back({text, get(result, key)});

    std::vector<std::string> terms;
    for (const Column& column : columns)
        for (const auto& item : get(column.values, "terms").items())
            if (std::find(terms.begin(), terms.end(), item.key()) == terms.end()) terms.push_back(item.key());

    std::string html = "<table><caption>Objective</caption><thead><tr><th></th>";
    for (const Column& column : columns) html += std::string("<th>") + column.title + "</th>";
    html += "</tr></thead><tbody>\n<tr class=\"total\"><th>objective</th>";
    for (const Column& column : columns) html += "<td>" + show(get(column.values, "objective")) + "</td>";
    html += "</tr>\n";
    for (const std::string& term : terms) {
        html += "<tr><th>" + readable(term) + "</th>";
        for (const Column& column : columns) html += "<td>" + show(get(get(column.values, "terms"), term)) + "</td>";
        html += "</tr>\n";
    }
    html += "</tbody></table>\n";
    return html;
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
        for (const auto& item : numbers.items()) rows.emplace_back(readable(item.key()), show(item.value()));
    return plain_table(caption, rows, false);
}

std::string course_table(const json& result)
{
    std::vector<std::pair<std::string, std::string>> rows;
    const auto add = [&](const char* key, const std::string& name) {
        if (const json& value = get(result, key); !value.is_null())
            rows.emplace_back(name, value.is_number() && name == "time" ? duration(value) : show(value));
    };
    add("seconds", "time");
    add("iterations", "iterations");
    add("evaluations", "evaluations");
    add("stop_reason", "stopped by");
    add("converged", "converged");
    add("threads", "threads");
    add("seed", "seed");
    add("version", "mfg");
    return plain_table("Training", rows, true);
}

std::string figure_block(const Figure& figure, const std::string& directory)
{
    const std::string png = mfg::read_file(directory + "/figures/" + figure.name + ".png");
    // The picture has two pixels for each of the page's. Its width is where the PNG format puts it.
    std::uint32_t width = 0;
    for (std::size_t i = 16; i < 20 && i < png.size(); ++i) width = width << 8 | static_cast<unsigned char>(png[i]);
    return fmt::format(
        "<figure><img width=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\"><figcaption>{}</figcaption></figure>\n",
        width / 2, escape(figure.title), base64(png), escape(figure.title));
}

}  // namespace

std::string render(const ReportPage& page)
{
    const json& result = page.result;
    const std::string heading = title(result);
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        heading + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n";
    html += "<h1>" + heading + "</h1>\n<p class=\"summary\">" + summary(result) + "</p>\n";

    html += "<h2>Numbers</h2>\n<div class=\"tables\">\n" + objective_table(result) + course_table(result) +
            number_table("Errors", get(result, "errors")) + number_table("Residuals", get(result, "residuals")) +
            number_table("Forward and back again", get(result, "round_trip")) + "</div>\n";
    for (const auto& [key, text] : {std::pair{"reference", "Exact optimum"}, std::pair{"published", "Published setup"}})
        if (const json& source = get(get(result, key), "source"); !source.is_null())
            html += std::string("<p>") + text + ": " + show(source) + "</p>\n";

    if (!page.figures.empty()) html += "<h2>Figures</h2>\n";
    for (const Figure& figure : page.figures) html += figure_block(figure, page.directory);

    if (!page.configuration.empty()) {
        html += "<h2>The same run again</h2>\n<pre>mfg solve " + escape(shell_word(page.directory + "/config.ini")) +
                "</pre>\n";
        html += "<details><summary>Effective configuration</summary>\n<pre>" + escape(page.configuration) +
                "</pre></details>\n";
    }
    return html + "</body>\n</html>\n";
}
