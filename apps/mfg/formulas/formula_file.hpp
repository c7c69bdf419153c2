#pragma once
#include <string>
#include <vector>

/// The source of a plugin, in C++, for the game that the sections [formulas] and [constants] of an INI file define.
/// Errors name the line of the file.
std::string source_of_formulas(const std::string& path);
