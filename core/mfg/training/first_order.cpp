#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/training/first_order.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// What the schedule multiplies the rate by in step k of `planned`.
Real factor(const FirstOrderSettings& s, std::uint64_t k, std::uint64_t planned)
{
    const auto first = static_cast<std::uint64_t>(s.warm_up);
    if (k <= first) return static_cast<Real>(k) / static_cast<Real>(first);
    if (s.schedule == "constant") return 1;
    const std::uint64_t gone = k - first - 1;
    if (s.schedule == "step")
        return std::pow(s.decay, static_cast<Real>(gone / static_cast<std::uint64_t>(s.step_every)));
    const std::uint64_t last = planned > first + 1 ? planned - first - 1 : 0;
    const Real share = last == 0 ? 0 : std::min(Real(1), static_cast<Real>(gone) / static_cast<Real>(last));
    if (s.schedule == "exponential") return std::pow(s.decay, share);
    return s.decay + (1 - s.decay) * (1 + std::cos(pi * share)) / 2;
}

}  // namespace

void FirstOrderSettings::declare(Options& options)
{
    options("learning_rate", learning_rate, "learning rate eta", positive);
    options("schedule", schedule,
            "learning rate over the steps of a level: constant, decreasing to the fraction `decay` (cosine, "
            "exponential), or multiplied by `decay` every `step_every` steps",
            {"constant", "cosine", "exponential", "step"});
    options("decay", decay, "fraction of the learning rate that is left in the last step, or after each `step`",
            Range{0, 1, true});
    options("step_every", step_every, "steps between changes of the rate, for `schedule` = step", at_least(1));
    options("warm_up", warm_up, "number of first steps in which the rate rises linearly, before the schedule begins",
            at_least(0));
    options("clip", clip, "gradients with a larger Euclidean norm are scaled down to this norm; 0: never", nonnegative);
}

Real FirstOrderSettings::rate(std::uint64_t k, std::uint64_t planned) const
{
    return learning_rate * factor(*this, k, planned);
}

FirstOrderOptimizer::FirstOrderOptimizer(const FirstOrderSettings& settings) : settings_(settings) {}

Vector& FirstOrderOptimizer::memory(const std::string& name)
{
    for (const Memory& other : memory_)
        if (other.name == name) throw Error("optimizer: two vectors of its memory are called '" + name + "'");
    return memory_.emplace_back(Memory{name, make_vector(0)}).values;
}

StepReport FirstOrderOptimizer::step(Objective& objective, Vector& theta)
{
    const std::size_t n = theta.size();
    for (Vector* work : {&gradient_, &before_})
        if (work->size() != n) *work = make_vector(n);
    for (Memory& memory : memory_)
        if (memory.values.size() != n) memory.values = make_vector(n);
    StepReport report;
    report.objective = objective.value_and_gradient(theta, gradient_);
    report.gradient_norm = euclidean_norm(gradient_);
    // One gradient that is not finite would spoil the parameters and the memory for good.
    if (!std::isfinite(report.objective) || !std::isfinite(report.gradient_norm)) {
        report.progress = false;
        return report;
    }
    if (settings_.clip > 0 && report.gradient_norm > settings_.clip) {
        const Real share = settings_.clip / report.gradient_norm;
        for (Real& g : gradient_) g *= share;
    }
    std::copy(theta.begin(), theta.end(), before_.begin());
    ++steps_;
    update(theta, gradient_, settings_.rate(steps_, planned_), steps_);
    // The gradient is done with; its place takes the step.
    for (std::size_t i = 0; i < n; ++i) gradient_.data()[i] = theta.data()[i] - before_.data()[i];
    report.step_length = euclidean_norm(gradient_);
    if (!std::isfinite(report.step_length)) {
        std::copy(before_.begin(), before_.end(), theta.begin());
        report.progress = false;
    }
    return report;
}

void FirstOrderOptimizer::reset()
{
    steps_ = 0;
    for (Memory& memory : memory_) memory.values.fill(0);
}

void FirstOrderOptimizer::state(Archive& archive)
{
    archive("steps", steps_);
    archive("planned", planned_);
    // Before the first step there is nothing to remember.
    if (steps_ == 0 && archive.loading()) reset();
    if (steps_ == 0) return;
    for (Memory& memory : memory_) archive.per_parameter("memory." + memory.name, memory.values);
}

}  // namespace mfg
