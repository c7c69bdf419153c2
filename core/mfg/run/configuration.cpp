#include <mfg/run/configuration.hpp>

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace mfg {
namespace {

std::vector<OptionRecord> declared_run_settings()
{
    RunSettings settings;
    Options options;
    RunSettings::options(options, settings);
    return options.records();
}

/// All names but the open ones: `section.option`, `FIELD_network` and `PLAYER_optimizer`.
std::vector<std::string> flat_names()
{
    std::vector<std::string> names = plugin_kinds;
    for (const OptionRecord& record : declared_run_settings()) names.push_back(record.name);
    names.push_back("plugin-path");
    return names;
}

bool is_known(const std::string& name)
{
    return is_option(name) || !kind_of(name).empty() || contains(flat_names(), name);
}

/// A list of optimizers has two names: it has one entry per level of the training.
std::string canonical(const std::string& name)
{
    return name == "training.optimizer" ? "optimizer" : name;
}

/// A relative name is one from the directory.
std::string beside(const std::string& directory, const std::string& name)
{
    return (std::filesystem::path(directory) / name).string();
}

/// A list of plugins, some of which may be files.
std::string plugins_beside(const std::string& directory, const std::string& list)
{
    std::vector<std::string> words = split(list);
    for (std::string& word : words)
        if (const std::string name = trimmed(word); Registry::is_file(name)) word = beside(directory, name);
    return joined(words, ",");
}

/// Formulas in a file define a problem, for which the file itself stands.
void leave_formulas(Assignments& settings, const std::string& path)
{
    const auto is_formula = [](const auto& setting) { return is_formula_section(section_of(setting.first)); };
    const auto formulas = std::remove_if(settings.begin(), settings.end(), is_formula);
    if (formulas == settings.end()) return;
    settings.erase(formulas, settings.end());
    for (const auto& [name, text] : settings)
        if (name == "problem")
            throw Error(fmt::format("it has formulas, which are its problem, and 'problem = {}'; remove one of them",
                                    printable(text)));
    settings.emplace_back("problem", path);
}

}  // namespace

bool is_formula_section(const std::string& name)
{
    return name == "formulas" || name == "constants";
}

std::string kind_of(const std::string& name)
{
    for (const char* kind : {"network", "optimizer"})
        if (is_name(name) && ends_with(name, std::string("_") + kind)) return kind;
    return contains(plugin_kinds, name) ? name : "";
}

std::string section_of(const std::string& name)
{
    const std::size_t dot = name.find('.');
    return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string option_of(const std::string& name)
{
    return name.substr(name.find('.') + 1);
}

bool is_option(const std::string& name)
{
    return is_name(section_of(name)) && is_name(option_of(name));
}

bool is_harmless(const std::string& name)
{
    static const std::set<std::string> names{"output",
                                             "seed",
                                             "threads",
                                             "quiet",
                                             "pictures",
                                             "plugin-path",
                                             "training.time_limit",
                                             "training.checkpoint_every"};
    return names.count(name) > 0;
}

void RunSettings::options(Options& o, RunSettings& s)
{
    o("output", s.output, "directory of the run");
    o("seed", s.seed, "seed of all random numbers", nonnegative);
    o("threads", s.threads, "number of threads; 0: one per processor that may be used", between(0, 1024));
    o("quiet", s.quiet, "show no progress");
    o("pictures", s.pictures, "compute the arrays of the pictures after the training");
}

Configuration::Configuration()
{
    read_run_settings();
}

Configuration::Configuration(const std::string& stem, const Assignments& file) : name_(stem)
{
    std::set<std::string> seen;
    for (const auto& [name, text] : file) {
        if (name != "plugin-path" && !seen.insert(canonical(name)).second)
            throw Error(fmt::format("'{}' is set twice", printable(name)));
        if (name == "name") {
            name_ = text;
        } else if (name == "description") {
            description_ = text;
        } else if (name == "version") {
            version_ = text;
        } else if (section_of(name) == "published" || section_of(name) == "rerun") {
            quoted_[section_of(name)].emplace_back(option_of(name), text);
        } else if (is_known(name)) {
            give(name, text, Source::file);
        } else {
            throw Error(fmt::format("unknown name '{}'; {}", printable(name), advice(name, flat_names())));
        }
    }
    read_run_settings();
}

Configuration Configuration::from_file(const std::string& path)
{
    const std::filesystem::path file(path);
    if (file.extension() == ".cpp") return {file.stem().string(), {{"problem", path}}};
    Assignments settings = read_ini(path);
    const std::string directory = file.parent_path().string();
    for (auto& [name, text] : settings) {
        if (name == "plugin-path" && !text.empty()) text = beside(directory, text);
        if (!kind_of(canonical(name)).empty()) text = plugins_beside(directory, text);
    }
    return in_context(fmt::format("configuration file '{}': ", printable(path)), [&] {
        leave_formulas(settings, path);
        Configuration configuration(file.stem().string(), settings);
        configuration.directory_ = directory;
        return configuration;
    });
}

std::string Configuration::located(const Value& value) const
{
    return value.source == Source::file && !value.text.empty() ? beside(directory_, value.text) : value.text;
}

Configuration Configuration::with(const Assignments& command_line) const
{
    Configuration result = *this;
    result.run_.plugin_paths.clear();
    std::set<std::string> seen;
    for (const auto& [name, text] : command_line) {
        if (name != "plugin-path" && !seen.insert(canonical(name)).second)
            throw UsageError(fmt::format("option '{}' is given twice", printable(name)));
        result.give(name, text, Source::command_line);
        if (!is_harmless(name)) result.quoted_.clear();
    }
    // The first directory that has a plugin wins.
    std::vector<std::string>& paths = result.run_.plugin_paths;
    paths.insert(paths.end(), run_.plugin_paths.begin(), run_.plugin_paths.end());
    result.read_run_settings();
    return result;
}

Configuration Configuration::with_defaults(const Assignments& defaults) const
{
    Configuration result = *this;
    for (const auto& [name, text] : defaults) {
        if (kind_of(name).empty() && !is_option(name))
            throw Error(fmt::format("a default of the problem has the unknown name '{}'; known: {}, or section.option",
                                    printable(name), joined(plugin_kinds)));
        result.give(name, text, Source::problem);
    }
    return result;
}

void Configuration::read_run_settings()
{
    Options::Given given;
    for (const OptionRecord& record : declared_run_settings())
        if (const auto value = find({record.name})) given[record.name] = value->text;
    Options options("run", given);
    RunSettings::options(options, run_);
    run_records_ = options.records();
}

void Configuration::give(const std::string& name, const std::string& text, Source source)
{
    if (name != "plugin-path") {
        given_[canonical(name)][source] = text;
        return;
    }
    if (text.empty()) throw Error("plugin-path is empty; name a directory");
    run_.plugin_paths.push_back(text);
}

std::optional<Configuration::Value> Configuration::find(const std::vector<std::string>& names) const
{
    std::optional<Value> best;
    for (const std::string& name : names) {
        const auto found = given_.find(name);
        if (found == given_.end()) continue;
        const auto& [source, text] = *found->second.rbegin();
        if (!best || source > best->source) best = {text, source};
    }
    return best;
}

std::map<std::string, Configuration::Value> Configuration::given() const
{
    std::map<std::string, Value> all;
    for (const auto& [name, texts] : given_)
        if (is_option(name) || !kind_of(name).empty()) all[name] = {texts.rbegin()->second, texts.rbegin()->first};
    return all;
}

bool Configuration::replaces_plugin(const std::string& kind, Source source) const
{
    const auto found = given_.find(kind);
    if (found == given_.end() || found->second.rbegin()->first <= source) return false;
    const auto before = found->second.find(source);
    return before == found->second.end() || before->second != found->second.rbegin()->second;
}

}  // namespace mfg
