#pragma once
#include <mfg/base/export.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// Names and texts in their order; the name of one in a section is `section.name`.
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// The assignments of an INI text. Throws an Error when it has none, or a line that is none of `name = value`,
/// `[section]` and `# comment`. A value may stand in quotes; then it may have a # and blanks at its ends, and "" stands
/// for a quote.
MFG_API Assignments parse_ini(const std::string& text);

/// The line `name = value`, with quotes where the value needs them. An Error if it has a line break or another control
/// character.
MFG_API std::string ini_line(const std::string& name, const std::string& value);

/// Those of a file.
MFG_API Assignments read_ini(const std::string& path);

}  // namespace mfg
