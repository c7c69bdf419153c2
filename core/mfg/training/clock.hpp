#pragma once
#include <mfg/training/settings.hpp>

#include <atomic>
#include <chrono>

namespace mfg {

/// The time that a training has taken, its pauses and its checkpoints.
class RunClock {
public:
    /// `before`: seconds that were spent before the checkpoint that the training goes on from.
    RunClock(Real before, const TrainingSettings& settings)
        : before_(before),
          last_checkpoint_(before),
          time_limit_(settings.time_limit),
          interval_(CheckpointInterval::parse(settings.checkpoint_every, "training"))
    {
    }

    Real elapsed() const { return before_ + std::chrono::duration<Real>(Clock::now() - start_).count(); }
    /// Why the training pauses now: `interrupted`, `time_limit`, or nothing.
    std::string pause(const std::atomic<bool>& interrupted) const
    {
        if (interrupted) return "interrupted";
        return time_limit_ > 0 && elapsed() > time_limit_ ? "time_limit" : "";
    }
    bool checkpoint_due(std::uint64_t iteration) const
    {
        return interval_.due(iteration, elapsed() - last_checkpoint_);
    }
    /// A checkpoint has been written.
    void saved() { last_checkpoint_ = elapsed(); }

private:
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start_ = Clock::now();
    Real before_, last_checkpoint_, time_limit_;
    CheckpointInterval interval_;
};

}  // namespace mfg
