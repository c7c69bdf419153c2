#include <mfg/run/resolver.hpp>

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mfg {

using Source = Configuration::Source;

namespace {

/// The section whose options hold for all of its kind, this one too, or an empty text.
std::string general_section(const std::string& section)
{
    const std::string kind = kind_of(section);
    if (kind == section || section == "training") return "";
    return kind == "network" ? kind : "optimizer";
}

/// Names of plugins as they can be used from any directory: those that are files get their whole path. Sources are
/// in the run's own directory where it keeps them.
std::string anywhere(const std::string& list, bool keeps_sources)
{
    std::vector<std::string> words = split(list);
    for (std::string& word : words)
        if (const std::string name = trimmed(word); keeps_sources && Registry::is_source(name))
            word = kept_source(name);
        else if (Registry::is_file(name))
            word = std::filesystem::absolute(name).lexically_normal().string();
    return joined(words, ",");
}

}  // namespace

std::string kept_source(const std::string& source)
{
    return "sources/" + std::filesystem::path(source).stem().string() + ".cpp";
}

Assignments ResolvedConfiguration::section(const std::string& name) const
{
    Assignments settings;
    for (const Section& section : sections) {
        if (section.name != name) continue;
        settings.emplace_back(name, anywhere(section.plugin, true));
        for (const OptionRecord& option : section.options) settings.emplace_back(option.name, option.value);
    }
    return settings;
}

Assignments ResolvedConfiguration::settings() const
{
    Assignments settings{{"seed", std::to_string(given.run().seed)}};
    for (const Section& section : sections) {
        const bool optimizer = general_section(section.name) == "optimizer";
        if (!section.plugin.empty() && !optimizer) settings.emplace_back(section.name, anywhere(section.plugin, true));
        for (const OptionRecord& option : section.options)
            if (const std::string name = section.name + "." + option.name; !is_harmless(name))
                settings.emplace_back(name, option.value);
    }
    for (const auto& [name, list] : optimizers) settings.emplace_back(name, anywhere(list, true));
    return settings;
}

std::string ResolvedConfiguration::to_ini(bool keeps_sources) const
{
    std::string text = "# mfg solve with this file repeats the run.\n";
    const auto set = [&](const std::string& name, const std::string& value) { text += ini_line(name, value); };
    const auto set_option = [&](const OptionRecord& option) {
        text += fmt::format("# {}{}\n", option.text, option.range.empty() ? "" : " (" + option.range + ")");
        set(option.name, option.value);
    };

    const std::string& problem = sections.front().plugin;
    const std::string standard = Registry::is_file(problem) ? std::filesystem::path(problem).stem().string() : problem;
    set("name", given.name().empty() ? standard : given.name());
    if (!given.description().empty()) set("description", given.description());
    set("version", MFG_VERSION);
    for (const Section& section : sections)
        if (!section.plugin.empty() && general_section(section.name) != "optimizer")
            set(section.name, anywhere(section.plugin, keeps_sources));
    for (const auto& [name, list] : optimizers) set(name, anywhere(list, keeps_sources));
    for (const std::string& path : given.run().plugin_paths)
        set("plugin-path", std::filesystem::absolute(path).lexically_normal().string());
    for (const OptionRecord& option : given.run_records())
        // A repeated run must not overwrite the first one, nor be silent because that was.
        if (option.name != "output" && option.name != "quiet") set_option(option);
    for (const Section& section : sections) {
        if (section.options.empty()) continue;
        text += fmt::format("\n[{}]\n", section.name);
        for (const OptionRecord& option : section.options) set_option(option);
    }
    for (const auto& [section, numbers] : given.quoted()) {
        text += fmt::format("\n[{}]\n", section);
        for (const auto& [name, value] : numbers) set(name, value);
    }
    return text;
}

void Resolver::add_defaults(const std::string& problem, const Assignments& defaults)
{
    problem_ = problem;
    given_ = given_.with_defaults(defaults);
}

std::string Resolver::plugin(const std::string& kind)
{
    const std::string general = kind_of(kind);
    used_.insert({kind, general});
    const auto value = given_.find({kind, general});
    if (value && !value->text.empty()) return value->text;
    const std::string message = fmt::format("no {} is chosen; give --{} NAME (see 'mfg list {}')", kind, kind, general);
    if (given_.name().empty()) throw UsageError(message);
    throw Error(fmt::format("'{}': {}", printable(given_.name()), message));
}

std::vector<std::string> Resolver::optimizers(const std::string& player)
{
    const std::string kind = player.empty() ? "optimizer" : player + "_optimizer";
    const std::string list = plugin(kind);
    std::vector<std::string> names = split(list);
    if (names.empty() || contains(names, ""))
        throw UsageError(fmt::format("{} = {} must be a name, or a list of names with commas, one per level", kind,
                                     printable(list)));
    if (!player.empty()) players_.push_back(player);
    optimizers_.emplace_back(kind, list);
    return names;
}

/// The sections whose options hold for this one, its own first and the most general one last.
std::vector<std::string> Resolver::sections_for(const std::string& section) const
{
    std::vector<std::string> sections{section};
    for (const std::string& player : players_)
        if (starts_with(section, player + "_")) {
            sections.push_back(player + "_optimizer");
            sections.push_back(section.substr(player.size() + 1));
        }
    if (const std::string general = general_section(section); !general.empty()) sections.push_back(general);
    return sections;
}

/// An option of a file or a problem may be unused if a later source names another plugin of its kind, or another
/// method, which may need other parts.
bool Resolver::must_be_used(const std::string& name, const Configuration::Value& value) const
{
    if (value.source == Source::command_line) return true;
    const std::string section = section_of(name), general = section.empty() ? "" : general_section(section);
    for (const auto& [kind, plugin] : given_.given()) {
        const bool of_player = kind != "optimizer" && kind_of(kind) == "optimizer" &&
                               starts_with(section, kind.substr(0, kind.rfind("optimizer")));
        const bool owns = kind == "method" || kind == section || kind == general || of_player ||
                          (!section.empty() && kind_of(kind) == section);
        if (owns && given_.replaces_plugin(kind, value.source)) return false;
    }
    return value.source == Source::file || is_of_this_run(section);
}

/// Whether a run must have a section for which the problem has a default. The options of a method may leave out a field
/// or a player.
bool Resolver::is_of_this_run(const std::string& section) const
{
    return !section.empty() && (asked_.count(section) > 0 || kind_of(section).empty());
}

Options::Given Resolver::options(const std::string& section, const std::vector<OptionRecord>& known)
{
    Options::Given result;
    const std::vector<std::string> sections = sections_for(section);
    for (const OptionRecord& record : known) {
        std::vector<std::string> names;
        for (const std::string& owner : sections) {
            names.push_back(owner + "." + record.name);
            if (!contains(asked_[owner], record.name)) asked_[owner].push_back(record.name);
        }
        if (const auto value = given_.find(names))
            result[record.name] = record.type == "file" ? given_.located(*value) : value->text;
        used_.insert(names.begin(), names.end());
    }
    // An unknown option that a user gives for this section goes to its owner, who has the better message.
    for (const auto& [name, value] : given_.given()) {
        if (section_of(name) != section || value.source == Source::problem || !must_be_used(name, value)) continue;
        result.emplace(option_of(name), value.text);
        used_.insert(name);
    }
    return result;
}

void Resolver::record(const std::string& section, const std::string& plugin, const std::vector<OptionRecord>& effective)
{
    const auto same = [&](const auto& s) { return s.name == section; };
    const auto present = std::find_if(sections_.begin(), sections_.end(), same);
    if (present == sections_.end())
        sections_.push_back({section, plugin, effective});
    else
        *present = {section, plugin, effective};
}

ResolvedConfiguration Resolver::finish() const
{
    for (const auto& [name, value] : given_.given()) {
        if (used_.count(name) > 0 || !must_be_used(name, value)) continue;
        const std::string message = complaint(name);
        if (value.source == Source::command_line) throw UsageError(message);
        if (value.source == Source::file) throw Error(message);
        throw Error(fmt::format("problem '{}': its default {}: {}", problem_, printable(name), message));
    }
    return {given_, sections_, optimizers_};
}

/// The message for a name that no section has asked for.
std::string Resolver::complaint(const std::string& name) const
{
    const std::string section = section_of(name);
    if (section.empty()) return fmt::format("'{}' is given, but this run uses none", name);
    if (const auto owner = asked_.find(section); owner != asked_.end())
        return fmt::format("unknown option '{}' of {}; {}", printable(option_of(name)), section,
                           advice(option_of(name), owner->second));
    std::vector<std::string> sections;
    for (const auto& entry : asked_) sections.push_back(entry.first);
    return fmt::format("'{}' is given, but this run has no '{}'; {}", printable(name), printable(section),
                       advice(section, sections));
}

}  // namespace mfg
