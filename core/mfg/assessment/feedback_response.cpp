#include <mfg/assessment/feedback_response.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

FeedbackResponse::FeedbackResponse(const Solution& solution, const AgentCosts& costs, int steps)
    : solution_(solution),
      costs_(costs),
      population_(solution, steps, RandomStream(0, "agents that others are attracted to")),
      steps_(steps)
{
}

Matrix FeedbackResponse::sample(const RandomStream& stream, int count) const
{
    const Matrix starts = population_starts(solution_, stream.part("starts"), count);
    const RandomStream noise = stream.part("noise");
    const std::size_t d = starts.shape(1), numbers = d * static_cast<std::size_t>(steps_);
    Matrix rows = make_matrix(starts.shape(0), d + numbers);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        std::copy_n(&starts(i, 0), d, &rows(i, 0));
        noise.normal(i, static_cast<int>(numbers), &rows(i, d));
    }
    return rows;
}

Variable FeedbackResponse::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                      const Variable&) const
{
    const Problem& problem = solution_.problem();
    const int d = problem.dimension(), n = samples.columns();
    const bool time = !problem.stationary();
    const Real duration = playing_time(problem), h = duration / steps_;
    const Real spread = std::sqrt(2 * problem.viscosity() * h);
    const auto at = [&](const Variable& x, Real t) { return time ? vconcat({x, tape.constant(1, n, t)}) : x; };
    Variable x = samples.rows(0, d), paid;
    for (int k = 0; k < steps_; ++k) {
        const Variable points = at(x, h * k);
        const Variable v =
            solution_.velocity(solution_.evaluate(tape, parameters, points, 1, Solution::Part::values)).value();
        paid = combine({{1, paid}, {h, costs_.control(points, v)}, {h, costs_.running(tape, points, population_, k)}});
        x = combine({{1, x}, {h, v}, {spread, samples.rows((k + 1) * d, d)}});
    }
    const Variable points = at(x, duration);
    if (time) return combine({{1, paid}, {1, costs_.terminal(tape, points)}});
    return combine(
        {{1, paid}, {1, solution_.fields(tape, points, 0, Solution::Part::values).unknowns[0].values.value.value()}});
}

}  // namespace mfg
