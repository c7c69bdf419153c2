#include "command_line/command.hpp"

#include "text.hpp"

#include <mfg/plugin/registry.hpp>
#include <mfg/problem.hpp>
#include <mfg/run/configuration.hpp>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>
#include <sstream>

namespace po = boost::program_options;

namespace {

bool word_matches(const std::string& pattern, const std::string& word)
{
    if (pattern == "KIND") return std::count(mfg::plugin_kinds.begin(), mfg::plugin_kinds.end(), word) > 0;
    const std::size_t capitals = pattern.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (capitals == 0) return word == pattern;
    const std::string rest = capitals == std::string::npos ? "" : pattern.substr(capitals);
    return mfg::is_name(word) && word.size() > rest.size() && ends_with(word, rest);
}

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
    for (const std::string& argument : arguments) {
        if (argument == "--") break;
        if (!starts_with(argument, "--")) continue;
        const std::string name = argument.substr(2, argument.find('=') - 2);
        if (known.find_nothrow(name, false)) continue;
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

bool CommandOption::matches(const std::string& given) const
{
    const std::string section = mfg::section_of(given);
    if (section.empty()) return word_matches(name, given);
    if (value == Value::plugin) return word_matches(name, section) && mfg::is_name(mfg::option_of(given));
    return word_matches(mfg::section_of(name), section) && word_matches(mfg::option_of(name), mfg::option_of(given));
}

const CommandOption* find_option(const std::vector<CommandOption>& options, const std::string& name)
{
    const auto found =
        std::find_if(options.begin(), options.end(), [&](const CommandOption& o) { return o.matches(name); });
    return found == options.end() ? nullptr : &*found;
}

/// Adds the option to the list, and takes its value out of what is given.
std::optional<std::string> CommandOptions::take(const CommandOption& option)
{
    mfg::Assignments found;
    settings(option, found);
    if (found.size() > 1) throw mfg::UsageError(fmt::format("option '{}' is given twice", option.name));
    return found.empty() ? std::nullopt : std::optional(found.front().second);
}

void CommandOptions::settings(const CommandOption& option, mfg::Assignments& to)
{
    list_.push_back(option);
    const auto others = std::stable_partition(given_.begin(), given_.end(),
                                              [&](const auto& given) { return option.matches(given.first); });
    to.insert(to.end(), given_.begin(), others);
    given_.erase(given_.begin(), others);
}

void CommandOptions::choice(const char* name, std::string& variable, const mfg::Choices& choices, const char* text)
{
    const auto value = take({name, Value::choice, "WORD", text, variable, choices});
    if (value && std::find(choices.begin(), choices.end(), *value) == choices.end())
        throw mfg::UsageError(fmt::format("{} '{}' must be one of: {}", name, mfg::printable(*value), joined(choices)));
    variable = value.value_or(variable);
}

void CommandOptions::path(Value value, const char* name, const char* shown, std::string& variable, const char* text,
                          bool required)
{
    variable = take({name, value, shown, text, variable, {}, required}).value_or(variable);
}

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
        constexpr std::size_t longest = 200;
        throw mfg::UsageError(mfg::printable(failure.what(), longest));
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

PluginWords plugin_words(const Arguments& words, const Command& command)
{
    if (words.size() == 1 && mfg::Registry::is_source(words[0])) return {mfg::Problem::kind, words[0]};
    if (words.size() < 2) throw mfg::UsageError("something is missing; usage: " + usage(command));
    require_kind(words[0]);
    return {words[0], words[1]};
}
