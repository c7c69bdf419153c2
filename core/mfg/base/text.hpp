#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Texts that people and programs read.
namespace mfg {

MFG_API std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ");

/// The parts of a list; an empty list has none.
MFG_API std::vector<std::string> split(const std::string& list, char separator = ',');

/// Without blanks and line ends at both ends.
MFG_API std::string trimmed(const std::string& text);

MFG_API bool contains(const std::vector<std::string>& words, std::string_view word);
MFG_API bool starts_with(std::string_view text, std::string_view beginning);
MFG_API bool ends_with(std::string_view text, std::string_view ending);

/// Whether the text is a name of plugins and options: lower case letters, digits and _, a letter first.
MFG_API bool is_name(std::string_view text);

/// Whether the text can head a column: not empty, and without blanks, dots, commas and line ends.
MFG_API bool is_word(std::string_view text);

/// Whether the text is one line without control characters.
MFG_API bool is_line(std::string_view text);

/// A text from outside as it may appear in a one-line message: of at most `longest` bytes, a ? for each control
/// character and each byte that is not UTF-8.
MFG_API std::string printable(const std::string& text, std::size_t longest = 60);

/// With blanks instead of tabs and line ends.
MFG_API std::string one_line(std::string text);

/// The entry of `known` that is nearest to `name`, or an empty text when none is near: for "did you mean".
MFG_API std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

/// What to do about a name that does not exist: the nearest of those that do, or all of them.
MFG_API std::string advice(const std::string& name, const std::vector<std::string>& known);

/// A word that a shell takes literally, in single quotes where it needs them.
MFG_API std::string shell_word(const std::string& word);

/// A time in seconds, e.g. "4 s", "12 min 05 s", "3 h 40 min".
MFG_API std::string duration(Real seconds);

}  // namespace mfg
