#include "command_line/options.hpp"

#include <mfg/run/configuration.hpp>
#include "text.hpp"

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace {

bool word_matches(const std::string& pattern, const std::string& word)
{
    if (pattern == "KIND") return std::count(mfg::plugin_kinds.begin(), mfg::plugin_kinds.end(), word) > 0;
    const std::size_t capitals = pattern.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (capitals == 0) return word == pattern;
    const std::string rest = capitals == std::string::npos ? "" : pattern.substr(capitals);
    return mfg::is_name(word) && word.size() > rest.size() && ends_with(word, rest);
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
