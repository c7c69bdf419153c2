#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/train.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace {

/// A checkpoint is of no use to a plugin or another file that was changed after it.
void require_same_files(const mfg::Checkpoint::Settings& saved, const mfg::Run& now, const mfg::RunDirectory& run)
{
    for (const mfg::InputFile& file : now.files)
        for (const auto& [name, sum] : saved)
            if (name == "check sum of " + file.name && sum != file.check_sum)
                throw mfg::Error(fmt::format(
                    "'{}' has changed since the checkpoint in '{}' (check sum {} then, {} now); put it back as it was, "
                    "or start again: mfg solve {}",
                    file.path, run.path(), mfg::printable(sum), file.check_sum, run.file("config.ini")));
}

/// Nor to a configuration.
void require_same_settings(const mfg::Checkpoint::Settings& saved, const mfg::Checkpoint::Settings& now,
                           const mfg::RunDirectory& run)
{
    const auto value = [](const mfg::Checkpoint::Settings& settings, const std::string& name) {
        const auto found =
            std::find_if(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == name; });
        return found == settings.end() ? "nothing" : "'" + mfg::printable(found->second) + "'";
    };
    for (const auto* settings : {&saved, &now})
        for (const auto& [name, text] : *settings)
            if (const std::string before = value(saved, name), after = value(now, name); before != after)
                throw mfg::Error(fmt::format(
                    "the checkpoint in '{}' is of another configuration: {} was {} and is {}; undo the change of "
                    "config.ini, or start again: mfg solve {}",
                    run.path(), mfg::printable(name), before, after, run.file("config.ini")));
}

/// Anything else would make another run of it.
void declare(CommandOptions& o, mfg::Assignments& settings)
{
    o.settings({"training.time_limit", Value::number, "S",
                "another limit in seconds, counted from the start of the run; 0: none"},
               settings);
    declare_run_settings(o, {"threads", "plugin-path", "quiet", "pictures"}, settings);
}

int resume(const Arguments& words, const mfg::Assignments& settings)
{
    const auto run = mfg::RunDirectory::open(words.front());
    const auto lock = run.lock();
    const mfg::Configuration configuration = mfg::configuration_of(run).with(settings);
    if (const std::string note = other_version(configuration, run); !note.empty())
        throw mfg::Error(fmt::format("{}; resume it with that version, or start it again: mfg solve {}", note,
                                     run.file("config.ini")));
    const mfg::Run composition = mfg::assemble(configuration);
    run.remove_unfinished();

    std::optional<mfg::Checkpoint> checkpoint = run.read_checkpoint();
    if (checkpoint) {
        require_same_files(checkpoint->settings, composition, run);
        require_same_settings(checkpoint->settings, composition.settings(), run);
        if (!checkpoint->damage.empty())
            print_message(
                fmt::format("the last checkpoint is damaged ({}); going on from the one before", checkpoint->damage));
    } else if (std::filesystem::exists(run.file("result.json"))) {
        throw mfg::Error(
            fmt::format("'{}' is a finished run, there is nothing to go on with; run it once more with "
                        "mfg solve {}",
                        run.path(), run.file("config.ini")));
    }
    train(composition, run, *lock, std::move(checkpoint), mfg::ReplacedRun::adopt(run.path()));
    return 0;
}

}  // namespace

Command resume_command()
{
    return with_options<mfg::Assignments>(
        {"resume",
         "go on with a run that was interrupted",
         {{Value::run, "DIR"}},
         R"(Goes on from the last checkpoint of a run that was interrupted, killed, out of disk space, or at
its time limit; a run that has no checkpoint yet starts from its config.ini. The result is the
same, bit for bit, as if the run had never stopped. A damaged checkpoint is passed over for the one
before it; one of another version of mfg, of an edited config.ini, or of plugins and data files that
have changed since, is refused.
)"},
        declare, resume);
}
