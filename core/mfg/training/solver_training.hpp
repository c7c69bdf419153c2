#pragma once
#include <mfg/solver.hpp>
#include <mfg/training/trainer.hpp>

namespace mfg {

/// Runs a solver's steps in the place of a training.
class MFG_API SolverTraining final : public Training {
public:
    /// Of the settings the limits count. The solver outlives this object.
    SolverTraining(Solver& solver, const TrainingSettings& settings) : solver_(solver), settings_(settings) {}

    std::vector<std::string> term_names() const override { return solver_.terms(); }
    std::uint64_t max_iterations() const override { return solver_.max_steps(); }
    void restore(Archive state) override;
    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override;

private:
    void state(Archive& archive);

    Solver& solver_;
    TrainingSettings settings_;
    TrainingRecord last_;
};

}  // namespace mfg
