#include "results/train.hpp"

#include "results/progress.hpp"
#include "results/result.hpp"

#include <mfg/assessment/standard_figures.hpp>
#include <mfg/run/figure_files.hpp>
#include <mfg/run/history.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cmath>
#include <csignal>

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int signal)
{
    interrupted = true;
    // A second Ctrl-C ends the program at once.
    std::signal(signal, SIG_DFL);
}

/// Writes history and checkpoints, and shows the progress.
class RunObserver final : public mfg::TrainingObserver {
public:
    RunObserver(const mfg::RunDirectory& run, mfg::Checkpoint::Settings settings, mfg::History& history,
                Progress& progress)
        : run_(run), settings_(std::move(settings)), history_(history), progress_(progress)
    {
    }

    void iteration(const mfg::TrainingRecord& record) override
    {
        history_.append(record.columns);
        progress_.show(record);
    }

    void checkpoint(const mfg::Archive& state) override
    {
        history_.sync();
        run_.write_checkpoint(settings_, state);
    }

private:
    const mfg::RunDirectory& run_;
    mfg::Checkpoint::Settings settings_;
    mfg::History& history_;
    Progress& progress_;
};

}  // namespace

void train(const mfg::Run& run, const mfg::RunDirectory& directory, std::optional<mfg::Checkpoint> checkpoint)
{
    const std::unique_ptr<mfg::Training> trainer = run.make_training();
    const bool quiet = run.configuration.given.run().quiet;
    const std::vector<std::string> columns = trainer->columns();
    std::size_t rows = 0;
    if (checkpoint) {
        std::uint64_t iteration = 0;
        checkpoint->state("iteration", iteration);
        rows = iteration;
        trainer->restore(std::move(checkpoint->state));
        // They show the state before.
        directory.remove({"result.json", "report.html", "figures", "validation.json", "evaluation"});
    }
    mfg::History history = checkpoint ? mfg::History(directory.file("history.csv"), columns, rows)
                                      : mfg::History(directory.file("history.csv"), columns);
    Progress progress(*trainer, quiet);
    RunObserver observer(directory, run.configuration.settings(), history, progress);

    interrupted = false;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    const mfg::TrainingResult training = trainer->run(observer, interrupted);
    progress.finish();

    const bool finite = training.stop_reason != "not_finite";
    if (run.has_solver() && !finite)
        throw mfg::NumericalError(
            fmt::format("grid: not finite at iteration {}; check the problem's formulas, or try a smaller "
                        "--method.step or another --method.domain",
                        training.iterations));
    run.write_result(directory, training.parameters);
    if (!finite) {
        throw mfg::NumericalError(fmt::format(
            "training: objective or gradient is not finite at iteration {}; the best parameters so far are in '{}'; "
            "check the problem's formulas, or try more time steps or a smaller learning rate",
            training.iterations, directory.path()));
    }
    const bool unfinished = training.stop_reason == "interrupted" || training.stop_reason == "time_limit";
    const nlohmann::ordered_json result = evaluate_result(run, trainer->term_names(), training);
    directory.write_text("result.json", result.dump(2) + "\n");
    mfg::write_figures(directory, mfg::all_figures(*run.formulation, training.parameters, training.snapshots,
                                                   mfg::RandomStream(run.seed, "pictures")));
    // Only now is it of no use any more: a run that is killed while it writes its results finishes them when resumed.
    if (!unfinished) directory.remove({"checkpoint"});
    // Only now, too: an interruption that comes too late for the training must not cost its results.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);

    if (!quiet) {
        const std::string evaluations = run.has_solver() ? "" : fmt::format(" {} evaluations,", training.evaluations);
        fmt::print("\n{}\n{} iterations,{} {:.1f} s, stopped by: {}\nrun directory: {}\n", result_table(result),
                   training.iterations, evaluations, training.seconds, training.stop_reason, directory.path());
        if (unfinished)
            fmt::print("to go on: mfg resume {}{}\n", directory.path(),
                       training.stop_reason == "time_limit" ? " --training.time_limit 0" : "");
    }
    for (const char* group : {"validation", "validation_fine"})
        if (result.contains(group) && !std::isfinite(result[group]["objective"].get<mfg::Real>()))
            throw mfg::NumericalError(fmt::format(
                "{}: the objective of the trained parameters is not finite on fresh samples; all results are in '{}'; "
                "check the problem's formulas, or try more time steps",
                group, directory.path()));
}
