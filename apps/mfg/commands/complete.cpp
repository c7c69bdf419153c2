#include "commands/commands.hpp"
#include "run/experiments.hpp"
#include "run/ini.hpp"

#include <mfg/method.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/settings.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

bool starts_with(const std::string& text, const std::string& beginning)
{
    return text.compare(0, beginning.size(), beginning) == 0;
}

bool ends_with(const std::string& text, const std::string& ending)
{
    return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

/// `a, b or c` taken apart; separators are `,` and `or`.
std::vector<std::string> alternatives(std::string text)
{
    std::replace(text.begin(), text.end(), ',', ' ');
    std::vector<std::string> words;
    std::istringstream in(text);
    for (std::string word; in >> word;)
        if (word != "or") words.push_back(word);
    return words;
}

/// What a command's help says about its command line.
struct Usage {
    std::vector<std::string> words;  ///< that stand alone: `KIND`, `EXPERIMENT or FILE.ini`
    bool repeats = false;            ///< the last of them
    /// What follows an option: `NAME`, `text, markdown or json`; nothing for a flag. Names may be open:
    /// `KIND.OPTION`.
    std::map<std::string, std::string> options;
};

const std::string& help_of(const std::string& command)
{
    static std::string text;
    text.clear();
    for (const Command& known : commands())
        if (command == known.name) text = known.help;
    // Whoever has the options of another command says so.
    const std::string elsewhere = "those of 'mfg ";
    if (const std::size_t at = text.find(elsewhere); at != std::string::npos) {
        const std::size_t begin = at + elsewhere.size();
        const std::string other = text.substr(begin, text.find('\'', begin) - begin);
        for (const Command& known : commands())
            if (other == known.name) text += std::string(known.help).substr(std::string(known.help).find('\n'));
    }
    return text;
}

void add_option(Usage& usage, const std::string& name, const std::string& value)
{
    if (name != "option") usage.options.emplace(name, value);
}

Usage read_usage(const std::string& command)
{
    Usage usage;
    std::istringstream help(help_of(command));
    std::string line;
    std::getline(help, line);
    std::istringstream first(line);
    std::string token;
    first >> token >> token;
    while (first >> token) {
        bool is_optional = token.front() == '[';
        while (is_optional && token.back() != ']') {
            std::string more;
            if (!(first >> more)) break;
            token += " " + more;
        }
        if (is_optional) token = token.substr(1, token.size() - 2);
        if (token == "...") {
            usage.repeats = true;
        } else if (starts_with(token, "--")) {
            const std::size_t space = token.find(' ');
            std::string value = space == std::string::npos ? "" : token.substr(space + 1);
            if (!is_optional) first >> value;
            add_option(usage, token.substr(2, space == std::string::npos ? space : space - 2), value);
        } else {
            usage.words.push_back(token);
        }
    }
    while (std::getline(help, line)) {
        if (!starts_with(line, "  --")) continue;
        // The explanation stands two spaces apart.
        std::istringstream left(line.substr(2, line.find("  ", 2) - 2));
        std::vector<std::string> names;
        std::string value;
        while (left >> token) {
            if (token.back() == ',') token.pop_back();
            if (starts_with(token, "--")) {
                names.push_back(token.substr(2));
            } else {
                value = token;
            }
        }
        for (const std::string& name : names) add_option(usage, name, value);
    }
    return usage;
}

class Completion {
public:
    /// `words` after the command; the last one is to be completed.
    Completion(std::string command, const Arguments& words)
        : command_(std::move(command)), usage_(read_usage(command_)), current_(words.back())
    {
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            if (!starts_with(words[i], "--")) {
                words_.push_back(words[i]);
                continue;
            }
            const std::size_t equals = words[i].find('=');
            const std::string name = words[i].substr(2, equals == std::string::npos ? equals : equals - 2);
            if (equals != std::string::npos) {
                given_.emplace(name, words[i].substr(equals + 1));
            } else if (!is_flag(name) && i + 2 == words.size()) {
                asked_ = name;
            } else if (!is_flag(name)) {
                given_.emplace(name, words[++i]);
            }
        }
        std::vector<std::string> directories;
        for (auto [at, end] = given_.equal_range("plugin-path"); at != end; ++at) directories.push_back(at->second);
        registry_ = std::make_unique<mfg::Registry>(directories);
    }

    void run()
    {
        if (!asked_.empty()) {
            complete_value();
        } else if (starts_with(current_, "-")) {
            complete_name();
        } else {
            complete_word();
        }
    }

private:
    static void offer(const std::string& word) { std::cout << word << "\n"; }
    void offer_matching(const std::string& word) const
    {
        if (starts_with(word, current_)) offer(word);
    }

    bool is_flag(const std::string& name) const
    {
        const auto found = usage_.options.find(name);
        return found != usage_.options.end() && found->second.empty();
    }

    /// An entry of a list with commas, or the whole value.
    void offer_entries(const std::vector<std::string>& words, bool is_list) const
    {
        const std::size_t comma = is_list ? current_.rfind(',') : std::string::npos;
        const std::string before = comma == std::string::npos ? "" : current_.substr(0, comma + 1);
        for (const std::string& word : words) offer_matching(before + word);
    }

    void complete_word()
    {
        if (usage_.words.empty() || (words_.size() >= usage_.words.size() && !usage_.repeats)) return;
        const std::string& expected = usage_.words[std::min(words_.size(), usage_.words.size() - 1)];
        for (const std::string& word : alternatives(expected)) {
            if (word == "KIND") {
                for (const std::string& kind : mfg::plugin_kinds) offer_matching(kind);
            } else if (word == "NAME") {
                // That of a new plugin is new.
                if (command_ != "new" && is_kind(words_.front())) offer_plugins(words_.front());
            } else if (word == "EXPERIMENT") {
                for (const Experiment& experiment : experiments()) offer_matching(experiment.name);
            } else if (word == "FILE.ini") {
                if (current_.find_first_of("./") != std::string::npos) offer_files();
            } else if (word == "DIR") {
                offer_runs();
            } else {
                offer_matching(word);
            }
        }
    }

    void complete_value()
    {
        const auto known = usage_.options.find(asked_);
        const std::string value = known == usage_.options.end() ? "" : known->second;
        if (const std::string kind = kind_of(asked_); !kind.empty()) {
            if (current_.find('/') != std::string::npos) {
                offer_files();
            } else {
                offer_entries(registry_->names(kind), asked_ == "optimizer");
            }
        } else if (asked_.find('.') != std::string::npos) {
            complete_option_value();
        } else if (asked_ == "output" || asked_ == "plugin-path") {
            offer(":paths");
            offer(":directories");
        } else if (starts_with(value, "DIR")) {
            offer_runs();
        } else if (ends_with(value, ".npy")) {
            offer_files();
        } else if (value.find(' ') != std::string::npos) {
            offer_entries(alternatives(value), false);
        }
    }

    void complete_option_value()
    {
        const std::size_t dot = asked_.find('.');
        for (const mfg::OptionRecord& option : records(asked_.substr(0, dot))) {
            if (option.name != asked_.substr(dot + 1)) continue;
            const std::string choices = "one of: ";
            const bool is_list = starts_with(option.type, "list");
            if (option.type == "file") offer_files();
            if (option.type == "boolean") offer_entries({"true", "false"}, is_list);
            if (starts_with(option.range, choices))
                offer_entries(alternatives(option.range.substr(choices.size())), is_list);
        }
    }

    void complete_name()
    {
        const std::size_t dot = current_.find('.');
        const std::string section = dot == std::string::npos ? "" : current_.substr(2, dot - 2);
        for (const std::string& name : names()) {
            const std::size_t end = name.find('.');
            const std::string word = "--" + name;
            if (end == std::string::npos || ends_with(name, ".")) {
                // A section at a time: all options of all plugins are too many to look at.
                if (section.empty()) offer_matching(word);
            } else {
                offer_matching(word);
            }
        }
        if (section.empty() || usage_.options.count(current_.substr(2))) return;
        const auto sections = names();
        if (sections.count(section + ".") == 0) return;
        for (const mfg::OptionRecord& option : records(section)) offer_matching("--" + section + "." + option.name);
    }

    /// All options of the command; `section.` stands for those of a section.
    std::set<std::string> names()
    {
        std::set<std::string> all;
        for (const auto& [name, value] : usage_.options) {
            const std::size_t dot = name.find('.');
            if (name == "KIND.OPTION") {
                // One plugin is chosen where it stands alone, else a composition.
                const bool alone = !usage_.words.empty() && usage_.words.front() == "KIND";
                for (const std::string& kind : mfg::plugin_kinds)
                    if (!alone || (!words_.empty() && words_.front() == kind)) all.insert(kind + ".");
            } else if (name == "FIELD_network") {
                for (const std::string& field : field_networks()) all.insert({field, field + "."});
            } else if (name == "PLAYER_optimizer") {
                for (const std::string& player : player_optimizers()) all.insert({player, player + "."});
            } else if (dot != std::string::npos && name.substr(dot + 1) == "OPTION") {
                all.insert(name.substr(0, dot + 1));
            } else {
                all.insert(name);
            }
        }
        return all;
    }

    static bool is_kind(const std::string& word)
    {
        return std::count(mfg::plugin_kinds.begin(), mfg::plugin_kinds.end(), word) > 0;
    }

    /// Of the plugin that an option chooses; `density_network` chooses a network, `value_optimizer` an optimizer.
    static std::string kind_of(const std::string& option)
    {
        if (is_kind(option)) return option;
        if (option.find('.') != std::string::npos) return "";
        return ends_with(option, "_network") ? "network" : ends_with(option, "_optimizer") ? "optimizer" : "";
    }

    void offer_plugins(const std::string& kind)
    {
        if (current_.find('/') != std::string::npos) return offer_files();
        for (const std::string& name : registry_->names(kind)) offer_matching(name);
    }

    static void offer_files()
    {
        offer(":paths");
        offer(":files");
    }

    static bool holds_run(const fs::path& directory, int depth)
    {
        std::error_code failed;
        if (fs::exists(directory / "config.ini", failed)) return true;
        if (depth == 0) return false;
        for (const fs::directory_entry& entry : fs::directory_iterator(directory, failed))
            if (entry.is_directory(failed) && holds_run(entry.path(), depth - 1)) return true;
        return false;
    }

    /// Run directories and what leads to them; other directories where there are none.
    void offer_runs() const
    {
        offer(":paths");
        const fs::path typed(current_);
        const fs::path parent = typed.parent_path();
        std::error_code failed;
        bool found = false;
        for (const auto& entry : fs::directory_iterator(parent.empty() ? fs::path(".") : parent, failed)) {
            const std::string path = (parent / entry.path().filename()).string();
            if (!starts_with(path, current_) || !entry.is_directory(failed) || !holds_run(entry.path(), 2)) continue;
            offer(path);
            found = true;
        }
        if (!found) offer(":directories");
    }

    /// The plugins chosen for a kind on the line, in the experiment or by the problem; maybe none.
    std::vector<std::string> chosen(const std::string& kind)
    {
        if (!words_.empty() && words_.front() == kind && words_.size() > 1) return {words_[1]};
        if (const auto given = given_.find(kind); given != given_.end()) return alternatives(given->second);
        for (const auto& [name, value] : experiment())
            if (name == kind) return alternatives(value);
        if (kind == "problem") return {};
        try {
            const std::vector<std::string> problems = chosen("problem");
            if (problems.empty()) return {};
            for (const auto& [name, value] : registry_->create<mfg::Problem>(problems.front())->defaults())
                if (name == kind) return alternatives(value);
        } catch (const mfg::Error&) {
            // A problem that cannot be made has no wishes.
        }
        return {};
    }

    std::vector<std::pair<std::string, std::string>> experiment() const
    {
        const bool has_one = !usage_.words.empty() && starts_with(usage_.words.front(), "EXPERIMENT");
        if (!has_one || words_.empty()) return {};
        try {
            return read_ini(experiment_file(words_.front()));
        } catch (const mfg::Error&) {
            return {};
        }
    }

    std::vector<std::string> field_networks()
    {
        try {
            const std::vector<std::string> problems = chosen("problem"), methods = chosen("method");
            if (problems.empty() || methods.empty()) return {};
            const auto problem = registry_->create<mfg::Problem>(problems.front());
            std::vector<std::string> all;
            const auto fields = registry_->create<mfg::Method>(methods.front())->fields(*problem);
            for (const mfg::Method::Field& field : fields)
                if (fields.size() > 1) all.push_back(field.network + "_network");
            return all;
        } catch (const mfg::Error&) {
            return {};
        }
    }

    /// Players are known of a method that is built, with any networks.
    std::vector<std::string> player_optimizers()
    {
        try {
            const std::vector<std::string> problems = chosen("problem"), methods = chosen("method");
            if (problems.empty() || methods.empty()) return {};
            const auto problem = registry_->create<mfg::Problem>(problems.front());
            const auto method = registry_->create<mfg::Method>(methods.front());
            const auto network = registry_->create<mfg::Network>(registry_->names("network").front());
            const auto integrator = registry_->create<mfg::Integrator>(registry_->names("integrator").front());
            mfg::Method::Parts parts{problem.get(), {}, integrator.get()};
            parts.networks.assign(method->fields(*problem).size(), network.get());
            method->build(parts);
            std::vector<std::string> all;
            for (const mfg::Player& player : method->players())
                if (method->players().size() > 1) all.push_back(player.name + "_optimizer");
            return all;
        } catch (const mfg::Error&) {
            return {};
        }
    }

    /// The options of a section: of the plugins chosen for it, else of all that could be.
    std::vector<mfg::OptionRecord> records(const std::string& section)
    {
        if (section == "training") {
            mfg::TrainingSettings settings;
            mfg::Options options;
            mfg::TrainingSettings::options(options, settings);
            return options.records();
        }
        const std::string kind = kind_of(section);
        if (kind.empty()) return {};
        std::vector<std::string> plugins = chosen(section);
        if (plugins.empty()) plugins = chosen(kind);
        if (plugins.empty()) plugins = registry_->names(kind);
        std::vector<mfg::OptionRecord> all;
        std::set<std::string> seen;
        for (const std::string& plugin : plugins)
            for (const mfg::OptionRecord& option : registry_->options(kind, plugin))
                if (seen.insert(option.name).second) all.push_back(option);
        return all;
    }

    std::string command_;
    Usage usage_;
    std::string current_, asked_;  // the word to be completed; the option whose value it is
    Arguments words_;
    std::multimap<std::string, std::string> given_;
    std::unique_ptr<mfg::Registry> registry_;
};

}  // namespace

const char* const complete_help = R"(mfg complete -- WORD ...

Prints what the last WORD of the command line 'mfg WORD ...' could become, one a line; for shells.
':files' and ':directories' stand for those of the file system, ':paths' says that all lines are some.
)";

int complete(const Arguments& arguments)
{
    const auto start = std::find(arguments.begin(), arguments.end(), "--");
    const Arguments words(start == arguments.end() ? arguments.begin() : start + 1, arguments.end());
    if (words.empty()) throw mfg::UsageError("something is missing; usage: mfg complete -- WORD ...");
    const bool names_command = words.size() == 1 || (words.size() == 2 && words.front() == "help");
    if (!names_command) {
        Completion(words.front(), Arguments(words.begin() + 1, words.end())).run();
        return 0;
    }
    std::vector<std::string> names;
    for (const Command& command : commands())
        if (command.summary) names.emplace_back(command.name);
    if (words.size() == 1) names.insert(names.end(), {"help", "--help", "--version"});
    for (const std::string& name : names)
        if (starts_with(name, words.back())) std::cout << name << "\n";
    return 0;
}
