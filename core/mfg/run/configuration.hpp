#pragma once
#include <mfg/base/export.hpp>
#include <mfg/run/ini.hpp>

#include <mfg/plugin/options.hpp>

#include <map>
#include <optional>

namespace mfg {

/// The kind of the plugin that the setting `name` chooses: `density_network`, the network of one field, is a `network`,
/// and `value_optimizer`, that of one player, an `optimizer`. Empty where it chooses none.
MFG_API std::string kind_of(const std::string& name);
/// `network` of `network.width`; empty where there is no dot.
MFG_API std::string section_of(const std::string& name);
/// `width` of `network.width`.
MFG_API std::string option_of(const std::string& name);
/// Whether the name is a word, a dot and a word.
MFG_API bool is_option(const std::string& name);

/// Whether a section of a file defines its problem by formulas.
MFG_API bool is_formula_section(const std::string& name);

/// Settings that belong to the run and to no plugin.
struct MFG_API RunSettings {
    std::string output;
    int seed = 1;
    int threads = 0;
    bool quiet = false, pictures = true;
    std::vector<std::string> plugin_paths;  ///< `plugin-path`, which may be given several times

    /// Declares all but the paths.
    static void options(Options& o, RunSettings& s);
};

/// Whether an option changes neither the problem nor how it is solved, but where, how long and how reproducibly.
MFG_API bool is_harmless(const std::string& name);

/// What is given for a run, as text: names of plugins and their options.
///
/// A command line wins over an INI file, this over the problem's defaults, and these over the defaults of plugins. The
/// Resolver finds out which of it holds.
class MFG_API Configuration {
public:
    /// Where a text comes from; later ones win.
    enum class Source { problem, file, command_line };
    struct Value {
        std::string text;
        Source source;
    };

    Configuration();
    /// From the assignments of an INI file of this stem. Throws an Error for a name that no run can have.
    Configuration(const std::string& stem, const Assignments& file);
    /// From an INI file. Relative names of files in it, those of plugins and their directories among them, are from its
    /// own directory. Where it has formulas, it is itself the problem's source. From a `.cpp`, the source of a problem:
    /// nothing but this.
    static Configuration from_file(const std::string& path);

    /// The same with assignments of a command line over it: names of plugins, `section.option`, and settings of the
    /// run. Throws a UsageError where one is given twice.
    Configuration with(const Assignments& command_line) const;
    /// The same with a problem's defaults under it.
    Configuration with_defaults(const Assignments& defaults) const;

    /// Name of the experiment or stem of the file; empty when there is neither.
    const std::string& name() const { return name_; }
    const std::string& description() const { return description_; }
    /// The version of mfg that has written the file; empty where that is not known.
    const std::string& version() const { return version_; }
    /// Numbers of this experiment from elsewhere, by sections of the file: those of a publication (`published`) and
    /// those of an own run of another program with the same settings (`rerun`), each a `source`, `objective` and terms.
    /// Empty where the command line changes the experiment.
    const std::map<std::string, Assignments>& quoted() const { return quoted_; }
    const RunSettings& run() const { return run_; }
    /// The run's settings with their texts.
    const std::vector<OptionRecord>& run_records() const { return run_records_; }

    /// The value that holds of these names, the nearest first: a source that wins does so with the general name, too,
    /// so that `--network.width 20` changes every network of a file. None if none of them is given.
    std::optional<Value> find(const std::vector<std::string>& names) const;
    /// The text of a value that is the name of a file, as it is from the working directory.
    std::string located(const Value& value) const;
    /// The names of plugins and options that are given, with the value that holds.
    std::map<std::string, Value> given() const;
    /// Whether the plugin of a kind is another than `source` names, because a later source names one.
    bool replaces_plugin(const std::string& kind, Source source) const;

private:
    void give(const std::string& name, const std::string& text, Source source);
    void read_run_settings();

    std::string name_, description_, version_;
    std::string directory_;  ///< of the file; empty for the working directory
    std::map<std::string, Assignments> quoted_;
    RunSettings run_;
    std::vector<OptionRecord> run_records_;
    std::map<std::string, std::map<Source, std::string>> given_;
};

}  // namespace mfg
