#include <mfg/training/learning_rate.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

void LearningRate::declare(Options& options)
{
    options("schedule", schedule,
            "the learning rate over the steps of a level: constant, falling to the share `decay` as half a cosine or "
            "exponentially, or multiplied by `decay` every `step_every` steps",
            {"constant", "cosine", "exponential", "step"});
    options("decay", decay, "share of the learning rate that is left in the last step, or after each `step`",
            Range{0, 1, true});
    options("step_every", step_every, "steps between changes of the rate, for schedule = step", at_least(1));
    options("warm_up", warm_up, "first steps, in which the rate rises linearly; the schedule begins after them",
            at_least(0));
}

Real LearningRate::factor(std::uint64_t k, std::uint64_t planned) const
{
    const auto first = static_cast<std::uint64_t>(warm_up);
    if (k <= first) return static_cast<Real>(k) / static_cast<Real>(first);
    if (schedule == "constant") return 1;
    const std::uint64_t gone = k - first - 1;
    if (schedule == "step") return std::pow(decay, static_cast<Real>(gone / static_cast<std::uint64_t>(step_every)));
    const std::uint64_t last = planned > first + 1 ? planned - first - 1 : 0;
    const Real share = last == 0 ? 0 : std::min(Real(1), static_cast<Real>(gone) / static_cast<Real>(last));
    if (schedule == "exponential") return std::pow(decay, share);
    constexpr Real pi = 3.14159265358979323846;
    return decay + (1 - decay) * (1 + std::cos(pi * share)) / 2;
}

}  // namespace mfg
