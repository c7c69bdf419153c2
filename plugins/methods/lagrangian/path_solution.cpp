#include "path_solution.hpp"
#include <mfg/assessment/distances.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/training/objective.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {
namespace {

struct RoundTrip {
    Matrix ends;
    Real mean = 0, largest = 0;  ///< distance from the start after a path to the end and back
};

RoundTrip round_trip(const Solution& solution, const Matrix& starts)
{
    const SimulationSettings forward{1};
    SimulationSettings backward = forward;
    backward.from = solution.problem().horizon();
    backward.duration = -backward.from;
    const RandomStream no_noise(0, "none");
    RoundTrip trip{simulate(solution, starts, forward, no_noise).at(1)};
    const Matrix back = simulate(solution, trip.ends, backward, no_noise).at(1);
    for (std::size_t i = 0; i < starts.shape(0); ++i) {
        Real squares = 0;
        for (std::size_t k = 0; k < starts.shape(1); ++k)
            squares += (back(i, k) - starts(i, k)) * (back(i, k) - starts(i, k));
        trip.mean += std::sqrt(squares) / static_cast<Real>(starts.shape(0));
        trip.largest = std::max(trip.largest, std::sqrt(squares));
    }
    return trip;
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
    const Real horizon = paths_.game().horizon(), square = std::max(Real(0), terms.terms[3]) / horizon;
    const Real hjb = std::sqrt(square), hjb_terminal = std::sqrt(terms.terms[4]);

    const Matrix starts = paths_.game().initial_density().sample(stream, samples);
    const RoundTrip trip = round_trip(*this, starts);
    const Real deviation = std::max(spread(value("phi", with_time(problem(), starts, 0))),
                                    spread(value("phi", with_time(problem(), trip.ends, horizon))));
    const Real costs = std::max(std::abs(terms.terms[0]), std::abs(terms.terms[1])) / horizon;
    Measures measures{{"residuals", {{"hjb", hjb}, {"hjb_terminal", hjb_terminal}}},
                      {"relative_residuals", {{"hjb", hjb / costs}}},
                      {"round_trip", {{"mean", trip.mean}, {"largest", trip.largest}}}};
    // Nothing determines the constant in phi if the condition is not part of the objective.
    if (!value_up_to_constant()) measures["relative_residuals"]["hjb_terminal"] = hjb_terminal / deviation;
    return measures;
}

}  // namespace mfg
