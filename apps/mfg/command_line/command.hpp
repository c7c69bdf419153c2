#pragma once
#include "command_line/options.hpp"

#include <functional>

/// A subcommand of the program.
struct Command {
    std::string name;
    std::string summary;  ///< one line; empty for what is not for people
    std::vector<Word> words;
    std::string manual;  ///< what it does, in lines of at most 100 characters
    std::vector<CommandOption> options = {};
    /// Returns the exit code; throws mfg::Error (1) or mfg::UsageError (2).
    std::function<int(const Arguments&)> run = {};
};

/// A command line taken apart: words that stand alone, and options in their order, without `--`.
struct CommandLine {
    Arguments words;
    mfg::Assignments options;
};

/// Takes `--name value`, `--name=value` and `--flag` (value `true`) apart. Throws a UsageError for an option that the
/// command has not, or where there are not as many words as it needs.
CommandLine read_command_line(const Arguments& arguments, const Command& command);

/// The first line of the help: `mfg report DIR`.
std::string usage(const Command& command);
/// Usage, what the command does, and its options.
std::string help(const Command& command);

/// Throws a UsageError unless this is a kind of plugin.
void require_kind(const std::string& kind);

/// A command of which `declare` lists and reads the options, and `execute(words, settings)` returns the exit code.
template <class Settings, class Execute>
Command with_options(Command command, void (*declare)(CommandOptions&, Settings&), Execute execute)
{
    CommandOptions options;
    Settings defaults;
    declare(options, defaults);
    command.options = options.list();
    command.run = [command, declare, execute](const Arguments& arguments) {
        const CommandLine line = read_command_line(arguments, command);
        CommandOptions given("mfg " + command.name, line.options);
        Settings settings;
        declare(given, settings);
        return execute(line.words, settings);
    };
    return command;
}
