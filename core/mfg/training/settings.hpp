#pragma once
#include <mfg/plugin/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mfg {

/// How far checkpoints are apart, in seconds or in iterations; both zero: only when interrupted.
struct MFG_API CheckpointInterval {
    Real seconds = 0;
    std::uint64_t iterations = 0;

    /// Reads `60s` or `60` (seconds), `100i` (iterations), `0`. Throws an Error that starts with `owner`.
    static CheckpointInterval parse(const std::string& text, const std::string& owner);
    /// Whether it is time for one after `iteration`, so many seconds after the last.
    bool due(std::uint64_t iteration, Real seconds_since) const
    {
        return (seconds > 0 && seconds_since > seconds) || (iterations > 0 && iteration % iterations == 0);
    }
};

/// How long and on what a training runs: the options `--training.*`.
struct MFG_API TrainingSettings {
    std::vector<int> samples{1024}, iterations{500};
    int validation_samples = 1024, validate_every = 1, resample_every = 25, patience = 0;
    int snapshots = 0, balance_every = 0, gradient_limit = 0;
    Real average = 0, tolerance = 1e-10, time_limit = 0;
    std::string checkpoint_every = "60s";  ///< as CheckpointInterval reads it

    static void options(Options& o, TrainingSettings& s);
    /// Those of them that also hold where a solver takes the place of the training.
    static void limits(Options& o, TrainingSettings& s);
    /// The largest number of iterations, over all levels.
    std::uint64_t max_iterations() const;
    /// An Error if the lists do not fit together.
    void check() const;
};

}  // namespace mfg
