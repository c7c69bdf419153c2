#pragma once
#include <mfg/optimizer.hpp>
#include <mfg/plugin/options.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace mfg {

/// What all first-order optimizers have in common: a learning rate that may change from step to step, and clipping. A
/// plugin has them among its settings; `FirstOrderSettings first_order{1e-4};` gives it its own default rate.
struct MFG_API FirstOrderSettings {
    Real learning_rate = 1e-3;
    std::string schedule = "constant";
    Real decay = 0.1;
    int step_every = 1000, warm_up = 0;
    Real clip = 0;

    /// Declares the options learning_rate, schedule, decay, step_every, warm_up and clip.
    void declare(Options& options);
    /// The learning rate in step k (from 1) of `planned`; where none are planned (0) neither cosine nor exponential
    /// changes it.
    Real rate(std::uint64_t k, std::uint64_t planned) const;
};

/// Base of methods that make each step from one gradient: a rule for it is all that a new one needs.
///
///     explicit HeavyBall(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}
///     void update(Vector& theta, const Vector& gradient, Real rate, std::uint64_t) override { ... }
///     Vector& velocity_ = memory("velocity");
///
/// No step is made from a gradient that is not finite, nor to parameters that are not.
class MFG_API FirstOrderOptimizer : public Optimizer {
public:
    FirstOrderOptimizer(const FirstOrderOptimizer&) = delete;
    FirstOrderOptimizer& operator=(const FirstOrderOptimizer&) = delete;

    StepReport step(Objective& objective, Vector& theta) final;
    void plan(std::uint64_t steps) final { planned_ = steps; }
    void reset() final;
    void state(Archive& archive) final;

protected:
    explicit FirstOrderOptimizer(const FirstOrderSettings& settings);

    /// Changes `theta`, given the gradient there (clipped, where that is asked for), the learning rate of this step
    /// and its number k, from 1.
    virtual void update(Vector& theta, const Vector& gradient, Real rate, std::uint64_t k) = 0;
    /// What the method remembers from step to step, e.g. a momentum: a vector with an entry for each parameter that is
    /// zero in the first step, and saved under its name. To be called once for each, when the object is made; the
    /// vector lives as long as the object.
    Vector& memory(const std::string& name);

private:
    struct Memory {
        std::string name;
        Vector values;
    };

    FirstOrderSettings settings_;
    std::uint64_t steps_ = 0, planned_ = 0;
    std::deque<Memory> memory_;  // whose entries stay where they are
    Vector gradient_, before_;
};

}  // namespace mfg
