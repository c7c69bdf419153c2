#pragma once
#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <optional>

/// The words after `mfg COMMAND`.
using Arguments = std::vector<std::string>;

/// What a word or the value of an option is: how it is completed.
enum class Value { flag, number, text, choice, file, directory, run, experiment, kind, plugin, option };

/// A word of a command, by its place.
struct Word {
    Value value;
    std::string shown;  ///< what stands for it in the help: `DIR`
    bool required = true, repeats = false;
    std::vector<std::string> choices = {};  ///< what it may be as well
};

/// An option of a command, for reading, help and completion.
struct CommandOption {
    /// Without `--`. Capitals stand for a word that is known when plugins are: `KIND.OPTION`, `FIELD_network`.
    std::string name;
    Value value;
    std::string shown;  ///< what stands for its value in the help: `DIR`
    std::string text, standard = {};
    std::vector<std::string> choices = {};
    bool required = false;

    bool matches(const std::string& given) const;
};

/// The option of this name: the one that is called so, else the first whose capitals it fits. Null where there is none.
const CommandOption* find_option(const std::vector<CommandOption>& options, const std::string& name);

/// One pass over the options of a command, each declared once with the variable that holds it, as mfg::Options is over
/// those of a plugin: it lists them, or sets the variables.
class CommandOptions {
public:
    /// Lists the options without setting anything.
    CommandOptions() = default;
    /// Sets what is given. `owner` names the command in messages.
    CommandOptions(std::string owner, mfg::Assignments given) : owner_(std::move(owner)), given_(std::move(given)) {}

    void flag(const char* name, bool& variable, const char* text);
    void number(const char* name, int& variable, const char* text, mfg::Range range);
    /// Lists are written with commas.
    void numbers(const char* name, std::vector<int>& variable, const char* text, mfg::Range range);
    void numbers(const char* name, std::vector<mfg::Real>& variable, const char* text);
    void choice(const char* name, std::string& variable, const mfg::Choices& choices, const char* text);
    /// A file, a directory or the directory of a run.
    void path(Value value, const char* name, const char* shown, std::string& variable, const char* text,
              bool required = false);
    /// Settings of a run, all that fit the option's name: they are kept as they are.
    void settings(const CommandOption& option, mfg::Assignments& to);

    const std::vector<CommandOption>& list() const { return list_; }

private:
    std::optional<std::string> take(const CommandOption& option);
    template <class Variable>
    void typed(const char* name, const char* shown, Variable& variable, const char* text, mfg::Range range);

    std::string owner_;
    mfg::Assignments given_;
    std::vector<CommandOption> list_;
};
