#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace mfg {
namespace {

/// The whole text of a file that is small.
std::string read_text(const std::string& path)
{
    const auto refuse = [&](const std::string& why) {
        return Error(fmt::format("configuration file '{}' {}", printable(path), why));
    };
    constexpr std::uintmax_t largest = 1 << 20;
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (!fs::exists(status)) throw refuse("does not exist");
    if (fs::is_directory(status)) throw refuse("is a directory; name the .ini file in it");
    if (!fs::is_regular_file(status)) throw refuse("is not a regular file");
    if (fs::file_size(path, failed) > largest) throw refuse("is larger than 1 MiB: that is not a configuration");
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    // An empty file has nothing to copy, which a stream takes for a failure.
    if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf())))
        throw refuse("cannot be read");
    return text.str();
}

/// The marker of a quoted value, which no text may contain, followed by its number.
constexpr char quoted = '\x01';

/// The value that begins with the quote at `begin`, and where it ends: "" stands for a quote within.
std::pair<std::string, std::size_t> read_quoted(const std::string& line, std::size_t begin)
{
    std::string value;
    for (std::size_t i = begin + 1; i < line.size(); ++i) {
        if (line[i] == '"') {
            if (i + 1 == line.size() || line[i + 1] != '"') return {value, i + 1};
            ++i;
        }
        value += line[i];
    }
    throw Error(fmt::format("a quote is not closed in the line '{}'", printable(line)));
}

/// The text with a marker for each quoted value, which the library's reader would take to pieces.
std::string without_quoted_values(const std::string& text, std::vector<std::string>& values)
{
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line); result += line + '\n') {
        const std::size_t equals = line.find('='), comment = line.find('#');
        if (equals == line.npos || comment < equals) continue;
        const std::size_t begin = line.find_first_not_of(" \t", equals + 1);
        if (begin == line.npos || line[begin] != '"') continue;
        auto [value, end] = read_quoted(line, begin);
        const std::string rest = line.substr(end);
        if (const auto next = rest.find_first_not_of(" \t\r"); next != rest.npos && rest[next] != '#')
            throw Error(fmt::format("after the quoted value stands '{}' in the line '{}'", printable(rest.substr(next)),
                                    printable(line)));
        line = line.substr(0, begin) + quoted + std::to_string(values.size());
        values.push_back(std::move(value));
    }
    return result;
}

}  // namespace

Assignments parse_ini(const std::string& bytes)
{
    const std::string byte_order_mark = "\xEF\xBB\xBF";
    const std::string text = bytes.rfind(byte_order_mark, 0) == 0 ? bytes.substr(byte_order_mark.size()) : bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool ends_line = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] == '\n'));
        if (static_cast<unsigned char>(text[i]) < 0x20 && text[i] != '\t' && !ends_line)
            throw Error("it is not a text file");
    }
    Assignments settings;
    try {
        std::vector<std::string> quoted_values;
        std::istringstream lines(without_quoted_values(text, quoted_values));
        const bool allow_unknown = true;
        for (const po::option& option :
             po::parse_config_file(lines, po::options_description(), allow_unknown).options) {
            const std::string value = option.value.empty() ? "" : option.value.front();
            const bool is_quoted = !value.empty() && value.front() == quoted;
            settings.emplace_back(option.string_key, is_quoted ? quoted_values.at(std::stoul(value.substr(1))) : value);
        }
    } catch (const po::invalid_config_file_syntax& failure) {
        throw Error(
            fmt::format("invalid line '{}'; expected 'name = value' or '[section]'", printable(failure.tokens())));
    } catch (const po::error& failure) {
        throw Error(printable(failure.what()));
    }
    if (settings.empty()) throw Error("it has no settings");
    return settings;
}

std::string ini_line(const std::string& name, const std::string& value)
{
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
    if (std::any_of(value.begin(), value.end(), is_control))
        throw Error(
            fmt::format("the value of '{}' is '{}', with a line break or control character, which config.ini "
                        "cannot keep",
                        printable(name), printable(value)));
    if (value.empty()) return name + " =\n";
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    if (value.find('#') == value.npos && value.front() != '"' && !is_blank(value.front()) && !is_blank(value.back()))
        return name + " = " + value + '\n';
    std::string text;
    for (const char c : value) text.append(c == '"' ? 2 : 1, c);
    return name + " = \"" + text + "\"\n";
}

Assignments read_ini(const std::string& path)
{
    const std::string text = read_text(path);
    return in_context(fmt::format("configuration file '{}': ", printable(path)), [&] { return parse_ini(text); });
}

}  // namespace mfg
