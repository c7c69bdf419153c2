#pragma once
#include <mfg/optimizer.hpp>
#include <mfg/training/settings.hpp>
#include <mfg/training/training.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// Runs the players' optimizers over their objectives, one player after the other in every iteration: levels of growing
/// samples, each started from the last one's end, resampling, validation, and keeping the best.
class MFG_API Trainer final : public Training {
public:
    /// `optimizers[player][level]`; `tracker` may be null. All arguments outlive the trainer.
    Trainer(const Formulation& formulation, const TrainingSettings& settings,
            std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed, int threads,
            Tracker* tracker = nullptr);
    ~Trainer() override;

    std::vector<std::string> term_names() const override;
    /// Beside the common ones: evaluations and gradients so far (gradients are among the evaluations),
    /// validation.objective and validation.terms.TERM, what the tracker follows, `weights.TERM` if the terms are
    /// balanced, step_length and gradient_norm.
    std::vector<std::string> columns() const override;
    std::uint64_t max_iterations() const override;
    void restore(Archive state) override;
    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override;

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace mfg
