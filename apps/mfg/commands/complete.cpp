#include <mfg/run/assemble.hpp>
#include <mfg/run/experiments.hpp>
#include "commands/commands.hpp"
#include "manual/description.hpp"
#include "text.hpp"

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

/// Those of the file system, `:files` or `:directories`.
void offer_paths(const char* kind)
{
    offer(":paths");
    offer(kind);
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
            const std::size_t equals = std::min(words[i].find('='), words[i].size());
            const std::string name = words[i].substr(2, equals - 2);
            const CommandOption* option = find_option(command.options, name);
            if (equals < words[i].size())
                given_.emplace_back(name, words[i].substr(equals + 1));
            else if (option && option->value == Value::flag)
                continue;
            else if (i + 2 == words.size())
                asked_ = name;
            else
                given_.emplace_back(name, words[++i]);
        }
        std::vector<std::string> directories;
        for (const auto& [name, value] : given_)
            if (name == "plugin-path") directories.push_back(value);
        registry_ = std::make_unique<mfg::Registry>(directories);
    }

    void run()
    {
        const std::vector<Word>& expected = command_.words;
        if (!asked_.empty()) {
            const CommandOption* option = find_option(command_.options, asked_);
            if (mfg::is_option(asked_))
                complete_option();
            else if (option)
                complete(option->value, option->choices, mfg::kind_of(asked_));
        } else if (starts_with(current_, "-")) {
            complete_name();
        } else if (words_.size() < expected.size() || (!expected.empty() && expected.back().repeats)) {
            const Word& word = expected[std::min(words_.size(), expected.size() - 1)];
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

    void complete(Value value, std::vector<std::string> choices, const std::string& kind) const
    {
        const bool may_be_file = value == Value::experiment || value == Value::plugin || value == Value::kind;
        if (value == Value::file || (may_be_file && current_.find_first_of("./") != std::string::npos))
            return offer_paths(":files");
        if (value == Value::directory) offer_paths(":directories");
        if (value == Value::run) offer_runs();
        if (value == Value::experiment) {
            choices.clear();
            for (const mfg::Experiment& experiment : mfg::experiments()) choices.push_back(experiment.name);
        }
        if (value == Value::kind) choices.insert(choices.end(), mfg::plugin_kinds.begin(), mfg::plugin_kinds.end());
        if (value == Value::plugin && !kind.empty()) choices = registry_->names(kind);
        offer_matching(choices, asked_ == "optimizer");
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
    void complete_option() const
    {
        const std::string choices = "one of: ";
        for (const mfg::OptionRecord& option : records(mfg::section_of(asked_))) {
            if (option.name != mfg::option_of(asked_)) continue;
            if (option.type == "file") offer_paths(":files");
            if (option.type == "boolean") offer_matching({"true", "false"});
            if (starts_with(option.range, choices))
                offer_matching(split(replaced(option.range.substr(choices.size()), ", ", ",")),
                               starts_with(option.type, "list"));
        }
    }

    /// The name of an option. A section at a time: all options of all plugins are too many to look at.
    void complete_name() const
    {
        std::set<std::string> names, sections;
        for (const CommandOption& option : command_.options) {
            const bool is_section = mfg::option_of(option.name) == "OPTION" || option.value == Value::plugin;
            const std::string section = mfg::section_of(option.name);
            for (const std::string& name : expanded(section.empty() || !is_section ? option.name : section)) {
                if (is_section) sections.insert(name);
                if (is_section && current_.find('.') == std::string::npos) names.insert("--" + name + ".");
                if (section.empty() || !is_section) names.insert("--" + name);
            }
        }
        const std::string section = mfg::section_of(current_.substr(std::min<std::size_t>(2, current_.size())));
        if (sections.count(section) > 0)
            for (const mfg::OptionRecord& option : records(section)) names.insert("--" + section + "." + option.name);
        offer_matching({names.begin(), names.end()});
    }

    /// The words that one with capitals stands for.
    std::vector<std::string> expanded(const std::string& word) const
    {
        if (word == "OPTIMIZER") return {};
        // One plugin is chosen where its kind is a word.
        if (word == "KIND") return {words_.begin(), words_.begin() + (words_.empty() ? 0 : 1)};
        if (word != "FIELD_network" && word != "PLAYER_optimizer") return {word};
        std::vector<std::string> names;
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
        return names;
    }

    /// The options of a section: of the plugins chosen for it, else of all that could be.
    std::vector<mfg::OptionRecord> records(const std::string& section) const
    {
        if (section == "training") return describe_training().options;
        const std::string kind = mfg::kind_of(section);
        if (kind.empty()) return {};
        std::vector<std::string> plugins = chosen(section);
        if (plugins.empty()) plugins = registry_->names(kind);
        std::vector<mfg::OptionRecord> all;
        for (const std::string& plugin : plugins) {
            try {
                for (const mfg::OptionRecord& option : registry_->options(kind, plugin)) all.push_back(option);
            } catch (const mfg::Error&) {
                // One that cannot be used does not hide the others.
            }
        }
        return all;
    }

    /// The plugins chosen for a section on the line, in the experiment or by the problem; maybe none.
    std::vector<std::string> chosen(const std::string& section) const
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

    mfg::Configuration given() const
    {
        mfg::Configuration configuration;
        const Value first = command_.words.front().value;
        if (first == Value::experiment && !words_.empty())
            configuration = mfg::Configuration::from_file(mfg::experiment_file(words_.front()));
        if (first == Value::kind && words_.size() > 1) configuration = configuration.with({{words_[0], words_[1]}});
        return configuration.with(given_);
    }

    /// The plugins that are given and the options of the method, on which fields and players depend. Those of the
    /// problem may make it large; one optimizer fits any number of levels.
    mfg::Configuration parts() const
    {
        mfg::Assignments settings;
        for (const auto& [name, value] : given().given())
            if (!mfg::kind_of(name).empty() || mfg::section_of(name) == "method")
                settings.emplace_back(name, mfg::kind_of(name) == "optimizer" ? split(value.text).front() : value.text);
        return mfg::Configuration().with(settings);
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
        {{Value::text, "-- WORD", true, true}},
        R"(Prints the completions of the last WORD of the command line 'mfg WORD ...', one per line; for shells.
':files' and ':directories' stand for those of the file system, ':paths' says that all lines are paths.
)"};
    command.run = [command](const Arguments& arguments) {
        const auto start = std::find(arguments.begin(), arguments.end(), "--");
        const Arguments words(start == arguments.end() ? arguments.begin() : start + 1, arguments.end());
        if (words.empty()) throw mfg::UsageError("something is missing; usage: " + usage(command));
        // Nobody waits for a compiler at the press of a key.
        mfg::Registry::build_sources_with({});
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
