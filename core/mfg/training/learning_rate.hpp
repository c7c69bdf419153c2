#pragma once
#include <mfg/plugin/options.hpp>

#include <cstdint>
#include <string>

namespace mfg {

/// How the learning rate of a first-order optimizer changes from step to step; a plugin has one among its settings.
struct MFG_API LearningRate {
    std::string schedule = "constant";
    Real decay = 0.1;
    int step_every = 1000, warm_up = 0;

    /// Declares the options schedule, decay, step_every and warm_up.
    void declare(Options& options);
    /// What step k (from 1) of `planned` multiplies the learning rate by; where none are planned (0) neither cosine nor
    /// exponential does anything.
    Real factor(std::uint64_t k, std::uint64_t planned) const;
};

}  // namespace mfg
