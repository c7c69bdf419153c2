#include <mfg/assessment/feedback_response.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

FeedbackResponse::FeedbackResponse(const LearnedGame& learned, const AgentCosts& costs, int steps)
    : learned_(learned),
      costs_(costs),
      company_(learned, steps, RandomStream(0, "agents that others are attracted to")),
      steps_(steps)
{
}

Matrix FeedbackResponse::sample(const RandomStream& stream, int count) const
{
    const Matrix starts = learned_.starts(stream.part(0), count);
    const RandomStream noise = stream.part(1);
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
    const MeanFieldGame& game = learned_.game();
    const int d = game.dimension(), n = samples.columns();
    const bool time = !game.stationary();
    const Real duration = learned_.duration(), h = duration / steps_;
    const Real spread = std::sqrt(2 * game.viscosity() * h);
    const auto at = [&](const Variable& x, Real t) { return time ? vconcat({x, tape.constant(1, n, t)}) : x; };
    Variable x = samples.rows(0, d), paid;
    for (int k = 0; k < steps_; ++k) {
        const Variable points = at(x, h * k), v = learned_.velocity(tape, parameters, points);
        paid = combine(
            {{1, paid}, {h, costs_.effort(points, v)}, {h, costs_.running(tape, points, company_.at(tape, k))}});
        x = combine({{1, x}, {h, v}, {spread, samples.rows((k + 1) * d, d)}});
    }
    const Variable points = at(x, duration);
    if (time) return combine({{1, paid}, {1, costs_.terminal(tape, points)}});
    const VariableList learned = learned_.layout().variables(tape, learned_.parameters().data(), nullptr);
    return combine({{1, paid}, {1, learned_.value(tape, learned, points)}});
}

}  // namespace mfg
