#pragma once
#include <string>
#include <utility>
#include <vector>

/// Names and texts in their order; the name of one in a section is `section.name`.
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// The assignments of an INI text. Throws an Error if it has none, or a line other than `name = value`, `[section]` and
/// `# comment`.
Assignments parse_ini(const std::string& text);

/// Those of a file.
Assignments read_ini(const std::string& path);
