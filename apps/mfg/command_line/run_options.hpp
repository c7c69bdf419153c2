#pragma once
#include <mfg/run/assemble.hpp>
#include "command_line/command.hpp"

/// What composes a run: the words and options of 'mfg solve'.
struct RunOptions {
    mfg::Assignments settings;
    bool overwrite = false;  ///< the results of an earlier run may be replaced
    bool dry_run = false;    ///< everything is put together, nothing more
};

const Word experiment_word{Value::experiment, "EXPERIMENT", false, false, {"FILE.ini", "FILE.cpp"}};

void declare_run(CommandOptions& o, RunOptions& s);
/// Settings of the run by their names, `plugin-path` among them.
void declare_run_settings(CommandOptions& o, const std::vector<std::string>& names, mfg::Assignments& to);
void declare_plugin_path(CommandOptions& o, std::vector<std::string>& to);

/// The configuration that the words and options name.
mfg::Configuration read_configuration(const Arguments& words, const mfg::Assignments& settings);

/// A note that another version of mfg has written the run; empty if none has.
std::string other_version(const mfg::Configuration& configuration, const mfg::RunDirectory& run);
/// Puts the run together, and says so on stderr; if it cannot be put together, in front of the reason.
mfg::Run assemble_with_note(const mfg::Configuration& configuration, const mfg::RunDirectory& run);

/// All options that belong to the run and to no plugin, as a reference shows them.
std::vector<mfg::OptionRecord> run_option_records();
