#pragma once
#include <string>
#include <vector>

bool starts_with(const std::string& text, const std::string& beginning);
bool ends_with(const std::string& text, const std::string& ending);

/// Whether the text is a name of a plugin, an option or a section: `[a-z][a-z0-9_]*`.
bool is_word(const std::string& text);

std::string joined(const std::vector<std::string>& words, const char* separator = ", ");
/// `a, b and c`, with any conjunction.
std::string listed(std::vector<std::string> words, const std::string& conjunction);
/// The entries between commas; an empty list of an empty text.
std::vector<std::string> split(const std::string& list);

/// Advice for an unknown name: the nearest known one, or all.
std::string advice(const std::string& name, const std::vector<std::string>& known);

/// The text with `to` in place of each `from`.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// A word of a command line, in single quotes where a shell needs them.
std::string shell_word(const std::string& text);

/// `12.3 s`, `2 min 05 s`, `1 h 20 min`.
std::string duration(double seconds);

/// The name of a term or a column as people read it: `hjb_terminal` is "HJB terminal", `value.kfp` "value: KFP".
std::string readable(std::string name);
