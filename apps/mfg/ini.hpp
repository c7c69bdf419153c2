#pragma once
#include <string>
#include <utility>
#include <vector>

/// The settings of an INI file in their order; the name of one in a section is `section.name`. Throws an Error when the
/// file cannot be read, has a line that is none of `name = value`, `[section]` and `# comment`, or says nothing.
std::vector<std::pair<std::string, std::string>> read_ini(const std::string& path);
