#include "command_line/command.hpp"

#include "text.hpp"

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>
#include <sstream>

namespace po = boost::program_options;

namespace {

std::string shown(const Word& word)
{
    std::vector<std::string> all{word.shown};
    all.insert(all.end(), word.choices.begin(), word.choices.end());
    const std::string text = listed(all, "or");
    return (word.required ? text : "[" + text + "]") + (word.repeats ? " ..." : "");
}

std::string shown(const CommandOption& option)
{
    return "--" + option.name + (option.shown.empty() ? "" : " " + option.shown);
}

/// The words of a text in lines of at most `width` characters; all but the first are indented.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width)
{
    std::string lines;
    std::size_t length = indent;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const bool fits = lines.empty() || length + 1 + word.size() <= width;
        if (!lines.empty()) lines += fits ? " " : "\n" + std::string(indent, ' ');
        length = fits ? length + word.size() + (lines.empty() ? 0 : 1) : indent + word.size();
        lines += word;
    }
    return lines;
}

std::string explanation(const CommandOption& option)
{
    return option.text + (option.choices.empty() ? "" : ": " + listed(option.choices, "or")) +
           (option.standard.empty() ? "" : " (" + option.standard + ")");
}

mfg::UsageError unknown_option(const std::string& name, const std::vector<CommandOption>& options)
{
    std::vector<std::string> names;
    for (const CommandOption& option : options) names.push_back(option.name);
    const std::string nearest = mfg::nearest_name(name, names);
    return mfg::UsageError(
        fmt::format("unknown option '--{}'; {}", mfg::printable(name),
                    nearest.empty() ? std::string("see --help") : fmt::format("did you mean '--{}'?", nearest)));
}

/// The options that occur, as Boost needs them. All but flags take one value.
po::options_description described(const Arguments& arguments, const std::vector<CommandOption>& options)
{
    po::options_description known;
    std::vector<std::string> seen;
    for (const std::string& argument : arguments) {
        if (argument == "--") break;
        if (!starts_with(argument, "--")) continue;
        const std::string name = argument.substr(2, argument.find('=') - 2);
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
        seen.push_back(name);
        const CommandOption* option = find_option(options, name);
        if (!option) throw unknown_option(name, options);
        if (option->value == Value::flag)
            known.add_options()(name.c_str(), po::bool_switch(), "");
        else
            known.add_options()(name.c_str(), po::value<std::string>(), "");
    }
    return known;
}

void require_words(const Arguments& words, const Command& command)
{
    const auto least = static_cast<std::size_t>(
        std::count_if(command.words.begin(), command.words.end(), [](const Word& word) { return word.required; }));
    if (words.size() < least) throw mfg::UsageError("something is missing; usage: " + usage(command));
    const bool repeats = !command.words.empty() && command.words.back().repeats;
    if (words.size() > command.words.size() && !repeats)
        throw mfg::UsageError(fmt::format("unexpected argument '{}'; usage: {}",
                                          mfg::printable(words[command.words.size()]), usage(command)));
}

}  // namespace

CommandLine read_command_line(const Arguments& arguments, const Command& command)
{
    CommandLine line;
    const po::options_description known = described(arguments, command.options);
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
            } else if (starts_with(value, "--")) {
                throw mfg::UsageError(
                    fmt::format("option '--{}' needs a value before '{}'", option.string_key, mfg::printable(value)));
            } else {
                line.options.emplace_back(option.string_key, value);
            }
        }
    } catch (const po::error& failure) {
        throw mfg::UsageError(mfg::printable(failure.what()));
    }
    require_words(line.words, command);
    return line;
}

std::string usage(const Command& command)
{
    constexpr std::size_t few = 2;
    std::string text = "mfg " + command.name;
    for (const Word& word : command.words) text += " " + shown(word);
    for (const CommandOption& option : command.options)
        if (option.required) text += " " + shown(option);
    if (command.options.size() > few) return text + " [--option value ...]";
    for (const CommandOption& option : command.options)
        if (!option.required) text += " [" + shown(option) + "]";
    return text;
}

std::string help(const Command& command)
{
    constexpr std::size_t width = 100, indent = 27;
    std::string text = usage(command) + "\n\n" + command.manual;
    for (std::size_t i = 0; i < command.options.size(); ++i) {
        const CommandOption& option = command.options[i];
        if (i == 0) text += "\n";
        std::string left = "  " + shown(option);
        // Options with one text have one line.
        while (i + 1 < command.options.size() && command.options[i + 1].text == option.text)
            left += ", " + shown(command.options[++i]);
        left += left.size() + 2 <= indent ? std::string(indent - left.size(), ' ') : "\n" + std::string(indent, ' ');
        text += left + wrapped(explanation(option), indent, width) + "\n";
    }
    return text;
}

void require_kind(const std::string& kind)
{
    const std::vector<std::string>& known = mfg::plugin_kinds;
    if (std::find(known.begin(), known.end(), kind) == known.end())
        throw mfg::UsageError(
            fmt::format("'{}' is not a kind of plugin; {}", mfg::printable(kind), advice(kind, known)));
}
