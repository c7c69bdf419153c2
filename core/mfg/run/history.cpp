#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/history.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace mfg {
namespace {

constexpr std::size_t largest_file = std::size_t(1) << 30;
/// Whoever looks for columns by their names goes through all of them for each.
constexpr std::size_t max_columns = 2000;

/// The complete lines of a text.
std::vector<std::string_view> complete_lines(std::string_view text)
{
    std::vector<std::string_view> lines;
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.push_back(line);
    }
    return lines;
}

std::string header_line(const std::vector<std::string>& columns)
{
    std::string line;
    for (const std::string& column : columns) {
        if (column.empty() || column.find_first_of(",\"\r\n") != column.npos)
            throw Error("history: '" + column + "' cannot name a column");
        line += (line.empty() ? "" : ",") + column;
    }
    return line;
}

std::string shortest(Real value)
{
    if (std::isnan(value)) return "";
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::unique_ptr<File> open_for_rows(const std::string& path, int flags)
{
    return std::make_unique<File>(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0666),
                                  "cannot write '" + path + "'");
}

}  // namespace

History::History(const std::string& path, std::vector<std::string> columns) : columns_(std::move(columns))
{
    const std::string header = header_line(columns_);
    file_ = open_for_rows(path, O_CREAT | O_TRUNC);
    file_->write(header + '\n');
}

History::History(const std::string& path, std::vector<std::string> columns, std::uint64_t iteration)
    : columns_(std::move(columns))
{
    const std::string text = read_file(path, largest_file);
    const std::vector<std::string_view> lines = complete_lines(text);
    if (lines.empty() || lines[0] != header_line(columns_))
        throw Error("'" + path + "': its columns are not those of this run; start the run again");
    // Numbers, as those of all columns are: 100000 is 1e+05.
    const auto wanted = static_cast<Real>(iteration);
    Real last = wanted;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        Real number = 0;
        if (std::from_chars(lines[i].data(), lines[i].data() + lines[i].size(), number).ec != std::errc())
            throw Error("'" + path + "', line " + std::to_string(i + 1) + ": it does not begin with an iteration");
        if (number > wanted) break;
        last = number;
        rows_ = i;
        if (number == wanted) break;
    }
    if (last != wanted)
        throw Error("'" + path + "': row " + std::to_string(iteration) + " is needed to go on, and it ends with row " +
                    shortest(last) + "; remove it to go on with a new one");
    const auto kept = text.find('\n', static_cast<std::size_t>(lines[rows_].data() - text.data())) + 1;
    file_ = open_for_rows(path, 0);
    if (::ftruncate(file_->descriptor(), static_cast<off_t>(kept)) != 0) file_->fail();
}

void History::append(const std::vector<Real>& row)
{
    if (row.size() != columns_.size())
        throw Error("history: a row of " + std::to_string(row.size()) + " numbers for " +
                    std::to_string(columns_.size()) + " columns");
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : ",") + shortest(row[i]);
    file_->write(line + '\n');
    ++rows_;
}

std::size_t HistoryTable::find(const std::string& name) const
{
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
}

HistoryTable parse_history(std::string_view text)
{
    const std::vector<std::string_view> lines = complete_lines(text);
    if (lines.empty()) throw Error("it is not a history: the line of column names is missing");

    HistoryTable table;
    table.columns = split(std::string(lines[0]));
    if (table.columns.size() > max_columns)
        throw Error("it has more than " + std::to_string(max_columns) + " columns, which no history has");
    // Not a table as large as the columns and lines claim before their cells are there.
    std::vector<Real> numbers;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto fail = [&](const std::string& cause) {
            throw Error("line " + std::to_string(i + 1) + ": " + cause);
        };
        const std::vector<std::string> cells = split(std::string(lines[i]));
        if (cells.size() != table.columns.size())
            fail(std::to_string(cells.size()) + " cells for " + std::to_string(table.columns.size()) + " columns");
        for (const std::string& cell : cells) {
            Real& number = numbers.emplace_back(std::numeric_limits<Real>::quiet_NaN());
            if (cell.empty()) continue;
            const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
            if (error != std::errc() || end != cell.data() + cell.size())
                fail("'" + printable(cell) + "' is not a number");
        }
    }
    table.rows = Matrix::from_shape({lines.size() - 1, table.columns.size()});
    std::copy(numbers.begin(), numbers.end(), table.rows.begin());
    return table;
}

HistoryTable read_history(const std::string& path)
{
    const std::string text = read_file(path, largest_file);
    return in_context("cannot read the history '" + path + "': ", [&] { return parse_history(text); });
}

}  // namespace mfg
