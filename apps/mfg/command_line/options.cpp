#include "command_line/options.hpp"

#include <mfg/run/setting_names.hpp>
#include "text.hpp"

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace {

bool word_matches(const std::string& pattern, const std::string& word)
{
    if (pattern == "KIND") return std::count(mfg::plugin_kinds.begin(), mfg::plugin_kinds.end(), word) > 0;
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const std::string rest(std::find_if_not(pattern.begin(), pattern.end(), is_capital), pattern.end());
    if (rest.size() == pattern.size()) return word == pattern;
    return mfg::is_name(word) && word.size() > rest.size() && ends_with(word, rest);
}

}  // namespace

bool CommandOption::matches(const std::string& given) const
{
    const std::string section = mfg::section_of(name), given_section = mfg::section_of(given);
    return section.empty() == given_section.empty() && (section.empty() || word_matches(section, given_section)) &&
           word_matches(mfg::option_of(name), mfg::option_of(given));
}

const CommandOption* find_option(const std::vector<CommandOption>& options, const std::string& name)
{
    for (const CommandOption& option : options)
        if (option.name == name) return &option;
    for (const CommandOption& option : options)
        if (option.matches(name)) return &option;
    return nullptr;
}

/// Adds the option to the list, and takes its value out of what is given.
std::optional<std::string> CommandOptions::take(const CommandOption& option)
{
    mfg::Assignments found;
    settings(option, found);
    if (found.size() > 1) throw mfg::UsageError(fmt::format("option '{}' is given twice", option.name));
    if (found.empty()) return {};
    return found.front().second;
}

void CommandOptions::settings(const CommandOption& option, mfg::Assignments& to)
{
    list_.push_back(option);
    const auto fits = [&](const auto& given) { return option.matches(given.first); };
    std::copy_if(given_.begin(), given_.end(), std::back_inserter(to), fits);
    given_.erase(std::remove_if(given_.begin(), given_.end(), fits), given_.end());
}

template <class Variable>
void CommandOptions::typed(const char* name, const char* shown, Variable& variable, const char* text, mfg::Range range)
{
    mfg::Options declared;
    declared(name, variable, text, range);
    const auto value = take({name, Value::number, shown, text, declared.records().front().standard, {}});
    if (!value) return;
    mfg::Options options(owner_, {{name, *value}});
    options(name, variable, text, range);
}

void CommandOptions::flag(const char* name, bool& variable, const char* text)
{
    variable = take({name, Value::flag, "", text}).has_value();
}

void CommandOptions::number(const char* name, int& variable, const char* text, mfg::Range range)
{
    typed(name, "N", variable, text, range);
}

void CommandOptions::numbers(const char* name, std::vector<int>& variable, const char* text, mfg::Range range)
{
    typed(name, "LIST", variable, text, range);
}

void CommandOptions::numbers(const char* name, std::vector<mfg::Real>& variable, const char* text)
{
    typed(name, "LIST", variable, text, mfg::any_number);
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
