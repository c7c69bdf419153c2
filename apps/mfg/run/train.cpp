#include "run/train.hpp"

#include "results/progress.hpp"
#include "results/result.hpp"

#include <mfg/run/history.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cmath>
#include <csignal>
#include <limits>

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int signal)
{
    interrupted = true;
    // A second Ctrl-C ends the program at once.
    std::signal(signal, SIG_DFL);
}

/// A solver has a residual where a training has evaluations, validation, steps and gradients.
std::vector<std::string> history_columns(const std::vector<std::string>& terms, const std::vector<std::string>& tracked,
                                         bool solver)
{
    std::vector<std::string> columns{"iteration", "level", "seconds"};
    if (!solver) columns.insert(columns.end(), {"evaluations", "gradients"});
    columns.push_back("objective");
    for (const std::string& term : terms) columns.push_back("terms." + term);
    if (solver) {
        columns.push_back("residual");
        return columns;
    }
    columns.push_back("validation.objective");
    for (const std::string& term : terms) columns.push_back("validation.terms." + term);
    columns.insert(columns.end(), tracked.begin(), tracked.end());
    columns.insert(columns.end(), {"step_length", "gradient_norm"});
    return columns;
}

/// Writes history and checkpoints, and shows the progress.
class RunObserver final : public mfg::TrainingObserver {
public:
    RunObserver(const mfg::RunDirectory& run, mfg::Checkpoint::Settings settings, mfg::History& history,
                Progress& progress, std::size_t terms, std::size_t tracked, bool solver)
        : run_(run),
          settings_(std::move(settings)),
          history_(history),
          progress_(progress),
          terms_(terms),
          tracked_(tracked),
          solver_(solver)
    {
    }

    void iteration(const mfg::TrainingRecord& record) override
    {
        std::vector<mfg::Real> row{static_cast<mfg::Real>(record.iteration), static_cast<mfg::Real>(record.level + 1),
                                   record.seconds};
        if (!solver_)
            row.insert(row.end(),
                       {static_cast<mfg::Real>(record.evaluations), static_cast<mfg::Real>(record.gradients)});
        row.push_back(record.objective);
        const mfg::Real nothing = std::numeric_limits<mfg::Real>::quiet_NaN();
        const auto add = [&](const mfg::Vector& values, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) row.push_back(i < values.size() ? values(i) : nothing);
        };
        add(record.terms, terms_);
        if (solver_) {
            row.push_back(record.residual);
        } else {
            row.push_back(record.validation_objective);
            add(record.validation_terms, terms_);
            add(record.tracked, tracked_);
            row.push_back(record.step_length);
            row.push_back(record.gradient_norm);
        }
        history_.append(row);
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
    std::size_t terms_, tracked_;
    bool solver_;
};

}  // namespace

void train(const Composition& composition, const mfg::RunDirectory& run, std::optional<mfg::Checkpoint> checkpoint)
{
    const std::unique_ptr<mfg::Training> trainer = composition.make_training();
    const bool quiet = composition.configuration.given().run().quiet;
    mfg::Solver* const solver = composition.method->solver();
    const std::vector<std::string> terms = trainer->term_names(), tracked = trainer->tracked_names(),
                                   columns = history_columns(terms, tracked, solver);
    std::size_t rows = 0;
    if (checkpoint) {
        std::uint64_t iteration = 0;
        checkpoint->state("iteration", iteration);
        rows = iteration;
        trainer->restore(std::move(checkpoint->state));
        // They show the state before.
        run.remove({"result.json", "report.html", "figures", "validation.json", "evaluation"});
    }
    mfg::History history = checkpoint ? mfg::History(run.file("history.csv"), columns, rows)
                                      : mfg::History(run.file("history.csv"), columns);
    Progress progress(terms, tracked, trainer->max_iterations(), quiet);
    RunObserver observer(run, composition.configuration.settings(), history, progress, terms.size(), tracked.size(),
                         solver);

    interrupted = false;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    const mfg::TrainingResult training = trainer->run(observer, interrupted);
    progress.finish();

    const bool finite = training.stop_reason != "not_finite";
    if (solver && !finite)
        throw mfg::NumericalError(
            fmt::format("grid: not finite at iteration {}; check the problem's formulas, or try a smaller "
                        "--method.step or another --method.domain",
                        training.iterations));
    if (solver) {
        mfg::Archive solution;
        solver->solution(solution);
        run.write_solution(solution);
    } else {
        run.write_parameters(composition.method->layout(), training.parameters);
    }
    if (!finite) {
        throw mfg::NumericalError(fmt::format(
            "training: objective or gradient is not finite at iteration {}; the best parameters so far are in '{}'; "
            "check the problem's formulas, or try more time steps or a smaller learning rate",
            training.iterations, run.path()));
    }
    const bool unfinished = training.stop_reason == "interrupted" || training.stop_reason == "time_limit";
    const nlohmann::ordered_json result = evaluate_result(composition, training);
    run.write_text("result.json", result.dump(2) + "\n");
    mfg::FieldFiles fields(run);
    composition.method->export_fields(training.parameters, training.snapshots,
                                      mfg::RandomStream(composition.seed, "pictures"), fields);
    fields.finish();
    // Only now is it of no use any more: a run that is killed while it writes its results finishes them when resumed.
    if (!unfinished) run.remove({"checkpoint"});
    // Only now, too: an interruption that comes too late for the training must not cost its results.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);

    if (!quiet) {
        const std::string evaluations = solver ? "" : fmt::format(" {} evaluations,", training.evaluations);
        fmt::print("\n{}\n{} iterations,{} {:.1f} s, stopped by: {}\nrun directory: {}\n", result_table(result),
                   training.iterations, evaluations, training.seconds, training.stop_reason, run.path());
        if (unfinished)
            fmt::print("to go on: mfg resume {}{}\n", run.path(),
                       training.stop_reason == "time_limit" ? " --training.time_limit 0" : "");
    }
    for (const char* group : {"validation", "validation_fine"})
        if (result.contains(group) && !std::isfinite(result[group]["objective"].get<mfg::Real>()))
            throw mfg::NumericalError(fmt::format(
                "{}: the objective of the trained parameters is not finite on fresh samples; all results are in '{}'; "
                "check the problem's formulas, or try more time steps",
                group, run.path()));
}
