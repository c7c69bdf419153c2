#include "command_line.hpp"
#include "commands.hpp"
#include "composition.hpp"
#include "progress.hpp"
#include "result.hpp"

#include <mfg/run/history.hpp>
#include <mfg/run/run_directory.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>
#include <optional>

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int signal)
{
    interrupted = true;
    // A second Ctrl-C ends the program at once.
    std::signal(signal, SIG_DFL);
}

/// The run directory that was asked for, or the first free one of runs/NAME, runs/NAME-2, ...
std::string output_directory(const Configuration& configuration, const std::string& problem)
{
    if (!configuration.run().output.empty()) return configuration.run().output;
    const std::string name = std::filesystem::path(configuration.name()).filename().string();
    const std::string base = "runs/" + (name.empty() ? problem : name);
    std::string path = base;
    for (int i = 2; std::filesystem::exists(path); ++i) path = fmt::format("{}-{}", base, i);
    return path;
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

/// Trains, from the start or from a checkpoint, and writes everything that a run leaves behind.
int train(Configuration& configuration, Composition& composition, const mfg::RunDirectory& run,
          std::optional<mfg::Checkpoint> checkpoint)
{
    const std::unique_ptr<mfg::Training> trainer = composition.make_training();
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
    Progress progress(terms, tracked, trainer->max_iterations(), configuration.run().quiet);
    RunObserver observer(run, configuration.settings(), history, progress, terms.size(), tracked.size(), solver);

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
    const nlohmann::ordered_json result = evaluate_result(configuration, composition, training);
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

    if (!configuration.run().quiet) {
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
    return 0;
}

/// Another version may compute other numbers.
void require_same_version(const Configuration& configuration, const mfg::RunDirectory& run)
{
    if (configuration.version().empty() || configuration.version() == MFG_VERSION) return;
    throw mfg::Error(fmt::format(
        "'{}' is a run of mfg {}, and this is mfg {}, whose numbers may be others; resume it with that version, or "
        "start it anew: mfg solve {}",
        run.path(), mfg::printable(configuration.version()), MFG_VERSION, run.file("config.ini")));
}

/// A checkpoint is of no use to a configuration that was changed after it.
void require_same_settings(const mfg::Checkpoint::Settings& saved, const mfg::Checkpoint::Settings& now,
                           const mfg::RunDirectory& run)
{
    const auto refuse = [&](const std::string& difference) {
        throw mfg::Error(fmt::format(
            "the checkpoint in '{}' is of another configuration: {}; undo the change of config.ini, or start anew: "
            "mfg solve {}",
            run.path(), difference, run.file("config.ini")));
    };
    const auto value = [](const mfg::Checkpoint::Settings& settings, const std::string& name) {
        const auto found =
            std::find_if(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == name; });
        return found == settings.end() ? "nothing" : "'" + mfg::printable(found->second) + "'";
    };
    for (const auto* settings : {&saved, &now})
        for (const auto& [name, text] : *settings)
            if (const std::string before = value(saved, name), after = value(now, name); before != after)
                refuse(fmt::format("{} was {} and is {}", mfg::printable(name), before, after));
}

}  // namespace

const char* const solve_help = R"(mfg solve [EXPERIMENT or FILE.ini] [--option value ...]

Trains and writes a run directory. An experiment is a file that is shipped with mfg (see 'mfg list
experiments'); options override it. The config.ini of a run repeats that run.

  --problem, --method, --network, --integrator, --optimizer NAME
                           plugins or their files; --optimizer adam,lbfgs: one a level
  --KIND.OPTION VALUE      an option of a plugin ('mfg describe KIND NAME'): --network.width 32
  --FIELD_network NAME     another network for one field; its options: --FIELD_network.OPTION VALUE
  --PLAYER_optimizer NAME  another optimizer for one of two players, and --PLAYER_optimizer.OPTION
  --training.OPTION VALUE  how long and on how many samples, e.g. --training.iterations 500,1500
  --output DIR             the run directory
  --seed N                 the number that all random numbers follow from (1)
  --threads N              number of threads (0: one for each core); results do not depend on it
  --plugin-path DIR        a directory with plugins, may be repeated
  --quiet                  no progress
  --dry-run                only puts everything together, and prints the config.ini of the run
)";

int solve(const Arguments& arguments)
{
    Configuration configuration(arguments);
    Composition composition(configuration);
    if (configuration.run().dry_run) {
        fmt::print("{}", configuration.to_ini());
        return 0;
    }
    const auto run = mfg::RunDirectory::create(output_directory(configuration, composition.problem_name));
    const auto lock = run.lock();
    // First what says that there is a run: a half cleared one must not be taken for one.
    run.remove({"config.ini"});
    run.clear();
    run.write_text("config.ini", configuration.to_ini());
    return train(configuration, composition, run, {});
}

const char* const resume_help = R"(mfg resume DIR [--training.time_limit SECONDS]

Goes on from the last checkpoint of a run that was interrupted, killed, out of disk space, or at
its time limit; a run that has no checkpoint yet starts anew from its config.ini. The result is the
same, bit for bit, as if the run had never stopped. A damaged checkpoint is passed over for the one
before it; one of another version of mfg, or of an edited config.ini, is refused.

  --training.time_limit S  another limit in seconds, counted from the start of the run; 0: none
  --threads N              number of threads
  --plugin-path DIR        a directory with plugins, may be repeated
  --quiet                  no progress
)";

int resume(const Arguments& arguments)
{
    // Anything else would make another run of it.
    const CommandLine line = read_command_line(arguments, {"threads", "plugin-path", "training.time_limit"}, {"quiet"});
    require_words(line, 1, 1, resume_help);
    const auto run = mfg::RunDirectory::open(line.words.front());
    const auto lock = run.lock();
    Arguments options;
    for (const auto& [name, value] : line.options)
        options.push_back("--" + name + (name == "quiet" ? "" : "=" + value));
    Configuration configuration(run_arguments(run, options));
    require_same_version(configuration, run);
    Composition composition(configuration);
    run.remove_unfinished();

    std::optional<mfg::Checkpoint> checkpoint = run.read_checkpoint();
    if (checkpoint) {
        require_same_settings(checkpoint->settings, configuration.settings(), run);
        if (!checkpoint->damage.empty())
            fmt::print(stderr, "mfg: the last checkpoint is damaged ({}); going on from the one before\n",
                       checkpoint->damage);
    } else if (std::filesystem::exists(run.file("result.json"))) {
        throw mfg::Error(
            fmt::format("'{}' is a finished run, there is nothing to go on with; run it once more with "
                        "mfg solve {}",
                        run.path(), run.file("config.ini")));
    } else {
        run.clear();
    }
    return train(configuration, composition, run, std::move(checkpoint));
}
