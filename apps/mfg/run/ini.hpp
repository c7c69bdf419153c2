#pragma once
#include <string>
#include <utility>
#include <vector>

/// Names and values in their order; the name of one in a section is `section.name`.
using IniSettings = std::vector<std::pair<std::string, std::string>>;

/// What an INI text says. Throws an Error when it has a line that is none of `name = value`, `[section]` and `#
/// comment`, or says nothing.
IniSettings parse_ini(const std::string& text);

/// What a file of such a text says.
IniSettings read_ini(const std::string& path);
