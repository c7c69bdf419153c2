#include <mfg/plugin/options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <type_traits>

namespace mfg {
namespace {

std::string range_text(const Range& range)
{
    std::string low, high;
    if (std::isfinite(range.low)) low = fmt::format("{} {}", range.low_excluded ? ">" : ">=", range.low);
    if (std::isfinite(range.high)) high = fmt::format("<= {}", range.high);
    return low.empty() || high.empty() ? low + high : low + " and " + high;
}

std::string range_text(const Choices& choices)
{
    return choices.empty() ? "" : "one of: " + joined(choices);
}

/// Thrown by the parsers below: what a value, or one entry of a list, must be.
struct Unfit {
    std::string rule;
    std::string entry = {};
};

/// `form` says what the text must be whatever the range.
template <class Number>
void parse_number(const std::string& text, const Range& range, const std::string& form, Number& number)
{
    // from_chars knows neither locale nor leading blanks nor `+`; users do write `+1`.
    const char* begin = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(begin, end, number);
    if (code == std::errc::result_out_of_range && stop == end) {
        using Limits = std::numeric_limits<Number>;
        if (!std::is_integral_v<Number>) throw Unfit{"0, or of a size from 1e-307 to 1e308"};
        throw Unfit{range_text(Range{std::max<Real>(range.low, Limits::min()),
                                     std::min<Real>(range.high, Limits::max()), range.low_excluded})};
    }
    if (code != std::errc{} || stop != end || !std::isfinite(static_cast<Real>(number))) throw Unfit{form};
    const Real value = static_cast<Real>(number);
    const bool inside = (range.low_excluded ? value > range.low : value >= range.low) && value <= range.high;
    if (!inside) throw Unfit{range_text(range)};
}

void parse(const std::string& text, const Range& range, Real& number)
{
    parse_number(text, range, "a finite number", number);
}

void parse(const std::string& text, const Range& range, int& number)
{
    parse_number(text, range, "an integer in digits, such as 100", number);
}

void parse(const std::string& text, const Choices& choices, std::string& value)
{
    if (!choices.empty() && !contains(choices, text)) throw Unfit{range_text(choices)};
    value = text;
}

void parse(const std::string& text, const Choices&, bool& value)
{
    value = contains({"true", "yes", "on", "1"}, text);
    if (!value && !contains({"false", "no", "off", "0"}, text)) throw Unfit{"true or false"};
}

/// The entries between commas. Only an option whose default is an empty list may be one.
template <class Entry, class Rule>
void parse(const std::string& text, const Rule& rule, std::vector<Entry>& list)
{
    if (text.empty() && !list.empty()) throw Unfit{"a list with at least one entry"};
    list.clear();
    for (const std::string& part : split(text)) {
        const std::string entry = trimmed(part);
        try {
            if (std::is_same_v<Entry, std::string> && entry.empty()) throw Unfit{"a word"};
            parse(entry, rule, list.emplace_back());
        } catch (const Unfit& unfit) {
            throw Unfit{unfit.rule, entry.empty() ? "''" : printable(entry)};
        }
    }
}

/// The shortest text that gives the same value back.
template <class Value>
std::string print(const Value& value)
{
    return fmt::format("{}", value);
}

template <class Entry>
std::string print(const std::vector<Entry>& list)
{
    return fmt::format("{}", fmt::join(list, ","));
}

}  // namespace

template <class Value, class Rule>
void Options::declare(const char* name, Value& variable, const char* type, const char* text, const Rule& rule)
{
    const std::string standard = print(variable);
    const auto given = given_.find(name);
    // A default takes the same way as a given text: one that breaks its own rule, or does not survive being printed,
    // cannot hide.
    const bool is_text = type == std::string_view("text") || type == std::string_view("file");
    const std::string value = given == given_.end() ? standard : is_text ? given->second : trimmed(given->second);
    try {
        parse(value, rule, variable);
    } catch (const Unfit& unfit) {
        throw Error(fmt::format("{}option {} = {}{} must be {}", owner_.empty() ? "" : owner_ + ": ", name,
                                value.empty() ? "''" : printable(value),
                                unfit.entry.empty() ? "" : ": entry " + unfit.entry, unfit.rule));
    }
    records_.push_back({name, type, text, standard, print(variable), range_text(rule)});
}

void Options::operator()(const char* name, Real& variable, const char* text, Range range)
{
    declare(name, variable, "real", text, range);
}

void Options::operator()(const char* name, int& variable, const char* text, Range range)
{
    declare(name, variable, "integer", text, range);
}

void Options::operator()(const char* name, bool& variable, const char* text)
{
    declare(name, variable, "boolean", text, Choices{});
}

void Options::operator()(const char* name, std::string& variable, const char* text, const Choices& choices)
{
    declare(name, variable, "text", text, choices);
}

void Options::file(const char* name, std::string& variable, const char* text)
{
    declare(name, variable, "file", text, Choices{});
    if (variable.empty()) return;
    variable = records_.back().value = std::filesystem::absolute(variable).lexically_normal().string();
}

void Options::operator()(const char* name, std::vector<Real>& variable, const char* text, Range range)
{
    declare(name, variable, "list of real", text, range);
}

void Options::operator()(const char* name, std::vector<int>& variable, const char* text, Range range)
{
    declare(name, variable, "list of integer", text, range);
}

void Options::operator()(const char* name, std::vector<std::string>& variable, const char* text, const Choices& choices)
{
    declare(name, variable, "list of text", text, choices);
}

void Options::finish() const
{
    std::vector<std::string> known;
    for (const OptionRecord& record : records_) known.push_back(record.name);
    for (const auto& [name, text] : given_) {
        if (contains(known, name)) continue;
        throw Error(fmt::format("{}: unknown option '{}'; {}", owner_, printable(name),
                                known.empty() ? "it has no options" : advice(name, known)));
    }
}

}  // namespace mfg
