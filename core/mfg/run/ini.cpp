#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <fmt/format.h>
#include <boost/program_options.hpp>

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

}  // namespace

Assignments parse_ini(const std::string& text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool ends_line = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] == '\n'));
        if (static_cast<unsigned char>(text[i]) < 0x20 && text[i] != '\t' && !ends_line)
            throw Error("it is not a text file");
    }
    Assignments settings;
    try {
        std::istringstream lines(text);
        const bool allow_unknown = true;
        for (const po::option& option : po::parse_config_file(lines, po::options_description(), allow_unknown).options)
            settings.emplace_back(option.string_key, option.value.empty() ? "" : option.value.front());
    } catch (const po::invalid_config_file_syntax& failure) {
        throw Error(
            fmt::format("invalid line '{}'; expected 'name = value' or '[section]'", printable(failure.tokens())));
    } catch (const po::error& failure) {
        throw Error(printable(failure.what()));
    }
    if (settings.empty()) throw Error("it says nothing");
    return settings;
}

Assignments read_ini(const std::string& path)
{
    const std::string text = read_text(path);
    return in_context(fmt::format("configuration file '{}': ", printable(path)), [&] { return parse_ini(text); });
}

}  // namespace mfg
