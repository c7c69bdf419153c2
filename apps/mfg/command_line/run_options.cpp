#include "command_line/run_options.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <mfg/run/experiments.hpp>

#include <mfg/plugin/registry.hpp>

#include <algorithm>

std::vector<mfg::OptionRecord> run_option_records()
{
    mfg::Options options;
    mfg::RunSettings settings;
    mfg::RunSettings::options(options, settings);
    std::vector<mfg::OptionRecord> records = options.records();
    records.push_back({"overwrite", "boolean", "replace a run that --output has results of", "false", "", ""});
    records.push_back({"dry-run", "boolean", "only compose the run and print its config.ini", "false", "", ""});
    records.push_back({"plugin-path", "text", "directory with plugins; may be repeated", "", "", ""});
    return records;
}

void declare_run_settings(CommandOptions& o, const std::vector<std::string>& names, mfg::Assignments& to)
{
    for (const mfg::OptionRecord& record : run_option_records()) {
        if (std::find(names.begin(), names.end(), record.name) == names.end()) continue;
        if (record.type == "boolean" && record.standard == "false")
            o.settings({record.name, Value::flag, "", record.text}, to);
        else if (record.type == "boolean")
            o.settings({record.name, Value::choice, "yes|no", record.text, "yes", {"yes", "no"}}, to);
        else if (record.type == "integer")
            o.settings({record.name, Value::number, "N", record.text, record.standard}, to);
        else
            o.settings({record.name, Value::directory, "DIR", record.text}, to);
    }
}

void declare_plugin_path(CommandOptions& o, std::vector<std::string>& to)
{
    mfg::Assignments found;
    declare_run_settings(o, {"plugin-path"}, found);
    for (const auto& assignment : found) to.push_back(assignment.second);
}

void declare_run(CommandOptions& o, RunOptions& s)
{
    const auto add = [&](const std::string& name, Value value, const char* shown, const char* text) {
        o.settings({name, value, shown, text}, s.settings);
    };
    for (const std::string& kind : mfg::plugin_kinds)
        add(kind, Value::plugin, "NAME",
            "names of plugins, or files; a list of optimizers has one per level of the training; options of a "
            "plugin ('mfg describe KIND NAME') are --KIND.OPTION VALUE: --network.width 32");
    add("FIELD_network", Value::plugin, "NAME", "network of one field; its options: --FIELD_network.OPTION VALUE");
    add("PLAYER_optimizer", Value::plugin, "NAME",
        "optimizer of one of two players; its options: --PLAYER_optimizer.OPTION VALUE");
    add("training.OPTION", Value::option, "VALUE",
        "length of the training, samples, ...: --training.iterations 500,1500");
    declare_run_settings(o, {"output", "seed", "threads", "plugin-path", "quiet", "pictures"}, s.settings);
    const auto is_given = [&](const std::string& flag) {
        mfg::Assignments found;
        declare_run_settings(o, {flag}, found);
        return !found.empty();
    };
    s.overwrite = is_given("overwrite");
    s.dry_run = is_given("dry-run");
    // Last: it stands for any section.
    add("OPTIMIZER.OPTION", Value::option, "VALUE", "option of the optimizer of this name: --adam.beta1 0.8");
}

namespace {

/// The experiment's file. Who gives the name of a problem is told how.
std::string file_of(const std::string& experiment, const mfg::Assignments& settings)
{
    try {
        return mfg::experiment_file(experiment);
    } catch (const mfg::Error&) {
        std::vector<std::string> directories;
        for (const auto& [name, value] : settings)
            if (name == "plugin-path") directories.push_back(value);
        const std::vector<std::string> problems = mfg::Registry(directories).names("problem");
        if (std::find(problems.begin(), problems.end(), experiment) == problems.end()) throw;
    }
    throw mfg::Error(fmt::format("'{0}' is a problem and no experiment; give --problem {0}", experiment));
}

}  // namespace

mfg::Configuration read_configuration(const Arguments& words, const mfg::Assignments& settings)
{
    return (words.empty() ? mfg::Configuration() : mfg::Configuration::from_file(file_of(words.front(), settings)))
        .with(settings);
}

std::string other_version(const mfg::Configuration& configuration, const mfg::RunDirectory& run)
{
    if (configuration.version().empty() || configuration.version() == MFG_VERSION) return "";
    return fmt::format("'{}' is a run of mfg {}, and this is mfg {}, whose numbers may be others", run.path(),
                       mfg::printable(configuration.version()), MFG_VERSION);
}

mfg::Run assemble_with_note(const mfg::Configuration& configuration, const mfg::RunDirectory& run)
{
    const std::string note = other_version(configuration, run);
    if (note.empty()) return mfg::assemble(configuration);
    mfg::Run assembled = mfg::in_context(note + ": ", [&] { return mfg::assemble(configuration); });
    print_message(note);
    return assembled;
}
