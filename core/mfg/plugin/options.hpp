#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace mfg {

/// The interval that a number must lie in.
struct Range {
    Real low = -std::numeric_limits<Real>::infinity();
    Real high = std::numeric_limits<Real>::infinity();
    bool low_excluded = false;  ///< the value must be greater than `low`
};

/// Ranges that occur everywhere.
inline const Range any_number{};
inline const Range positive{0, std::numeric_limits<Real>::infinity(), true};
inline const Range nonnegative{0, std::numeric_limits<Real>::infinity(), false};
inline Range at_least(Real low)
{
    return {low, std::numeric_limits<Real>::infinity(), false};
}
inline Range between(Real low, Real high)
{
    return {low, high, false};
}

using Choices = std::vector<std::string>;

/// One declared option, as text: what `mfg describe`, the generated reference and `config.ini` show.
struct OptionRecord {
    std::string name;      ///< without the kind's prefix
    std::string type;      ///< integer, real, boolean, text, file, or `list of ...`
    std::string text;      ///< one line
    std::string standard;  ///< the default value
    std::string value;     ///< the effective value
    std::string range;     ///< `>= 0`, `one of: a, b`, or empty
};

/// One pass over the options of a plugin.
///
/// A plugin declares each option once, in `static void options(Options& o, Settings& s)`, by naming the variable that
/// holds it; the variable's initial value is the default. The same pass lists the options, sets the variables from
/// given texts, validates them and prints them back. A name has lower-case letters, digits and _, and is declared once;
/// a text is one line.
class MFG_API Options {
public:
    using Given = std::map<std::string, std::string>;

    /// Lists the options without setting anything.
    Options() = default;
    /// Sets the options named in `given` (name -> text). `owner` names the plugin in messages, e.g. "problem 'x'".
    Options(std::string owner, Given given) : owner_(std::move(owner)), given_(std::move(given)) {}

    void operator()(const char* name, Real& variable, const char* text, Range range = any_number);
    void operator()(const char* name, int& variable, const char* text, Range range = any_number);
    void operator()(const char* name, bool& variable, const char* text);
    /// Without choices any text is accepted.
    void operator()(const char* name, std::string& variable, const char* text, const Choices& choices = {});
    /// The name of a file, or empty. A relative one is that from the working directory; the absolute name is recorded,
    /// so that a run can be repeated from anywhere.
    void file(const char* name, std::string& variable, const char* text);
    /// Lists are written with commas: `1024,2304`. The range holds for each entry.
    void operator()(const char* name, std::vector<Real>& variable, const char* text, Range range = any_number);
    void operator()(const char* name, std::vector<int>& variable, const char* text, Range range = any_number);
    void operator()(const char* name, std::vector<std::string>& variable, const char* text,
                    const Choices& choices = {});

    /// Throws an Error for the first given name that no declaration asked for; it suggests the nearest known name.
    void finish() const;

    const std::vector<OptionRecord>& records() const { return records_; }
    const std::string& owner() const { return owner_; }

private:
    template <class Value, class Rule>
    void declare(const char* name, Value& variable, const char* type, const char* text, const Rule& rule);

    std::string owner_;
    Given given_;
    std::vector<OptionRecord> records_;
};

}  // namespace mfg
