#include "configuration.hpp"

#include "command_line.hpp"
#include "experiments.hpp"

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

using mfg::Error;
using mfg::OptionRecord;
using mfg::UsageError;

namespace {

const std::vector<std::string> run_names{"output", "seed", "threads", "quiet"};
/// Options that no number of a run follows from.
const std::vector<std::string> without_effect{"threads", "training.time_limit", "training.checkpoint_every"};

/// Options that change no number of a result, beside those of the run.
const std::vector<std::string> harmless{"plugin-path", "training.time_limit", "training.checkpoint_every"};

bool contains(const std::vector<std::string>& list, const std::string& word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_word(const std::string& text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::all_of(text.begin(), text.end(), fits);
}

bool is_word_with(const std::string& name, const std::string& ending)
{
    return is_word(name) && name.size() > ending.size() &&
           name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

/// `density_network` and the like: the network of one field.
bool is_field_network(const std::string& name)
{
    return is_word_with(name, "_network");
}

/// `value_optimizer` and the like: the optimizer of one of several players.
bool is_player_optimizer(const std::string& name)
{
    return is_word_with(name, "_optimizer");
}

bool names_plugin(const std::string& name)
{
    return contains(mfg::plugin_kinds, name) || is_field_network(name) || is_player_optimizer(name);
}

std::string section_of(const std::string& name)
{
    const auto dot = name.find('.');
    return dot == std::string::npos ? "" : name.substr(0, dot);
}

/// Two words for one thing: a list of optimizers is one a level of the training.
std::string canonical(const std::string& name)
{
    return name == "training.optimizer" ? "optimizer" : name;
}

/// Names that cannot be listed: `section.option`, `<field>_network` and `<player>_optimizer`.
bool is_open_name(const std::string& name)
{
    const std::string section = section_of(name);
    return is_field_network(name) || is_player_optimizer(name) ||
           (is_word(section) && is_word(name.substr(section.size() + 1)));
}

std::vector<std::string> flat_names()
{
    std::vector<std::string> names = mfg::plugin_kinds;
    names.insert(names.end(), run_names.begin(), run_names.end());
    names.push_back("plugin-path");
    return names;
}

/// The section whose options hold for all of its kind, this one too, or an empty text.
std::string general_section(const std::string& section)
{
    if (is_field_network(section)) return "network";
    return contains(mfg::plugin_kinds, section) || section == "training" ? "" : "optimizer";
}

std::vector<std::string> split(const std::string& list)
{
    std::vector<std::string> words;
    std::istringstream text(list);
    for (std::string word; std::getline(text, word, ',');) words.push_back(word);
    return words;
}

/// Names of plugins as they can be used from any directory: those that are files get their whole path.
std::string anywhere(const std::string& list)
{
    std::vector<std::string> words = split(list);
    for (std::string& word : words) {
        if (word.find('/') != std::string::npos) word = std::filesystem::absolute(word).lexically_normal().string();
    }
    return fmt::format("{}", fmt::join(words, ","));
}

std::string joined(const std::vector<std::string>& words)
{
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string advice(const std::string& name, const std::vector<std::string>& known)
{
    const std::string nearest = mfg::nearest_name(name, known);
    return nearest.empty() ? "known: " + joined(known) : fmt::format("did you mean '{}'?", nearest);
}

}  // namespace

void RunSettings::options(mfg::Options& o, RunSettings& s)
{
    o("output", s.output, "directory of the run");
    o("seed", s.seed, "seed of all random numbers", mfg::nonnegative);
    o("threads", s.threads, "number of threads; 0: one per core", mfg::between(0, 1024));
    o("quiet", s.quiet, "show no progress");
}

Configuration::Configuration(const Arguments& arguments)
{
    std::vector<std::string> names = flat_names();
    names.erase(std::find(names.begin(), names.end(), "quiet"));
    const CommandLine line = read_command_line(arguments, names, {"quiet", "dry-run"}, is_open_name);
    require_words(line, 0, 1, "mfg solve [EXPERIMENT or FILE.ini] [--option value ...]");
    for (const auto& [name, text] : line.options) {
        if (name == "dry-run") {
            run_.dry_run = true;
            continue;
        }
        if (name != "output" && text.find_first_of("#\r\n") != std::string::npos) {
            throw UsageError(
                fmt::format("option --{}: its value contains # or a line break, which config.ini cannot keep",
                            mfg::printable(name)));
        }
        give(name, text, Source::command_line);
        if (names_plugin(name) || name == "training.optimizer") replaced_.insert(canonical(name));
        changes_experiment_ = changes_experiment_ || !(contains(run_names, name) || contains(harmless, name));
    }
    if (!line.words.empty()) read_file(experiment_file(line.words.front()));
    if (changes_experiment_) published_.clear();
    read_run_settings();
}

Configuration::Configuration(const std::string& name, const IniSettings& settings)
{
    read_settings(name, settings);
    read_run_settings();
}

void Configuration::read_file(const std::string& path)
{
    const IniSettings settings = read_ini(path);
    try {
        read_settings(std::filesystem::path(path).stem().string(), settings);
    } catch (const Error& failure) {
        throw Error(fmt::format("configuration file '{}': {}", mfg::printable(path), failure.what()));
    }
}

void Configuration::read_settings(const std::string& stem, const IniSettings& settings)
{
    name_ = stem;
    std::set<std::string> seen;
    for (const auto& [name, text] : settings) {
        if (name != "plugin-path" && !seen.insert(canonical(name)).second) {
            throw Error(fmt::format("'{}' is set twice", mfg::printable(name)));
        }
        if (name == "name") {
            name_ = text;
        } else if (name == "description") {
            description_ = text;
        } else if (name == "version") {
            version_ = text;
        } else if (section_of(name) == "published") {
            published_.emplace_back(name.substr(name.find('.') + 1), text);
        } else if (contains(flat_names(), name) || is_open_name(name)) {
            give(name, text, Source::file);
        } else {
            throw Error(fmt::format("unknown name '{}'; {}", mfg::printable(name), advice(name, flat_names())));
        }
    }
}

void Configuration::read_run_settings()
{
    mfg::Options::Given given;
    for (const std::string& name : run_names) {
        if (const auto found = given_.find(name); found != given_.end()) given[name] = found->second.text;
    }
    mfg::Options options("run", given);
    RunSettings::options(options, run_);
    run_records_ = options.records();
}

void Configuration::give(const std::string& name, const std::string& text, Source source)
{
    if (name == "plugin-path") {
        if (text.empty()) throw Error("plugin-path is empty; name a directory");
        run_.plugin_paths.push_back(text);
        return;
    }
    const auto [present, is_new] = given_.try_emplace(canonical(name), Value{text, source});
    if (!is_new && present->second.source == source) {
        const std::string message = fmt::format("option '{}' is given twice", mfg::printable(name));
        if (source == Source::command_line) throw UsageError(message);
        throw Error(message);
    }
}

/// The sections whose options hold for this one, its own first and the most general one last.
std::vector<std::string> Configuration::sections_for(const std::string& section) const
{
    std::vector<std::string> sections{section};
    for (const std::string& player : players_)
        if (section.compare(0, player.size() + 1, player + "_") == 0) {
            sections.push_back(player + "_optimizer");
            sections.push_back(section.substr(player.size() + 1));
        }
    if (const std::string general = general_section(section); !general.empty()) sections.push_back(general);
    return sections;
}

const Configuration::Value* Configuration::chosen(const std::vector<std::string>& names) const
{
    const Value* best = nullptr;
    for (const std::string& name : names) {
        const auto found = given_.find(name);
        if (found == given_.end()) continue;
        // A source that wins does so with the general word, too: `--network.width 20` changes every network of a file.
        if (!best || found->second.source > best->source) best = &found->second;
    }
    return best;
}

std::string Configuration::plugin(const std::string& kind)
{
    const std::string general = is_field_network(kind) ? "network" : is_player_optimizer(kind) ? "optimizer" : "";
    used_.insert({kind, general});
    const Value* value = chosen({kind, general});
    if (!value || value->text.empty()) {
        const std::string& listed = general.empty() ? kind : general;
        throw UsageError(fmt::format("no {} is chosen; give --{} NAME (see 'mfg list {}')", kind, kind, listed));
    }
    return value->text;
}

std::vector<std::string> Configuration::optimizers(const std::string& player)
{
    const std::string kind = player.empty() ? "optimizer" : player + "_optimizer";
    const std::string list = plugin(kind);
    std::vector<std::string> names = split(list);
    if (names.empty() || list.back() == ',' || contains(names, "")) {
        throw UsageError(fmt::format("{} = {} must be a name or a list like adam,lbfgs", kind, mfg::printable(list)));
    }
    if (!player.empty()) players_.push_back(player);
    optimizers_.emplace_back(kind, list);
    return names;
}

void Configuration::add_defaults(const std::vector<std::pair<std::string, std::string>>& defaults)
{
    for (const auto& [name, text] : defaults) {
        if (!names_plugin(name) && !is_open_name(name)) {
            throw Error(fmt::format("a default of the problem has the unknown name '{}'; known: {}, or section.option",
                                    mfg::printable(name), joined(mfg::plugin_kinds)));
        }
        give(name, text, Source::problem);
    }
}

bool Configuration::must_be_used(const std::string& name, const Value& value) const
{
    if (value.source != Source::file) return value.source == Source::command_line;
    // A file's options may have lost their owner when the command line names another plugin of that kind, or another
    // method, which may not need what the file's method did.
    const std::string section = section_of(name), general = general_section(section);
    const bool of_player = std::any_of(replaced_.begin(), replaced_.end(), [&](const std::string& kind) {
        return is_player_optimizer(kind) &&
               section.compare(0, kind.find("optimizer"), kind, 0, kind.find("optimizer")) == 0;
    });
    return !replaced_.count(section) && !replaced_.count(general) && !replaced_.count("method") && !of_player;
}

mfg::Options::Given Configuration::options(const std::string& section, const std::vector<OptionRecord>& known)
{
    mfg::Options::Given result;
    const std::vector<std::string> sections = sections_for(section);
    for (const OptionRecord& record : known) {
        std::vector<std::string> names;
        for (const std::string& owner : sections) {
            names.push_back(owner + "." + record.name);
            if (!contains(asked_[owner], record.name)) asked_[owner].push_back(record.name);
        }
        if (const Value* value = chosen(names)) result[record.name] = value->text;
        used_.insert(names.begin(), names.end());
    }
    // What the owner does not know goes to it all the same when it was meant for it alone: it has the better message.
    for (const auto& [name, value] : given_) {
        if (section_of(name) != section || !must_be_used(name, value)) continue;
        result.emplace(name.substr(section.size() + 1), value.text);
        used_.insert(name);
    }
    return result;
}

void Configuration::finish() const
{
    for (const auto& [name, value] : given_) {
        if (used_.count(name) || contains(run_names, name) || !must_be_used(name, value)) continue;
        std::string message;
        const std::string section = section_of(name);
        if (const auto owner = asked_.find(section); owner != asked_.end()) {
            const std::string option = name.substr(section.size() + 1);
            message = fmt::format("unknown option '{}' of {}; {}", mfg::printable(option), section,
                                  advice(option, owner->second));
        } else {
            std::vector<std::string> sections;
            for (const auto& entry : asked_) sections.push_back(entry.first);
            message = section.empty() ? fmt::format("'{}' is given, but this run uses none", name)
                                      : fmt::format("'{}' is given, but this run has no '{}'; {}", mfg::printable(name),
                                                    mfg::printable(section), advice(section, sections));
        }
        if (value.source == Source::command_line) throw UsageError(message);
        throw Error(message);
    }
}

void Configuration::record(const std::string& section, const std::string& plugin,
                           const std::vector<OptionRecord>& effective)
{
    const auto same = [&](const Section& s) { return s.name == section; };
    const auto present = std::find_if(sections_.begin(), sections_.end(), same);
    if (present == sections_.end()) {
        sections_.push_back({section, plugin, effective});
    } else {
        *present = {section, plugin, effective};
    }
}

std::vector<std::pair<std::string, std::string>> Configuration::recorded(const std::string& name) const
{
    std::vector<std::pair<std::string, std::string>> settings;
    for (const Section& section : sections_) {
        if (section.name != name) continue;
        settings.emplace_back(name, anywhere(section.plugin));
        for (const OptionRecord& option : section.options) settings.emplace_back(option.name, option.value);
    }
    return settings;
}

std::vector<std::pair<std::string, std::string>> Configuration::settings() const
{
    std::vector<std::pair<std::string, std::string>> settings;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!contains(without_effect, name)) settings.emplace_back(name, value);
    };
    add("seed", std::to_string(run_.seed));
    for (const Section& section : sections_) {
        const bool optimizer = general_section(section.name) == "optimizer";
        if (!section.plugin.empty() && !optimizer) add(section.name, anywhere(section.plugin));
        for (const OptionRecord& option : section.options) add(section.name + "." + option.name, option.value);
    }
    for (const auto& [name, list] : optimizers_) add(name, anywhere(list));
    return settings;
}

std::string Configuration::to_ini() const
{
    std::string text = "# mfg solve with this file repeats the run.\n";
    const auto set = [&](const std::string& name, const std::string& value) {
        text += fmt::format("{} ={}{}\n", name, value.empty() ? "" : " ", value);
    };
    const auto explain = [&](const OptionRecord& option) {
        text += fmt::format("# {}{}\n", option.text, option.range.empty() ? "" : " (" + option.range + ")");
    };

    set("name", name_.empty() ? sections_.front().plugin : name_);
    if (!description_.empty()) set("description", description_);
    set("version", MFG_VERSION);
    for (const Section& section : sections_)
        if (!section.plugin.empty() && general_section(section.name) != "optimizer")
            set(section.name, anywhere(section.plugin));
    for (const auto& [name, list] : optimizers_) set(name, anywhere(list));
    for (const std::string& path : run_.plugin_paths) {
        set("plugin-path", std::filesystem::absolute(path).lexically_normal().string());
    }
    for (const OptionRecord& option : run_records_) {
        // A repeated run must not overwrite the first one, nor be silent because that was.
        if (option.name == "output" || option.name == "quiet") continue;
        explain(option);
        set(option.name, option.value);
    }
    for (const Section& section : sections_) {
        if (section.options.empty()) continue;
        text += fmt::format("\n[{}]\n", section.name);
        for (const OptionRecord& option : section.options) {
            explain(option);
            set(option.name, option.value);
        }
    }
    if (!published_.empty()) text += "\n[published]\n";
    for (const auto& [name, value] : published_) set(name, value);
    return text;
}
