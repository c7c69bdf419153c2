#include "command_line/command_line.hpp"

#include <mfg/plugin/options.hpp>
#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>

namespace po = boost::program_options;

namespace {

mfg::UsageError unknown_option(const std::string& name, const std::vector<std::string>& names)
{
    const std::string nearest = mfg::nearest_name(name, names);
    return mfg::UsageError(
        fmt::format("unknown option '--{}'; {}", mfg::printable(name),
                    nearest.empty() ? std::string("see --help") : fmt::format("did you mean '--{}'?", nearest)));
}

}  // namespace

CommandLine read_command_line(const Arguments& arguments, const std::vector<std::string>& names,
                              const std::vector<std::string>& flags, bool (*also)(const std::string&))
{
    po::options_description known;
    for (const std::string& name : names) known.add_options()(name.c_str(), po::value<std::string>(), "");
    for (const std::string& flag : flags) known.add_options()(flag.c_str(), po::bool_switch(), "");

    // Options of plugins are not known before the plugins are, but all of them take one value: declaring those that
    // occur makes one strict pass enough.
    std::vector<std::string> all = names;
    all.insert(all.end(), flags.begin(), flags.end());
    for (const std::string& argument : arguments) {
        if (argument == "--") break;
        if (argument.compare(0, 2, "--") != 0) continue;
        const std::string name = argument.substr(2, argument.find('=') - 2);
        if (std::find(all.begin(), all.end(), name) != all.end()) continue;
        if (!also || !also(name)) throw unknown_option(name, all);
        known.add_options()(name.c_str(), po::value<std::string>(), "");
        all.push_back(name);
    }

    CommandLine line;
    try {
        // Without the long style's guessing, `--problem.d` is not taken for `--problem.depth`; without the short style,
        // `-1` is a value.
        using namespace po::command_line_style;
        const auto parsed = po::command_line_parser(arguments)
                                .options(known)
                                .style(allow_long | long_allow_adjacent | long_allow_next)
                                .run();
        for (const po::option& option : parsed.options) {
            const std::string value = option.value.empty() ? "true" : option.value.front();
            if (option.position_key >= 0) {
                line.words.push_back(value);
            } else if (value.compare(0, 2, "--") == 0) {
                throw mfg::UsageError(
                    fmt::format("option '--{}' needs a value before '{}'", option.string_key, mfg::printable(value)));
            } else {
                line.options.emplace_back(option.string_key, value);
            }
        }
    } catch (const po::error& failure) {
        throw mfg::UsageError(mfg::printable(failure.what()));
    }
    return line;
}

void require_words(const CommandLine& line, std::size_t least, std::size_t most, const std::string& help)
{
    const std::string usage = help.substr(0, help.find('\n'));
    if (line.words.size() < least) throw mfg::UsageError("something is missing; usage: " + usage);
    if (line.words.size() > most) {
        throw mfg::UsageError(
            fmt::format("unexpected argument '{}'; usage: {}", mfg::printable(line.words[most]), usage));
    }
}

void require_kind(const std::string& kind)
{
    const std::vector<std::string>& known = mfg::plugin_kinds;
    if (std::find(known.begin(), known.end(), kind) != known.end()) return;
    const std::string nearest = mfg::nearest_name(kind, known);
    throw mfg::UsageError(fmt::format("'{}' is no kind of plugin; {}", mfg::printable(kind),
                                      nearest.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                                                      : fmt::format("did you mean '{}'?", nearest)));
}
