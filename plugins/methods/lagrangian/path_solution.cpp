#include "path_solution.hpp"
#include <mfg/game/simulation.hpp>
#include <mfg/training/objective.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {
namespace {

std::map<std::string, Real> round_trip(const Solution& solution, const Matrix& starts)
{
    const SimulationSettings forward{1};
    SimulationSettings backward = forward;
    backward.from = solution.problem().horizon();
    backward.duration = -backward.from;
    const RandomStream no_noise(0, "none");
    const Matrix ends = simulate(solution, starts, forward, no_noise).at(1);
    const Matrix back = simulate(solution, ends, backward, no_noise).at(1);
    Real sum = 0, largest = 0;
    for (std::size_t i = 0; i < starts.shape(0); ++i) {
        Real squares = 0;
        for (std::size_t k = 0; k < starts.shape(1); ++k)
            squares += (back(i, k) - starts(i, k)) * (back(i, k) - starts(i, k));
        sum += std::sqrt(squares);
        largest = std::max(largest, std::sqrt(squares));
    }
    return {{"mean", sum / static_cast<Real>(starts.shape(0))}, {"largest", largest}};
}

}  // namespace

Fields PathSolution::evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                              Part part) const
{
    const int d = paths_.game().dimension();
    const VariableList prepared = paths_.prepare(tape, parameters);
    Fields f;
    f.x = Jet(points.rows(0, d));
    f.t = Jet(points.rows(d, 1));
    f.unknowns[0].name = "phi";
    f.unknowns[1].name = "log_density";
    if (part != Part::densities) f.unknowns[0].values = paths_.value_function(tape, prepared, points, order);
    if (part != Part::values)
        f.unknowns[1].values.value = Jet(paths_.log_density(tape, prepared, points, settings_.steps));
    return f;
}

Measures PathSolution::measures(const RandomStream& stream, int samples) const
{
    PathLossSettings unweighted = settings_;
    unweighted.hjb_weight = unweighted.hjb_terminal_weight = 1;
    unweighted.squared_violations = true;
    const PathLoss violation(paths_, unweighted);
    SampledObjective objective(violation, layout_, 1);
    objective.draw_sample(stream, samples, 0);
    const Evaluation terms = objective.value(parameters_);
    // An integrator with a negative weight may find less than nothing.
    const Real square = std::max(Real(0), terms.terms[3]) / paths_.game().horizon();
    return {{"residuals", {{"hjb", std::sqrt(square)}, {"hjb_terminal", std::sqrt(terms.terms[4])}}},
            {"round_trip", round_trip(*this, paths_.game().initial_density().sample(stream, samples))}};
}

}  // namespace mfg
