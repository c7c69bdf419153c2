#include <mfg/run/assemble.hpp>
#include <mfg/run/experiments.hpp>
#include <mfg/run/setting_names.hpp>
#include "commands/commands.hpp"
#include "text.hpp"

#include <mfg/training/settings.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

namespace fs = std::filesystem;

namespace {

void offer(const std::string& word)
{
    std::cout << word << "\n";
}

void offer_files()
{
    offer(":paths");
    offer(":files");
}

bool holds_run(const fs::path& directory, int depth)
{
    std::error_code failed;
    if (fs::exists(directory / "config.ini", failed)) return true;
    if (depth == 0) return false;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, failed))
        if (entry.is_directory(failed) && holds_run(entry.path(), depth - 1)) return true;
    return false;
}

/// Completes the last of the words after a command.
class Completion {
public:
    Completion(const Command& command, const Arguments& words) : command_(command), current_(words.back())
    {
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            if (!starts_with(words[i], "--")) {
                words_.push_back(words[i]);
                continue;
            }
            const std::size_t equals = words[i].find('=');
            const std::string name = words[i].substr(2, equals == std::string::npos ? equals : equals - 2);
            const CommandOption* option = find_option(command.options, name);
            if (equals != std::string::npos) {
                given_.emplace_back(name, words[i].substr(equals + 1));
            } else if (option && option->value == Value::flag) {
                continue;
            } else if (i + 2 == words.size()) {
                asked_ = name;
            } else {
                given_.emplace_back(name, words[++i]);
            }
        }
        std::vector<std::string> directories;
        for (const auto& [name, value] : given_)
            if (name == "plugin-path") directories.push_back(value);
        registry_ = std::make_unique<mfg::Registry>(directories);
    }

    void run()
    {
        if (!asked_.empty()) {
            if (const CommandOption* option = find_option(command_.options, asked_))
                complete(option->value, option->choices, mfg::kind_of(asked_));
        } else if (starts_with(current_, "-")) {
            complete_name();
        } else if (const auto& all = command_.words;
                   !all.empty() && (words_.size() < all.size() || all.back().repeats)) {
            const Word& word = all[std::min(words_.size(), all.size() - 1)];
            // A plugin stands after its kind.
            complete(word.value, word.choices, words_.empty() ? "" : mfg::kind_of(words_.front()));
        }
    }

private:
    /// The words that go on as the current one does; those of a list with commas, an entry at a time.
    void offer_matching(const std::vector<std::string>& words, bool is_list = false) const
    {
        const std::size_t comma = is_list ? current_.rfind(',') : std::string::npos;
        const std::string before = comma == std::string::npos ? "" : current_.substr(0, comma + 1);
        for (const std::string& word : words)
            if (starts_with(before + word, current_)) offer(before + word);
    }

    void complete(Value value, const std::vector<std::string>& choices, const std::string& kind)
    {
        const bool is_path = current_.find('/') != std::string::npos;
        if (value == Value::file || (value == Value::plugin && is_path) ||
            (value == Value::experiment && current_.find_first_of("./") != std::string::npos)) {
            offer_files();
        } else if (value == Value::experiment) {
            for (const mfg::Experiment& experiment : mfg::experiments()) offer_matching({experiment.name});
        } else if (value == Value::plugin) {
            if (!kind.empty()) offer_matching(registry_->names(kind), asked_ == "optimizer");
        } else if (value == Value::directory) {
            offer(":paths");
            offer(":directories");
        } else if (value == Value::run) {
            offer_runs();
        } else if (value == Value::option) {
            complete_option();
        } else {
            if (value == Value::kind) offer_matching(mfg::plugin_kinds);
            offer_matching(choices);
        }
    }

    /// Run directories and what leads to them; other directories where there are none.
    void offer_runs() const
    {
        offer(":paths");
        const fs::path parent = fs::path(current_).parent_path();
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

    /// The value of an option of a plugin.
    void complete_option()
    {
        const std::string choices = "one of: ";
        for (const mfg::OptionRecord& option : records(mfg::section_of(asked_))) {
            if (option.name != mfg::option_of(asked_)) continue;
            const bool is_list = starts_with(option.type, "list");
            if (option.type == "file") offer_files();
            if (option.type == "boolean") offer_matching({"true", "false"});
            if (starts_with(option.range, choices))
                offer_matching(split(replaced(option.range.substr(choices.size()), ", ", ",")), is_list);
        }
    }

    /// The name of an option. A section at a time: all options of all plugins are too many to look at.
    void complete_name()
    {
        const std::string section = mfg::section_of(current_.substr(std::min<std::size_t>(2, current_.size())));
        std::set<std::string> names;
        for (const CommandOption& option : command_.options)
            for (const std::string& name : expanded(option)) names.insert("--" + name);
        if (section.empty()) {
            for (const std::string& name : names) offer_matching({name});
        } else if (names.count("--" + section + ".") > 0) {
            for (const mfg::OptionRecord& option : records(section))
                offer_matching({"--" + section + "." + option.name});
        } else {
            for (const std::string& name : names)
                if (!ends_with(name, ".")) offer_matching({name});
        }
    }

    /// The names that an option stands for; `section.` for all options of a section.
    std::vector<std::string> expanded(const CommandOption& option)
    {
        const std::string section = mfg::section_of(option.name);
        if (section.empty()) return words_for(option.name);
        if (mfg::option_of(option.name) != "OPTION") return {option.name};
        std::vector<std::string> sections = words_for(section);
        for (std::string& name : sections) name += ".";
        return sections;
    }

    /// What the capitals in a word of an option stand for.
    std::vector<std::string> words_for(const std::string& word)
    {
        std::vector<std::string> names;
        if (word == "KIND") {
            // One plugin is chosen where its kind is a word, else a composition.
            if (command_.words.front().value != Value::kind) return mfg::plugin_kinds;
            if (!words_.empty()) names.push_back(words_.front());
        } else if (word == "FIELD_network" || word == "PLAYER_optimizer") {
            try {
                const mfg::Run run = mfg::assemble(parts());
                const auto fields = run.method->fields(*run.problem);
                for (const mfg::Method::Field& field : fields)
                    if (fields.size() > 1 && word == "FIELD_network") names.push_back(field.network + "_network");
                for (const mfg::Player& player : run.formulation->players())
                    if (run.formulation->players().size() > 1 && word == "PLAYER_optimizer")
                        names.push_back(player.name() + "_optimizer");
            } catch (const mfg::Error&) {
                // A run that cannot be put together has no parts.
            }
        } else if (word != "OPTIMIZER") {
            names.push_back(word);
        }
        return names;
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
        const std::string kind = mfg::kind_of(section);
        if (kind.empty()) return {};
        std::vector<std::string> plugins = chosen(section);
        if (plugins.empty()) plugins = registry_->names(kind);
        std::vector<mfg::OptionRecord> all;
        std::set<std::string> seen;
        for (const std::string& plugin : plugins)
            for (const mfg::OptionRecord& option : registry_->options(kind, plugin))
                if (seen.insert(option.name).second) all.push_back(option);
        return all;
    }

    /// The plugins chosen for a section on the line, in the experiment or by the problem; maybe none.
    std::vector<std::string> chosen(const std::string& section)
    {
        mfg::Configuration configuration;
        try {
            configuration = given();
            if (const auto problem = configuration.find({"problem"}))
                configuration = configuration.with_defaults(registry_->create<mfg::Problem>(problem->text)->defaults());
        } catch (const mfg::Error&) {
            // A problem that cannot be made has no wishes.
        }
        const auto plugins = configuration.find({section, mfg::kind_of(section)});
        return plugins ? split(plugins->text) : std::vector<std::string>();
    }

    /// The plugins that are given and the options of the method, on which fields and players depend. Those of the
    /// problem may make it large.
    mfg::Configuration parts() const
    {
        mfg::Assignments settings;
        for (const auto& [name, value] : given().given())
            if (!mfg::kind_of(name).empty() || mfg::section_of(name) == "method")
                // One optimizer fits any number of levels.
                settings.emplace_back(name, mfg::kind_of(name) == "optimizer" ? split(value.text).front() : value.text);
        return mfg::Configuration().with(settings);
    }

    mfg::Configuration given() const
    {
        mfg::Configuration configuration;
        if (!words_.empty() && command_.words.front().value == Value::experiment)
            configuration = mfg::Configuration::from_file(mfg::experiment_file(words_.front()));
        if (words_.size() > 1 && command_.words.front().value == Value::kind)
            configuration = configuration.with({{words_[0], words_[1]}});
        return configuration.with(given_);
    }

    const Command& command_;
    std::string current_, asked_;  // the word to be completed; the option whose value it is
    Arguments words_;
    mfg::Assignments given_;
    std::unique_ptr<mfg::Registry> registry_;
};

}  // namespace

Command complete_command()
{
    Command command{
        "complete",
        "",
        {},
        R"(Prints what the last WORD of the command line 'mfg WORD ...' could become, one a line; for shells.
':files' and ':directories' stand for those of the file system, ':paths' says that all lines are some.
)"};
    command.words = {{Value::text, "-- WORD", true, true}};
    command.run = [command](const Arguments& arguments) {
        const auto start = std::find(arguments.begin(), arguments.end(), "--");
        const Arguments words(start == arguments.end() ? arguments.begin() : start + 1, arguments.end());
        if (words.empty()) throw mfg::UsageError("something is missing; usage: " + usage(command));
        std::vector<std::string> names;
        for (const Command& other : commands()) {
            if (other.name == words.front() && words.size() > 1)
                Completion(other, Arguments(words.begin() + 1, words.end())).run();
            if (!other.summary.empty()) names.push_back(other.name);
        }
        if (words.size() == 1) names.insert(names.end(), {"help", "--help", "--version"});
        if (words.size() == 1 || (words.size() == 2 && words.front() == "help"))
            for (const std::string& name : names)
                if (starts_with(name, words.back())) offer(name);
        return 0;
    };
    return command;
}
