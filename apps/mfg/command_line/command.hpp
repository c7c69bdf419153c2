#pragma once
#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <functional>
#include <optional>
#include <type_traits>

/// The words after `mfg COMMAND`.
using Arguments = std::vector<std::string>;

/// The kind of a word or of an option's value: how it is completed.
enum class Value { flag, number, text, choice, file, directory, run, experiment, kind, plugin, option };

/// A word of a command, by its place.
struct Word {
    Value value;
    std::string shown;  ///< stands for it in the help: `DIR`
    bool required = true, repeats = false;
    std::vector<std::string> choices = {};  ///< other texts that it may be
};

/// An option of a command, for reading, help and completion.
struct CommandOption {
    /// Without `--`. Capitals stand for a word that is known when plugins are: `FIELD_network`, `OPTIMIZER.OPTION`.
    /// One that chooses a plugin also stands for the options of this: `network` for `network.width`.
    std::string name;
    Value value;
    std::string shown;  ///< stands for its value in the help: `DIR`
    std::string text, standard = {};
    std::vector<std::string> choices = {};
    bool required = false;

    bool matches(const std::string& given) const;
};

/// The option of this name, the first that matches it. Null if there is none.
const CommandOption* find_option(const std::vector<CommandOption>& options, const std::string& name);

/// One pass over the options of a command, each declared once with the variable that holds it, as mfg::Options is over
/// those of a plugin: it lists them, or sets the variables.
class CommandOptions {
public:
    /// Lists the options without setting anything.
    CommandOptions() = default;
    /// Sets what is given. `owner` names the command in messages.
    CommandOptions(std::string owner, mfg::Assignments given) : owner_(std::move(owner)), given_(std::move(given)) {}

    /// A number, or a list of numbers with commas.
    template <class Variable>
    void number(const char* name, Variable& variable, const char* text, mfg::Range range = mfg::any_number)
    {
        mfg::Options declared;
        declared(name, variable, text, range);
        const char* shown = std::is_arithmetic_v<Variable> ? "N" : "LIST";
        const auto value = take({name, Value::number, shown, text, declared.records().front().standard});
        if (value) mfg::Options(owner_, {{name, *value}})(name, variable, text, range);
    }
    void choice(const char* name, std::string& variable, const mfg::Choices& choices, const char* text);
    /// A file, a directory or the directory of a run.
    void path(Value value, const char* name, const char* shown, std::string& variable, const char* text,
              bool required = false);
    /// Settings of a run, all that the option matches: they are kept as they are.
    void settings(const CommandOption& option, mfg::Assignments& to);

    const std::vector<CommandOption>& list() const { return list_; }

private:
    std::optional<std::string> take(const CommandOption& option);

    std::string owner_;
    mfg::Assignments given_;
    std::vector<CommandOption> list_;
};

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

/// A plugin as the words KIND NAME of a command name it.
struct PluginWords {
    std::string kind, name;
};
/// The plugin that is named; a source alone is that of a problem. Throws a UsageError if something is missing, or the
/// kind is none.
PluginWords plugin_words(const Arguments& words, const Command& command);

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
