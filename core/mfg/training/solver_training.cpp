#include <mfg/training/solver_training.hpp>

#include <chrono>
#include <cmath>
#include <limits>

namespace mfg {

void SolverTraining::state(Archive& archive)
{
    archive("iteration", last_.iteration);
    archive("seconds", last_.seconds);
    archive("objective", last_.objective);
    archive("terms", last_.terms);
    Archive part = archive.part("solver.");
    solver_.state(part);
    if (!archive.loading()) archive.insert("solver.", part);
}

void SolverTraining::restore(Archive saved)
{
    state(saved);
}

TrainingResult SolverTraining::run(TrainingObserver& observer, const std::atomic<bool>& interrupted)
{
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const Real seconds_before = last_.seconds;
    const auto elapsed = [&] { return seconds_before + std::chrono::duration<Real>(Clock::now() - start).count(); };
    const CheckpointInterval every = CheckpointInterval::parse(settings_.checkpoint_every, "training");
    Real last_checkpoint = seconds_before;
    constexpr Real not_measured = std::numeric_limits<Real>::quiet_NaN();

    TrainingResult result;
    while (result.stop_reason.empty() && !solver_.finished()) {
        const SolverReport report = solver_.step();
        ++last_.iteration;
        last_.seconds = elapsed();
        last_.objective = report.objective;
        last_.terms = report.terms;
        last_.residual = report.residual;
        last_.level = report.level;
        last_.step_length = last_.gradient_norm = last_.validation_objective = not_measured;
        observer.iteration(last_);

        const bool finite = std::isfinite(report.objective) && std::isfinite(report.residual);
        if (!finite)
            result.stop_reason = "not_finite";
        else if (interrupted)
            result.stop_reason = "interrupted";
        else if (settings_.time_limit > 0 && elapsed() > settings_.time_limit)
            result.stop_reason = "time_limit";
        const bool due = every.due(last_.iteration, elapsed() - last_checkpoint);
        if (finite && (due || solver_.finished() || !result.stop_reason.empty())) {
            Archive archive;
            state(archive);
            observer.checkpoint(archive);
            last_checkpoint = elapsed();
        }
    }
    result.converged = solver_.converged();
    if (result.stop_reason.empty()) result.stop_reason = result.converged ? "residual_tolerance" : "iterations";
    result.iterations = last_.iteration;
    result.seconds = elapsed();
    result.objective = last_.objective;
    result.terms = last_.terms;
    result.term_names = solver_.terms();
    return result;
}

}  // namespace mfg
