#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "results/train.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace {

/// The run directory that was asked for, or the first free one of runs/NAME, runs/NAME-2, ...
std::string output_directory(const mfg::Configuration& configuration, const std::string& problem)
{
    if (!configuration.run().output.empty()) return configuration.run().output;
    const std::string name = std::filesystem::path(configuration.name()).filename().string();
    const std::string base = "runs/" + (name.empty() ? problem : name);
    std::string path = base;
    for (int i = 2; std::filesystem::exists(path); ++i) path = fmt::format("{}-{}", base, i);
    return path;
}

int solve(const Arguments& words, const RunOptions& options)
{
    const mfg::Configuration configuration = read_configuration(words, options.settings);
    const mfg::Run composition = mfg::assemble(configuration);
    const std::string ini = composition.configuration.to_ini();
    if (options.dry_run) {
        fmt::print("{}", ini);
        return 0;
    }
    const auto run = mfg::RunDirectory::create(output_directory(configuration, composition.problem_name));
    const auto lock = run.lock();
    // First what says that there is a run: a half cleared one must not be taken for one.
    run.remove({"config.ini"});
    run.clear();
    run.write_text("config.ini", ini);
    train(composition, run, {});
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
list experiments'); options override its settings. The config.ini of a run repeats the run.
)"},
        declare_run, solve);
}
