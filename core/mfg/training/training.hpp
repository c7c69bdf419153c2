#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/method.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/training/settings.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace mfg {

/// One row of the history; a number that was not measured is NaN.
struct TrainingRecord {
    std::uint64_t iteration = 0;
    int level = 0;  ///< from 0
    Real seconds = 0;
    Real objective = 0;         ///< summed over the players
    Vector terms;               ///< of all players, one after the other
    std::vector<Real> columns;  ///< one for each of Training::columns
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
    Vector parameters;  ///< the best by validation objective, in finer steps if there are some; or the last if that
                        ///< ranks nothing
    std::vector<Snapshot> snapshots;  ///< the parameters at some iterations, if these were asked for
    std::uint64_t iterations = 0, evaluations = 0, gradients = 0;
    Real seconds = 0;
    Real objective = 0;  ///< at the end, on the training sample
    Vector terms;
    int tile_samples = 0;  ///< samples in a tile of the last level: the last bits of all numbers depend on it
    /// iterations, gradient_limit, gradient_tolerance, residual_tolerance, stagnation, time_limit, interrupted,
    /// line_search, no_descent (the same in the first iterations), not_finite
    std::string stop_reason;
    bool converged = false;
    Measures measures = {};  ///< those of a solver
};

/// Numbers that are followed during a training, beside the terms.
class MFG_API Tracker {
public:
    virtual ~Tracker();
    /// GROUP.NAME of each.
    virtual std::vector<std::string> names() const = 0;
    /// Their values for these parameters, on samples of the stream.
    virtual Vector values(const Vector& parameters, const RandomStream& stream) = 0;
};

/// The training of a formulation: by its players' optimizers, or by the steps of its solver.
class MFG_API Training {
public:
    virtual ~Training();
    virtual std::vector<std::string> term_names() const = 0;
    /// Names of the history's columns, in the order of TrainingRecord::columns: iteration, level (from 1), seconds,
    /// objective, terms.TERM, and more.
    virtual std::vector<std::string> columns() const = 0;
    /// The largest number of iterations, over all levels.
    virtual std::uint64_t max_iterations() const = 0;
    /// Goes on from the state of a checkpoint instead of the start.
    virtual void restore(Archive state) = 0;
    /// Goes on until a limit is reached or `interrupted` is set (looked at after every iteration).
    virtual TrainingResult run(TrainingObserver& observer, const std::atomic<bool>& interrupted) = 0;
};

/// Runs the players' optimizers over their objectives, one player after the other in every iteration: levels of growing
/// samples, each started from the last one's end, resampling, validation, and keeping the best.
///
/// `optimizers[player][level]`; `tracker` may be null. All arguments but the settings outlive the training. Columns
/// beside the common ones: evaluations and gradients so far (gradients are among the evaluations),
/// validation.objective and validation.terms.TERM, validation_fine.objective if a player has finer steps, what the
/// tracker follows, `weights.TERM` if the terms are balanced, step_length and gradient_norm.
MFG_API std::unique_ptr<Training> player_training(const Formulation& formulation, const TrainingSettings& settings,
                                                  std::vector<std::vector<Optimizer*>> optimizers, std::uint64_t seed,
                                                  int threads, Tracker* tracker = nullptr);
/// Runs the steps of a solver. Of the settings the limits count. The last column is `residual`.
MFG_API std::unique_ptr<Training> solver_training(std::unique_ptr<Solver> solver, const TrainingSettings& settings);

/// Names of all terms of the players, in the order of the records; with several players `PLAYER.TERM`.
MFG_API std::vector<std::string> player_terms(const std::vector<Player>& players);

}  // namespace mfg
