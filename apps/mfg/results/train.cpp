#include "results/train.hpp"

#include "results/interruption.hpp"
#include "results/progress.hpp"
#include "results/result.hpp"
#include "results/verdict.hpp"
#include "text.hpp"

#include <mfg/assessment/standard_figures.hpp>
#include <mfg/plugin/guarded.hpp>
#include <mfg/run/figure_files.hpp>
#include <mfg/run/history.hpp>
#include <mfg/run/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <system_error>

namespace {

/// A signal came before this stage.
struct Stopped {
    const char* stage;
};

/// Writes history and checkpoints, and shows the progress.
class RunObserver final : public mfg::TrainingObserver {
public:
    RunObserver(const mfg::RunDirectory& run, const mfg::FileLock& lock, mfg::Checkpoint::Settings settings,
                mfg::History& history, mfg::ReplacedRun& replaced, Progress& progress)
        : run_(run),
          lock_(lock),
          settings_(std::move(settings)),
          history_(history),
          replaced_(replaced),
          progress_(progress)
    {
    }

    void iteration(const mfg::TrainingRecord& record) override
    {
        run_.require_in_place(lock_);
        history_.append(record.columns);
        progress_.show(record);
    }

    void checkpoint(const mfg::Archive& state) override
    {
        run_.require_in_place(lock_);
        history_.sync();
        run_.write_checkpoint(settings_, state);
        replaced_.discard();
    }

private:
    const mfg::RunDirectory& run_;
    const mfg::FileLock& lock_;
    mfg::Checkpoint::Settings settings_;
    mfg::History& history_;
    mfg::ReplacedRun& replaced_;
    Progress& progress_;
};

/// Files that show the parameters that were there before.
void remove_dependent_files(const mfg::RunDirectory& directory)
{
    directory.remove({"result.json", "report.html", "figures", "validation.json", "evaluation"});
}

/// The history of a new training, or of one that goes on after an iteration.
mfg::History open_history(const std::string& path, const std::vector<std::string>& columns,
                          std::optional<std::uint64_t> iteration)
{
    if (!iteration) return {path, columns};
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return {path, columns, *iteration};
    print_message(fmt::format("'{}' is missing; a new one begins after iteration {}", path, *iteration));
    return {path, columns};
}

void require_finite(const nlohmann::ordered_json& result, const mfg::RunDirectory& directory)
{
    for (const char* group : {"validation", "validation_fine"})
        if (result.contains(group) && !std::isfinite(result[group]["objective"].get<mfg::Real>()))
            throw mfg::NumericalError(fmt::format(
                "{}: the objective of the trained parameters is not finite on fresh samples; all results are in '{}'; "
                "check the problem's formulas, or try more time steps",
                group, directory.path()));
}

/// The results, for whoever started the run.
std::string summary(const mfg::Run& run, const mfg::RunDirectory& directory, const mfg::TrainingResult& training,
                    const nlohmann::ordered_json& result)
{
    const std::string evaluations = run.has_solver() ? "" : fmt::format(" {} evaluations,", training.evaluations);
    std::string text =
        fmt::format("\n{}\n{} iterations,{} {:.1f} s, stopped by: {}\nrun directory: {}\n", result_table(result),
                    training.iterations, evaluations, training.seconds, training.stop_reason, directory.path());
    if (training.stop_reason == "interrupted" || training.stop_reason == "time_limit")
        text += fmt::format("to resume: mfg resume {}{}\n", directory.path(),
                            training.stop_reason == "time_limit" ? " --training.time_limit 0" : "");
    return text + verdict_line(result) + "\n";
}

void train_guarded(const mfg::Run& run, const mfg::RunDirectory& directory, const mfg::FileLock& lock,
                   std::optional<mfg::Checkpoint> checkpoint, mfg::ReplacedRun replaced)
{
    const std::unique_ptr<mfg::Training> trainer = run.make_training();
    const mfg::RunSettings& settings = run.configuration.given.run();
    std::optional<std::uint64_t> iteration;
    if (checkpoint) {
        checkpoint->state("iteration", iteration.emplace());
        trainer->restore(std::move(checkpoint->state));
        remove_dependent_files(directory);
    }
    mfg::History history = open_history(directory.file("history.csv"), trainer->columns(), iteration);
    Progress progress(*trainer, settings.quiet);
    RunObserver observer(directory, lock, run.settings(), history, replaced, progress);

    const Interruption interruption;
    const mfg::TrainingResult training = trainer->run(observer, interruption.requested());
    progress.finish();
    directory.require_in_place(lock);

    const bool finite = training.stop_reason != "not_finite";
    if (run.has_solver() && !finite)
        throw mfg::NumericalError(
            fmt::format("grid: not finite at iteration {}; check the problem's formulas, or try a smaller "
                        "--method.step or another --method.domain",
                        training.iterations));
    if (!finite && replaced.is_kept())
        throw mfg::NumericalError(
            fmt::format("training: objective or gradient is not finite at iteration {}; the run that was there before "
                        "stays; check the problem's formulas, or try more time steps or a smaller learning rate",
                        training.iterations));
    if (training.stop_reason == "no_descent")
        throw mfg::NumericalError(fmt::format(
            "training: no step lowers the objective in the first {} iterations{}; check the problem's formulas and "
            "weights, or try more samples or time steps, or --optimizer adam",
            training.iterations, replaced.is_kept() ? "; the run that was there stays" : ""));
    run.write_result(directory, training.parameters);
    if (!finite) {
        throw mfg::NumericalError(fmt::format(
            "training: objective or gradient is not finite at iteration {}; the best parameters so far are in '{}'; "
            "check the problem's formulas, or try more time steps or a smaller learning rate",
            training.iterations, directory.path()));
    }
    // From here on a signal loses nothing: the checkpoint at the end of the training is there. A training that was
    // interrupted still gets its results.
    const bool was_interrupted = training.stop_reason == "interrupted";
    const bool unfinished = was_interrupted || training.stop_reason == "time_limit";
    const auto begin = [&](const char* stage) {
        if (!was_interrupted && interruption.requested()) throw Stopped{stage};
        progress.begin(stage);
    };
    try {
        const nlohmann::ordered_json result = evaluate_result(run, trainer->term_names(), training, begin);
        directory.require_in_place(lock);
        // Somebody may have measured the parameters before.
        remove_dependent_files(directory);
        directory.write_text("result.json", mfg::json_text(result));
        if (settings.pictures) {
            begin("computing the pictures");
            mfg::write_figures(directory, mfg::all_figures(*run.formulation, training.parameters, training.snapshots,
                                                           mfg::RandomStream(run.seed, "pictures")));
        }
        progress.finish();
        // Only now is it of no use any more: a run that is killed while it writes its results finishes them when
        // resumed.
        if (!unfinished) directory.remove({"checkpoint"});
        progress.print(printable_lines(summary(run, directory, training, result)));
        interruption.finish();
        require_finite(result, directory);
    } catch (const Stopped& stopped) {
        progress.print(
            printable_lines(fmt::format("\ninterrupted while {}; the training is complete\nto resume: mfg resume {}\n",
                                        stopped.stage, directory.path())));
        interruption.finish();
    }
}

}  // namespace

void train(const mfg::Run& run, const mfg::RunDirectory& directory, const mfg::FileLock& lock,
           std::optional<mfg::Checkpoint> checkpoint, mfg::ReplacedRun replaced)
{
    mfg::guarded(run.plugins(),
                 [&] { train_guarded(run, directory, lock, std::move(checkpoint), std::move(replaced)); });
}
