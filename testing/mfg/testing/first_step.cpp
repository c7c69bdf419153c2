#include <mfg/base/text.hpp>
#include <mfg/solver.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/training/objective.hpp>

#include <fmt/format.h>

#include <cmath>

namespace mfg {
namespace {

/// Objective and gradient of a player on a few samples, as its optimizer sees them.
Real objective_of(const Player& player, const Formulation& formulation, const Vector& parameters)
{
    constexpr int samples = 32;
    const ParameterSubset subset(formulation.layout(), player.fields());
    SampledObjective objective(player.loss(), subset, 1);
    objective.freeze(parameters, 1);
    objective.draw_training_sample(RandomStream(31, player.name()), samples, 2, parameters);
    Vector theta = make_vector(length(subset)), gradient = theta;
    subset.gather(parameters, theta);
    const Real value = objective.value_and_gradient(theta, gradient);
    SampledObjective validation(player.validated(), formulation.layout(), 1);
    validation.draw_sample(RandomStream(31, "validation"), samples, 0);
    validation.value(parameters);
    return value;
}

}  // namespace

CheckResult check_first_step(const Formulation& formulation)
{
    std::string objectives;
    bool finite = true;
    const auto add = [&](const std::string& name, Real objective) {
        finite = finite && std::isfinite(objective);
        objectives += fmt::format("{}{}: {:.4g}", objectives.empty() ? "" : ", ", name, objective);
    };
    if (const std::unique_ptr<Solver> solver = formulation.solver()) {
        add("objective of the solver", solver->step().objective);
    } else {
        Vector parameters = formulation.layout().initialise(31);
        formulation.refresh(parameters, RandomStream(31, "refresh"), 1);
        for (const Player& player : formulation.players())
            add("objective of " + player.name(), objective_of(player, formulation, parameters));
    }
    return {"a first step can be made", finite, objectives};
}

}  // namespace mfg
