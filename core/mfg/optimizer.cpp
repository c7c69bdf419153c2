#include <mfg/optimizer.hpp>
#include <mfg/training/line_search.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

// Out of line, so that each type has one vtable and one type_info in the whole process.
Objective::~Objective() = default;
Optimizer::~Optimizer() = default;

void Optimizer::plan(std::uint64_t) {}

StepReport FirstOrderOptimizer::step(Objective& objective, Vector& theta)
{
    if (gradient_.size() != theta.size()) {
        gradient_ = make_vector(theta.size());
        before_ = make_vector(theta.size());
    }
    StepReport report;
    report.objective = objective.value_and_gradient(theta, gradient_);
    report.gradient_norm = euclidean_norm(gradient_);
    // One gradient that is not finite would spoil the parameters and the momenta for good.
    if (!std::isfinite(report.objective) || !std::isfinite(report.gradient_norm)) {
        report.progress = false;
        return report;
    }
    std::copy(theta.begin(), theta.end(), before_.begin());
    update(theta, gradient_, ++steps_);
    for (std::size_t i = 0; i < theta.size(); ++i) before_.data()[i] = theta.data()[i] - before_.data()[i];
    report.step_length = euclidean_norm(before_);
    return report;
}

void FirstOrderOptimizer::reset()
{
    steps_ = 0;
    clear();
}

void FirstOrderOptimizer::state(Archive& archive)
{
    archive("steps", steps_);
    archive("planned", planned_);
    save_state(archive);
}

}  // namespace mfg
