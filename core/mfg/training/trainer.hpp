#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/method.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/settings.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// One row of the history; a number that was not measured is NaN.
struct TrainingRecord {
    std::uint64_t iteration = 0;
    std::uint64_t evaluations = 0, gradients = 0;  ///< of the objective so far; gradients are among the evaluations
    int level = 0;                                 ///< from 0
    Real seconds = 0;
    Real objective = 0, step_length = 0, gradient_norm = 0;  ///< summed over the players (norms: root of squares)
    Vector terms;                                            ///< of all players, one after the other
    Real validation_objective = 0;
    Vector validation_terms;
    Vector tracked;     ///< values of Training::tracked_names; empty where there is no validation
    Real residual = 0;  ///< of a solver
};

/// Is told what happens during a training.
class MFG_API TrainingObserver {
public:
    virtual ~TrainingObserver();
    virtual void iteration(const TrainingRecord& record) = 0;
    /// A state from which the training can go on; called at the interval asked for, when it is interrupted, and at its
    /// end, where the result follows from the state without a further step.
    virtual void checkpoint(const Archive& state) = 0;
};

struct TrainingResult {
    Vector parameters;                ///< the best by validation objective, or the last where that ranks nothing
    std::vector<Snapshot> snapshots;  ///< the parameters at some iterations, where these were asked for
    std::uint64_t iterations = 0, evaluations = 0, gradients = 0;
    Real seconds = 0;
    Real objective = 0;  ///< at the end, on the training sample
    Vector terms;
    std::vector<std::string> term_names;
    int tile_samples = 0;  ///< samples in a tile of the last level: the last bits of all numbers depend on it
    /// iterations, gradient_limit, gradient_tolerance, residual_tolerance, stagnation, time_limit, interrupted,
    /// line_search, not_finite
    std::string stop_reason;
    bool converged = false;
};

/// What a run watches over: the training of a method's players, or the steps of its solver.
class MFG_API Training {
public:
    virtual ~Training();
    virtual std::vector<std::string> term_names() const = 0;
    /// Names GROUP.NAME of what is followed beside the terms, at every validation.
    virtual std::vector<std::string> tracked_names() const { return {}; }
    /// The largest number of iterations, over all levels.
    virtual std::uint64_t max_iterations() const = 0;
    /// Goes on from the state of a checkpoint instead of the start.
    virtual void restore(Archive state) = 0;
    /// Goes on until a limit is reached or `interrupted` is set (looked at after every iteration).
    virtual TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) = 0;
};

/// Runs the players' optimizers over their objectives, one player after the other in every iteration: levels of growing
/// samples, each started from the last one's end, resampling, validation, and keeping the best.
class MFG_API Trainer final : public Training {
public:
    /// `optimizers[player][level]`; all arguments outlive the trainer.
    Trainer(const Method& method, const TrainingSettings& settings, std::vector<std::vector<Optimizer*>> optimizers,
            std::uint64_t seed, int threads);
    ~Trainer() override;

    /// Names of all terms, in the order of the records; with several players `PLAYER.TERM`.
    static std::vector<std::string> terms(const Method& method);
    std::vector<std::string> term_names() const override;
    /// What the method follows, then `weights.TERM` for each term where these are balanced.
    std::vector<std::string> tracked_names() const override;
    std::uint64_t max_iterations() const override;
    void restore(Archive state) override;
    TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) override;

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace mfg
