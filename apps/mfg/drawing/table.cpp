#include "drawing/table.hpp"

#include "drawing/html.hpp"
#include "text.hpp"

#include <algorithm>

namespace {

/// In letters: all bytes of UTF-8 but those that go on with one.
std::size_t width(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

/// For a terminal, which must not obey what a file says.
std::string clean(const std::string& text)
{
    return mfg::printable(text, text.size());
}

std::string html_cell(const std::string& text)
{
    return text == "-" ? "&ndash;" : escape(text);
}

}  // namespace

bool Table::has_head() const
{
    return std::any_of(columns.begin(), columns.end(), [](const Column& column) { return !column.title.empty(); });
}

std::string Table::text(const std::string& indent) const
{
    std::vector<Row> lines = rows;
    if (has_head()) {
        lines.insert(lines.begin(), Row{});
        for (const Column& column : columns) lines.front().cells.push_back(column.title);
    }
    for (Row& line : lines) std::transform(line.cells.begin(), line.cells.end(), line.cells.begin(), clean);
    std::vector<std::size_t> widths(columns.size(), 0);
    for (const Row& line : lines)
        for (std::size_t j = 0; j < columns.size(); ++j) widths[j] = std::max(widths[j], width(line.cells[j]));

    std::string text = title.empty() ? "" : title + "\n";
    for (const Row& line : lines) {
        std::string cells;
        for (std::size_t j = 0; j < columns.size(); ++j) {
            const std::string blanks(widths[j] - width(line.cells[j]), ' ');
            cells += (j == 0 ? "" : "  ") + (columns[j].is_text ? line.cells[j] + blanks : blanks + line.cells[j]);
        }
        text += indent + cells.substr(0, cells.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

std::string Table::markdown() const
{
    // A bar would end a cell.
    const auto cell = [](const std::string& content) { return " " + replaced(clean(content), "|", "\\|") + " |"; };
    std::string text = (title.empty() ? "" : "**" + title + "**\n\n") + "|", line = "|";
    for (const Column& column : columns) {
        text += cell(column.title);
        line += column.is_text ? "---|" : "---:|";
    }
    text += "\n" + line + "\n";
    for (const Row& row : rows) {
        text += "|";
        for (const std::string& content : row.cells) text += cell(content);
        text += "\n";
    }
    return text;
}

std::string Table::html() const
{
    std::string text = "<table><caption>" + escape(title) + "</caption>";
    if (has_head()) {
        text += "<thead><tr>";
        for (const Column& column : columns) text += "<th>" + escape(column.title) + "</th>";
        text += "</tr></thead>";
    }
    text += "<tbody>\n";
    for (const Row& row : rows) {
        text += (row.emphasised ? "<tr class=\"total\"><th>" : "<tr><th>") + html_cell(row.cells.front()) + "</th>";
        for (std::size_t j = 1; j < columns.size(); ++j)
            text += (columns[j].is_text ? "<td class=\"text\">" : "<td>") + html_cell(row.cells[j]) + "</td>";
        text += "</tr>\n";
    }
    return text + "</tbody></table>\n";
}
