#pragma once
#include <mfg/solver.hpp>
#include <mfg/training/settings.hpp>
#include <mfg/training/training.hpp>

#include <memory>

namespace mfg {

/// Runs the steps of a solver.
class MFG_API SolverTraining final : public Training {
public:
    /// Of the settings the limits count.
    SolverTraining(std::unique_ptr<Solver> solver, const TrainingSettings& settings)
        : solver_(std::move(solver)), settings_(settings)
    {
    }

    std::vector<std::string> term_names() const override { return solver_->terms(); }
    /// The last column is `residual`.
    std::vector<std::string> columns() const override;
    std::uint64_t max_iterations() const override { return solver_->max_steps(); }
    void restore(Archive state) override;
    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override;

private:
    void state(Archive& archive);

    std::unique_ptr<Solver> solver_;
    TrainingSettings settings_;
    std::uint64_t iteration_ = 0;
    Real seconds_ = 0, objective_ = 0;
    Vector terms_ = make_vector(0);
};

}  // namespace mfg
