#pragma once
#include "command_line/command.hpp"
#include "run/configuration.hpp"

/// The options of 'mfg solve'.
struct RunOptions {
    Assignments settings;
    bool dry_run = false;  ///< only compose the run
};

const Word experiment_word{Value::experiment, "EXPERIMENT", false, false, {"FILE.ini"}};

void declare_run(CommandOptions& o, RunOptions& s);
/// Settings of the run by their names, `plugin-path` among them.
void declare_run_settings(CommandOptions& o, const std::vector<std::string>& names, Assignments& to);
void declare_plugin_path(CommandOptions& o, std::vector<std::string>& to);

/// The configuration that the words and options name.
Configuration read_configuration(const Arguments& words, const Assignments& settings);

/// All options that belong to the run and to no plugin, as a reference shows them.
std::vector<mfg::OptionRecord> run_option_records();
