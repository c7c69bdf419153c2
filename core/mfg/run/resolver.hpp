#pragma once
#include <mfg/base/export.hpp>
#include <mfg/run/configuration.hpp>

#include <set>

namespace mfg {

/// Where a run keeps the source of a plugin, from its own directory.
MFG_API std::string kept_source(const std::string& source);

/// The effective settings of a run that was put together: all options with their texts.
struct MFG_API ResolvedConfiguration {
    /// The options of a plugin, or of the training.
    struct Section {
        std::string name, plugin;
        std::vector<OptionRecord> options;
    };

    Configuration given;
    std::vector<Section> sections;
    Assignments optimizers;  ///< the lists of `optimizer`, or of each `PLAYER_optimizer`

    /// The plugin of a section, under the section's name, and its effective options: to compare two runs.
    Assignments section(const std::string& name) const;
    /// Everything that a run's numbers follow from, by its names in the INI file: nothing that says where, how long or
    /// with how many threads it is computed.
    Assignments settings() const;
    /// An INI file that repeats the run. It names sources of plugins as they were given, or as they are kept in the
    /// directory of a run, beside the file.
    std::string to_ini(bool keeps_sources = false) const;
};

/// Finds out which of the given settings hold, section by section (`problem`, `method`, `training`, `density_network`,
/// an optimizer's name, ...), as the plugins are loaded whose options they are.
class MFG_API Resolver {
public:
    explicit Resolver(Configuration given) : given_(std::move(given)) {}
    const Configuration& given() const { return given_; }

    /// Values for what was not given: {"method.time_steps", "2"}, {"training.samples", "64"}.
    void add_defaults(const std::string& problem, const Assignments& defaults);

    /// The plugin chosen for a kind, or for one field's network: `density_network` is `network` unless said otherwise.
    /// Throws an Error when none is, a UsageError where the command line alone should have chosen one.
    std::string plugin(const std::string& kind);
    /// The optimizers of a player, one for each level of the training, at least one: `value_optimizer` where that is
    /// given, else `optimizer`. `player` is empty if there is only one.
    std::vector<std::string> optimizers(const std::string& player = {});

    /// The options given for a section; `known` are the options that its owner declares. The options of `network` also
    /// hold for `density_network`, those of `optimizer` for each optimizer by its name, and for `value_adam`, the
    /// optimizer of one of several players, those of `value_optimizer`, `adam` and `optimizer`, as far as the owner
    /// knows them.
    Options::Given options(const std::string& section, const std::vector<OptionRecord>& known);
    /// Keeps the effective options of a section, of `plugin` if it belongs to one.
    void record(const std::string& section, const std::string& plugin, const std::vector<OptionRecord>& effective);

    /// To be called when all sections have been asked for. Throws an Error for a setting that no section has asked for.
    ResolvedConfiguration finish() const;

private:
    std::vector<std::string> sections_for(const std::string& section) const;
    bool must_be_used(const std::string& name, const Configuration::Value& value) const;
    bool is_of_this_run(const std::string& section) const;
    std::string complaint(const std::string& name) const;

    Configuration given_;
    std::string problem_;
    std::vector<std::string> players_;  ///< those with separate optimizers
    std::set<std::string> used_;
    std::map<std::string, std::vector<std::string>> asked_;  ///< section -> the options that its owners know
    std::vector<ResolvedConfiguration::Section> sections_;
    Assignments optimizers_;
};

}  // namespace mfg
