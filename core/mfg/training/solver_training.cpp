#include <mfg/training/clock.hpp>
#include <mfg/training/solver_training.hpp>

#include <cmath>

namespace mfg {

void SolverTraining::state(Archive& archive)
{
    archive("iteration", iteration_);
    archive("seconds", seconds_);
    archive("objective", objective_);
    archive("terms", terms_);
    Archive part = archive.part("solver.");
    solver_->state(part);
    if (!archive.loading()) archive.insert("solver.", part);
}

void SolverTraining::restore(Archive saved)
{
    state(saved);
}

std::vector<std::string> SolverTraining::columns() const
{
    std::vector<std::string> columns{"iteration", "level", "seconds", "objective"};
    for (const std::string& term : solver_->terms()) columns.push_back("terms." + term);
    columns.push_back("residual");
    return columns;
}

TrainingResult SolverTraining::run(TrainingObserver& observer, const std::atomic<bool>& interrupted)
{
    RunClock clock(seconds_, settings_);
    TrainingResult result;
    while (result.stop_reason.empty() && !solver_->finished()) {
        const SolverReport report = solver_->step();
        ++iteration_;
        seconds_ = clock.elapsed();
        objective_ = report.objective;
        terms_ = report.terms;
        TrainingRecord record{iteration_, report.level, seconds_, objective_, terms_, {}};
        record.columns = {static_cast<Real>(iteration_), static_cast<Real>(report.level + 1), seconds_, objective_};
        record.columns.insert(record.columns.end(), terms_.begin(), terms_.end());
        record.columns.push_back(report.residual);
        observer.iteration(record);

        const bool finite = std::isfinite(report.objective) && std::isfinite(report.residual);
        result.stop_reason = finite ? clock.pause(interrupted) : "not_finite";
        if (finite && (clock.checkpoint_due(iteration_) || solver_->finished() || !result.stop_reason.empty())) {
            Archive archive;
            state(archive);
            observer.checkpoint(archive);
            clock.saved();
        }
    }
    result.converged = solver_->converged();
    if (result.stop_reason.empty()) result.stop_reason = result.converged ? "residual_tolerance" : "iterations";
    result.parameters = solver_->parameters();
    result.iterations = iteration_;
    result.seconds = clock.elapsed();
    result.objective = objective_;
    result.terms = terms_;
    return result;
}

}  // namespace mfg
