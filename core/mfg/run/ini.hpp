#pragma once
#include <mfg/base/export.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// Names and texts in their order; the name of one in a section is `section.name`.
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// The assignments of an INI text. Throws an Error when it has none, or a line that is none of `name = value`,
/// `[section]` and `# comment`.
MFG_API Assignments parse_ini(const std::string& text);

/// Those of a file.
MFG_API Assignments read_ini(const std::string& path);

}  // namespace mfg
