#pragma once
#include "commands/commands.hpp"
#include "run/ini.hpp"

#include <mfg/plugin/options.hpp>

#include <map>
#include <set>
#include <utility>

/// Settings that belong to the run and to no plugin.
struct RunSettings {
    std::string output;
    int seed = 1;
    int threads = 0;
    bool quiet = false;
    bool dry_run = false;  ///< everything is put together, nothing more
    std::vector<std::string> plugin_paths;

    /// Declares those that an INI file may have.
    static void options(mfg::Options& o, RunSettings& s);
};

/// What a run is made of, as text: names of plugins and their options.
///
/// It is asked for what it was given, section by section (`problem`, `method`, `training`, `density_network`, an
/// optimizer's name, ...), and told what came of it; in the end it can be written as an INI file that repeats the run.
/// The command line wins over the INI file, this over the problem's defaults, and these over what plugins declare.
class Configuration {
public:
    /// From the words after the subcommand: at most one experiment or INI file, and options.
    explicit Configuration(const Arguments& arguments);
    /// From what an INI file of this stem says.
    Configuration(const std::string& name, const IniSettings& settings);

    /// Name of the experiment or stem of the file; empty when there is neither.
    const std::string& name() const { return name_; }
    const RunSettings& run() const { return run_; }
    /// The version of mfg that has written the file; empty where that is not known.
    const std::string& version() const { return version_; }
    /// What is known of this experiment from elsewhere, from the file's section `published`: a `source` and numbers
    /// (`objective` and terms).
    const std::vector<std::pair<std::string, std::string>>& published() const { return published_; }

    /// The plugin chosen for a kind, or for one field's network: `density_network` is `network` unless said otherwise.
    /// Throws a UsageError when none is.
    std::string plugin(const std::string& kind);
    /// The optimizers of a player, one for each level of the training, at least one: `value_optimizer` where that is
    /// given, else `optimizer`. `player` is empty where there is one only.
    std::vector<std::string> optimizers(const std::string& player = {});

    /// Values for what was not given, e.g. by the problem: {"method.time_steps", "2"}, {"network", "resnet"}.
    void add_defaults(const std::vector<std::pair<std::string, std::string>>& defaults);

    /// What was given for a section; `known` are the options that its owner declares. The options of `network` also
    /// hold for `density_network`, those of `optimizer` for each optimizer by its name, and for `value_adam`, the
    /// optimizer of one of several players, those of `value_optimizer`, `adam` and `optimizer`, as far as the owner
    /// knows them.
    mfg::Options::Given options(const std::string& section, const std::vector<mfg::OptionRecord>& known);
    /// Throws when something was given that nobody asked for; to be called when all sections have been asked for.
    void finish() const;

    /// Keeps the effective options of a section, of `plugin` if it belongs to one, for `to_ini`.
    void record(const std::string& section, const std::string& plugin, const std::vector<mfg::OptionRecord>& effective);
    /// The plugin of a recorded section, under the section's name, and its effective options: to compare two runs.
    std::vector<std::pair<std::string, std::string>> recorded(const std::string& section) const;
    /// Everything recorded that a run's numbers follow from, by its names in the INI file: nothing that says where, how
    /// long or with how many threads it is computed.
    std::vector<std::pair<std::string, std::string>> settings() const;
    /// All recorded options with their texts as an INI file; `mfg solve` with it repeats the run.
    std::string to_ini() const;

private:
    /// Where a value comes from; later ones win.
    enum class Source { problem, file, command_line };
    struct Value {
        std::string text;
        Source source;
    };
    struct Section {
        std::string name, plugin;
        std::vector<mfg::OptionRecord> options;
    };

    void read_file(const std::string& path);
    void read_settings(const std::string& stem, const IniSettings& settings);
    void read_run_settings();
    void give(const std::string& name, const std::string& text, Source source);
    std::vector<std::string> sections_for(const std::string& section) const;
    const Value* chosen(const std::vector<std::string>& names) const;
    bool must_be_used(const std::string& name, const Value& value) const;

    std::string name_, description_, version_;
    std::vector<std::pair<std::string, std::string>> published_;
    RunSettings run_;
    std::vector<mfg::OptionRecord> run_records_;
    std::map<std::string, Value> given_;
    std::vector<std::string> players_;  ///< those with optimizers of their own
    std::set<std::string> replaced_;    ///< kinds whose plugin the command line names
    bool changes_experiment_ = false;   ///< the command line says more than where and how to run
    std::set<std::string> used_;
    std::map<std::string, std::vector<std::string>> asked_;  ///< section -> the options that its owners know
    std::vector<Section> sections_;
    std::vector<std::pair<std::string, std::string>> optimizers_;  ///< `optimizer`, or `value_optimizer`, and its list
};
