#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/train.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace {

/// The run directory that was asked for, or the first free one of runs/NAME, runs/NAME-2, ...
mfg::RunDirectory output_directory(const mfg::Configuration& configuration, const std::string& problem)
{
    if (!configuration.run().output.empty()) return mfg::RunDirectory::create(configuration.run().output);
    const std::string name = std::filesystem::path(configuration.name()).filename().string();
    const std::string base = "runs/" + (name.empty() ? problem : name);
    for (int i = 1;; ++i)
        if (const auto run = mfg::RunDirectory::create_new(i == 1 ? base : fmt::format("{}-{}", base, i))) return *run;
}

int solve(const Arguments& words, const RunOptions& options)
{
    const mfg::Configuration configuration = read_configuration(words, options.settings);
    const mfg::Run composition = mfg::assemble(configuration);
    // What cannot be written is refused before anything is replaced.
    const std::string ini = composition.configuration.to_ini();
    if (options.dry_run) {
        fmt::print("{}", ini);
        return 0;
    }
    const mfg::RunDirectory run = output_directory(configuration, composition.problem_name);
    const auto lock = run.lock();
    if (run.has_results() && !options.overwrite)
        throw mfg::Error(fmt::format(
            "'{}' has the results of a run; give --overwrite to replace them, or another --output", run.path()));
    run.remove_unfinished();
    mfg::ReplacedRun replaced = mfg::ReplacedRun::move_aside(run.path());
    composition.write_configuration(run);
    train(composition, run, *lock, {}, std::move(replaced));
    return 0;
}

}  // namespace

Command solve_command()
{
    return with_options<RunOptions>(
        {"solve",
         "train networks on a problem and write a run directory",
         {experiment_word},
         R"(Trains networks and writes a run directory. An experiment is a file that comes with mfg (see 'mfg
list experiments'); options override its settings. FILE.ini is one of your own, in which formulas
may define a problem, and FILE.cpp the source of a problem. The config.ini of a run repeats the run.
)"},
        declare_run, solve);
}
