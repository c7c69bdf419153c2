#pragma once
#include "commands/commands.hpp"

#include <utility>

/// A command line taken apart: words that stand alone, and options in their order.
struct CommandLine {
    Arguments words;
    std::vector<std::pair<std::string, std::string>> options;  ///< name without `--`, value
};

/// Takes `--name value`, `--name=value` and `--flag` (value `true`) apart. The options that exist are `names`, `flags`
/// and those with a value that `also` accepts; throws a UsageError for any other.
CommandLine read_command_line(const Arguments& arguments, const std::vector<std::string>& names,
                              const std::vector<std::string>& flags = {}, bool (*also)(const std::string&) = nullptr);

/// Throws a UsageError unless there are between `least` and `most` words; the first line of `help` is shown.
void require_words(const CommandLine& line, std::size_t least, std::size_t most, const std::string& help);

/// Throws a UsageError unless this is a kind of plugin.
void require_kind(const std::string& kind);
