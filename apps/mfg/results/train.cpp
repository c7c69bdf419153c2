#include "results/train.hpp"

#include "results/result.hpp"
#include "text.hpp"

#include <mfg/assessment/standard_figures.hpp>
#include <mfg/run/figure_files.hpp>
#include <mfg/run/history.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int signal)
{
    interrupted = true;
    // A second Ctrl-C ends the program at once.
    std::signal(signal, SIG_DFL);
}

/// Whether a column is a measure: GROUP.NAME of none of the trainer's own groups.
bool is_followed(const std::string& column)
{
    return column.find('.') != std::string::npos && !starts_with(column, "terms.") &&
           !starts_with(column, "validation.");
}

/// A longer line would wrap, and could not be rewritten.
std::size_t terminal_width()
{
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

/// Shows how a training goes: one line that is rewritten on a terminal, a line every few seconds elsewhere. It has the
/// objective, its terms and, as far as there is room, what is followed at validations.
class Progress {
public:
    Progress(const mfg::Training& training, bool quiet)
        : terms_(training.term_names()),
          columns_(training.columns()),
          last_followed_(columns_.size(), std::numeric_limits<mfg::Real>::quiet_NaN()),
          iterations_(training.max_iterations()),
          quiet_(quiet)
    {
    }
    /// Leaves the last line standing.
    ~Progress()
    {
        if (open_) fmt::print("\n");
    }

    void show(const mfg::TrainingRecord& record)
    {
        if (quiet_) return;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (std::isfinite(record.columns[i])) last_followed_[i] = record.columns[i];
        const bool last = record.iteration == iterations_;
        const mfg::Real interval = terminal_ ? 0.1 : 5;
        if (!last && record.seconds - last_shown_ < interval) return;
        last_shown_ = record.seconds;

        const std::string line = line_about(record, last ? "" : time_left(record));
        if (terminal_)
            fmt::print("\r\033[K{}", line.substr(0, terminal_width() - 1));
        else
            fmt::print("{}\n", line);
        std::fflush(stdout);
        open_ = terminal_;
    }

private:
    std::string time_left(const mfg::TrainingRecord& record) const
    {
        if (record.iteration == 0) return "";
        const auto done = static_cast<mfg::Real>(record.iteration),
                   left = static_cast<mfg::Real>(iterations_ - record.iteration);
        return fmt::format("  {} left", duration(std::round(record.seconds / done * left)));
    }

    std::string line_about(const mfg::TrainingRecord& record, const std::string& left) const
    {
        std::string line =
            fmt::format("iteration {}/{}  objective {:.7g} ", record.iteration, iterations_, record.objective);
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i] == "validation.objective" && std::isfinite(last_followed_[i]))
                line += fmt::format(" validation {:.7g} ", last_followed_[i]);
        // A diverging run has numbers of hundreds of digits.
        for (std::size_t i = 0; i < terms_.size(); ++i)
            line +=
                fmt::format(std::abs(record.terms(i)) < 1e6 ? " {} {:.3f}" : " {} {:.2e}", terms_[i], record.terms(i));
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!is_followed(columns_[i]) || !std::isfinite(last_followed_[i])) continue;
            const std::string more = fmt::format(" {} {:.3g}", columns_[i], last_followed_[i]);
            if (terminal_ && line.size() + more.size() + left.size() >= terminal_width()) break;
            line += more;
        }
        return line + left;
    }

    std::vector<std::string> terms_, columns_;
    std::vector<mfg::Real> last_followed_;  // the last measured value of each column
    std::uint64_t iterations_;
    bool quiet_, terminal_ = isatty(STDOUT_FILENO) == 1, open_ = false;
    mfg::Real last_shown_ = -1e30;
};

/// Writes history and checkpoints, and shows the progress.
class RunObserver final : public mfg::TrainingObserver {
public:
    RunObserver(const mfg::Run& run, const mfg::RunDirectory& directory, const mfg::Training& training,
                mfg::History& history)
        : directory_(directory),
          settings_(run.configuration.settings()),
          history_(history),
          progress_(training, run.configuration.given().run().quiet)
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
        directory_.write_checkpoint(settings_, state);
    }

private:
    const mfg::RunDirectory& directory_;
    mfg::Checkpoint::Settings settings_;
    mfg::History& history_;
    Progress progress_;
};

}  // namespace

void train(const mfg::Run& run, const mfg::RunDirectory& directory, std::optional<mfg::Checkpoint> checkpoint)
{
    const std::unique_ptr<mfg::Training> trainer = run.make_training();
    const bool quiet = run.configuration.given().run().quiet;
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

    interrupted = false;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    auto observer = std::make_unique<RunObserver>(run, directory, *trainer, history);
    const mfg::TrainingResult training = trainer->run(*observer, interrupted);
    observer.reset();

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
