#include <mfg/training/clock.hpp>
#include <mfg/training/training.hpp>

#include <cmath>

namespace mfg {
namespace {

class SolverTraining final : public Training {
public:
    SolverTraining(std::unique_ptr<Solver> solver, const TrainingSettings& settings)
        : solver_(std::move(solver)), settings_(settings)
    {
    }

    std::vector<std::string> term_names() const override { return solver_->terms(); }
    std::uint64_t max_iterations() const override { return solver_->max_steps(); }
    void restore(Archive saved) override { state(saved); }

    std::vector<std::string> columns() const override
    {
        std::vector<std::string> columns{"iteration", "level", "seconds", "objective"};
        for (const std::string& term : solver_->terms()) columns.push_back("terms." + term);
        columns.push_back("residual");
        return columns;
    }

    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override
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
        result.measures = solver_->measures();
        result.parameters = solver_->parameters();
        result.iterations = iteration_;
        result.seconds = clock.elapsed();
        result.objective = objective_;
        result.terms = terms_;
        return result;
    }

private:
    void state(Archive& archive)
    {
        archive("iteration", iteration_);
        archive("seconds", seconds_);
        archive("objective", objective_);
        archive("terms", terms_, length(solver_->terms()));
        archive.part("solver.", [&](Archive& part) { solver_->state(part); });
    }

    std::unique_ptr<Solver> solver_;
    TrainingSettings settings_;
    std::uint64_t iteration_ = 0;
    Real seconds_ = 0, objective_ = 0;
    Vector terms_ = make_vector(0);
};

}  // namespace

std::unique_ptr<Training> solver_training(std::unique_ptr<Solver> solver, const TrainingSettings& settings)
{
    return std::make_unique<SolverTraining>(std::move(solver), settings);
}

}  // namespace mfg
