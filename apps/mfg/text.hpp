#pragma once
#include <mfg/base/text.hpp>

#include <string>
#include <vector>

using mfg::advice;
using mfg::duration;
using mfg::ends_with;
using mfg::joined;
using mfg::shell_word;
using mfg::split;
using mfg::starts_with;

/// A text as a terminal may show it, see mfg::printable, with its lines.
std::string printable_lines(const std::string& text);

/// Shows a line on stderr, `mfg: ` and the message.
void print_message(std::string message);

/// `a, b and c`, with any conjunction.
std::string listed(std::vector<std::string> words, const std::string& conjunction);

/// The text with `to` in place of each `from`.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// A text of one line as a string of C++.
std::string cpp_string(const std::string& text);

/// The text with a capital letter first.
std::string capitalised(std::string text);

/// The name of a term or a column as people read it: `hjb_terminal` is "HJB terminal", `value.kfp` "value: KFP".
std::string readable(std::string name);
