#include <mfg/plugin/options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

namespace mfg {
namespace {

std::string range_text(const Range& range)
{
    std::string low, high;
    if (std::isfinite(range.low)) low = fmt::format("{} {}", range.low_excluded ? ">" : ">=", range.low);
    if (std::isfinite(range.high)) high = fmt::format("<= {}", range.high);
    return low.empty() || high.empty() ? low + high : low + " and " + high;
}

std::string choices_text(const Choices& choices)
{
    return choices.empty() ? "" : "one of: " + joined(choices);
}

/// Thrown by the parsers below: what a value, or one entry of a list, must be.
struct Unfit {
    std::string rule;
    std::string entry = {};
};

template <class Number>
Number parse_number(const std::string& text, const Range& range, const char* rule)
{
    // from_chars knows neither locale nor leading blanks nor `+`; users do write `+1`.
    const char* begin = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
    const char* end = text.data() + text.size();
    Number number{};
    const auto [stop, code] = std::from_chars(begin, end, number);
    if (code != std::errc{} || stop != end || !std::isfinite(static_cast<Real>(number))) throw Unfit{rule};
    const Real value = static_cast<Real>(number);
    const bool inside = (range.low_excluded ? value > range.low : value >= range.low) && value <= range.high;
    if (!inside) throw Unfit{range_text(range)};
    return number;
}

Real parse_real(const std::string& text, const Range& range)
{
    return parse_number<Real>(text, range, "a finite number");
}

int parse_integer(const std::string& text, const Range& range)
{
    static const std::string rule =
        fmt::format("an integer between {} and {}", std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
    return parse_number<int>(text, range, rule.c_str());
}

bool parse_boolean(const std::string& text)
{
    for (const char* yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return true;
    }
    for (const char* no : {"false", "no", "off", "0"}) {
        if (text == no) return false;
    }
    throw Unfit{"true or false"};
}

std::string parse_text(const std::string& text, const Choices& choices)
{
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) {
        throw Unfit{choices_text(choices)};
    }
    return text;
}

/// The entries between commas, each through `parse_entry`.
template <class ParseEntry>
auto parse_list(const std::string& text, bool may_be_empty, ParseEntry parse_entry)
{
    std::vector<decltype(parse_entry(text))> list;
    if (text.empty()) {
        if (!may_be_empty) throw Unfit{"a list with at least one entry"};
        return list;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string entry = trimmed(text.substr(begin, end - begin));
        try {
            list.push_back(parse_entry(entry));
        } catch (const Unfit& unfit) {
            throw Unfit{unfit.rule, entry.empty() ? "''" : printable(entry)};
        }
        begin = end + 1;
    }
    return list;
}

std::string print_boolean(bool value)
{
    return value ? "true" : "false";
}

/// The shortest text that gives the same number back.
template <class Value>
std::string print_value(const Value& value)
{
    return fmt::format("{}", value);
}

template <class Value>
std::string print_list(const std::vector<Value>& list)
{
    return fmt::format("{}", fmt::join(list, ","));
}

}  // namespace

template <class Value, class Parse, class Print>
void Options::declare(const char* name, Value& variable, const char* type, const char* text, const std::string& range,
                      Parse parse, Print print)
{
    const std::string standard = print(variable);
    const auto given = given_.find(name);
    // A default takes the same way as a given text: one that breaks its own rule, or does not survive being printed,
    // cannot hide.
    const bool is_text = type == std::string_view("text") || type == std::string_view("file");
    const std::string value = given == given_.end() ? standard : is_text ? given->second : trimmed(given->second);
    try {
        variable = parse(value);
    } catch (const Unfit& unfit) {
        throw Error(fmt::format("{}option {} = {}{} must be {}", owner_.empty() ? "" : owner_ + ": ", name,
                                value.empty() ? "''" : printable(value),
                                unfit.entry.empty() ? "" : ": entry " + unfit.entry, unfit.rule));
    }
    records_.push_back({name, type, text, standard, print(variable), range});
}

void Options::operator()(const char* name, Real& variable, const char* text, Range range)
{
    declare(
        name, variable, "real", text, range_text(range), [&](const std::string& t) { return parse_real(t, range); },
        print_value<Real>);
}

void Options::operator()(const char* name, int& variable, const char* text, Range range)
{
    declare(
        name, variable, "integer", text, range_text(range),
        [&](const std::string& t) { return parse_integer(t, range); }, print_value<int>);
}

void Options::operator()(const char* name, bool& variable, const char* text)
{
    declare(name, variable, "boolean", text, "", parse_boolean, print_boolean);
}

void Options::operator()(const char* name, std::string& variable, const char* text, const Choices& choices)
{
    declare(
        name, variable, "text", text, choices_text(choices),
        [&](const std::string& t) { return parse_text(t, choices); }, print_value<std::string>);
}

void Options::file(const char* name, std::string& variable, const char* text)
{
    const auto absolute = [](const std::string& t) {
        return t.empty() ? t : std::filesystem::absolute(t).lexically_normal().string();
    };
    declare(name, variable, "file", text, "", absolute, print_value<std::string>);
}

void Options::operator()(const char* name, std::vector<Real>& variable, const char* text, Range range)
{
    const auto entry = [&](const std::string& t) { return parse_real(t, range); };
    declare(
        name, variable, "list of real", text, range_text(range),
        [&, empty = variable.empty()](const std::string& t) { return parse_list(t, empty, entry); }, print_list<Real>);
}

void Options::operator()(const char* name, std::vector<int>& variable, const char* text, Range range)
{
    const auto entry = [&](const std::string& t) { return parse_integer(t, range); };
    declare(
        name, variable, "list of integer", text, range_text(range),
        [&, empty = variable.empty()](const std::string& t) { return parse_list(t, empty, entry); }, print_list<int>);
}

void Options::operator()(const char* name, std::vector<std::string>& variable, const char* text, const Choices& choices)
{
    const auto entry = [&](const std::string& t) {
        if (t.empty()) throw Unfit{"a word"};
        return parse_text(t, choices);
    };
    declare(
        name, variable, "list of text", text, choices_text(choices),
        [&, empty = variable.empty()](const std::string& t) { return parse_list(t, empty, entry); },
        print_list<std::string>);
}

void Options::finish() const
{
    std::vector<std::string> known;
    for (const OptionRecord& record : records_) known.push_back(record.name);
    for (const auto& [name, text] : given_) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string nearest = nearest_name(name, known);
        const std::string advice = !nearest.empty() ? fmt::format("did you mean '{}'?", nearest)
                                   : known.empty()  ? std::string("it has no options")
                                                    : "known: " + joined(known);
        throw Error(fmt::format("{}: unknown option '{}'; {}", owner_, printable(name), advice));
    }
}

}  // namespace mfg
