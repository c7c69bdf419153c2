#include <mfg/assessment/responses.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

PathResponse::PathResponse(const Solution& solution, const AgentCosts& costs, const Matrix& starts, int intervals,
                           const RandomStream& stream)
    : solution_(solution),
      costs_of_(costs),
      population_(solution, intervals, stream),
      starts_(starts),
      intervals_(intervals),
      start_(make_vector(starts.size() * static_cast<std::size_t>(intervals))),
      costs_(make_vector(starts.shape(0)))
{
    const Real h = solution.problem().horizon() / intervals;
    const Cube paths = simulate(solution, starts, SimulationSettings::accurate(intervals), stream).positions;
    for (std::size_t i = 0; i < starts.shape(0); ++i)
        for (int k = 0; k < intervals; ++k)
            for (std::size_t j = 0; j < starts.shape(1); ++j)
                start_(place(i, k, j)) = (paths(k + 1, i, j) - paths(k, i, j)) / h;
}

Vector PathResponse::straight_velocities(const Matrix& ends) const
{
    Vector velocities = make_vector(start_.size());
    for (std::size_t i = 0; i < ends.shape(0); ++i)
        for (int k = 0; k < intervals_; ++k)
            for (std::size_t j = 0; j < ends.shape(1); ++j)
                velocities(place(i, k, j)) = (ends(i, j) - starts_(i, j)) / solution_.problem().horizon();
    return velocities;
}

std::size_t PathResponse::place(std::size_t i, std::size_t k, std::size_t j) const
{
    // A batch of agents after the other: rows are the components of all velocities, columns its agents.
    const std::size_t n = starts_.shape(0), d = starts_.shape(1), first = i - i % batch();
    const std::size_t count = std::min(batch(), n - first);
    return first * intervals_ * d + (k * d + j) * count + i - first;
}

std::size_t PathResponse::batch() const
{
    // By the size of their jets alone, so that results do not depend on threads, nor memory on the dimension.
    return std::clamp<std::size_t>(1024 / starts_.shape(1), 8, 64);
}

Real PathResponse::evaluate(const Vector& theta, Vector* gradient)
{
    const std::size_t n = starts_.shape(0), each = theta.size() / n, batches = (n + batch() - 1) / batch();
    if (gradient) gradient->fill(0);
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(batches, worth_a_task, [&](std::size_t begin, std::size_t end) {
        const KeptTape kept;
        Tape& tape = *kept;
        for (std::size_t b = begin; b < end; ++b) {
            const std::size_t first = b * batch(), count = std::min(batch(), n - first);
            tape.begin(gradient != nullptr);
            const int rows = static_cast<int>(each), columns = static_cast<int>(count);
            const Real* velocities = theta.data() + first * each;
            const Variable paid = cost(tape, first, columns,
                                       gradient ? tape.leaf(velocities, gradient->data() + first * each, rows, columns)
                                                : tape.constant_view(velocities, rows, columns));
            std::copy_n(paid.data(), count, &costs_(first));
            if (!gradient) continue;
            std::fill_n(tape.adjoint(paid), count, 1 / static_cast<Real>(n));
            tape.reverse();
        }
    });
    Real sum = 0;
    for (const Real paid : costs_) sum += paid;
    return sum / static_cast<Real>(n);
}

Variable PathResponse::cost(Tape& tape, std::size_t first, int count, const Variable& velocities) const
{
    const Index d = columns(starts_);
    const Real h = solution_.problem().horizon() / intervals_;
    const auto at = [&](const Variable& x, Real t) { return vconcat({x, tape.constant(1, count, t)}); };
    const auto running = [&](const Variable& points, int k) { return costs_of_.running(tape, points, population_, k); };
    Variable x = columns_of(tape, starts_, first, count);
    Variable paid = combine({{h / 2, running(at(x, 0), 0)}});
    for (int k = 1; k <= intervals_; ++k) {
        const Variable v = velocities.rows((k - 1) * d, d);
        const Variable middle = combine({{1, x}, {h / 2, v}});
        x = combine({{1, x}, {h, v}});
        const Variable points = at(x, h * k);
        paid = combine({{1, paid},
                        {h, costs_of_.control(at(middle, h * (k - 0.5)), v)},
                        {k < intervals_ ? h : h / 2, running(points, k)},
                        {1, k < intervals_ ? Variable{} : costs_of_.terminal(tape, points)}});
    }
    return paid;
}

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
    const Index d = columns(starts), numbers = d * steps_;
    Matrix samples = make_matrix(rows(starts), d + numbers);
    first_columns(samples, d) = starts;
    for (Index i = 0; i < rows(samples); ++i) noise.normal(i, numbers, &samples(i, d));
    return samples;
}

Variable FeedbackResponse::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                      const Variable&) const
{
    const Problem& problem = solution_.problem();
    const Index d = problem.dimension(), n = samples.columns();
    const bool time = !problem.stationary();
    const Real duration = playing_time(problem), h = duration / steps_;
    const Real spread = std::sqrt(2 * problem.viscosity() * h);
    const auto at = [&](const Variable& x, Real t) { return time ? vconcat({x, tape.constant(1, n, t)}) : x; };
    Variable x = samples.rows(0, d), paid;
    for (int k = 0; k < steps_; ++k) {
        const Variable points = at(x, h * k);
        const Variable v =
            solution_.velocity(solution_.evaluate(tape, parameters, points, 1, solution_.control_part())).value();
        paid = combine({{1, paid}, {h, costs_.control(points, v)}, {h, costs_.running(tape, points, population_, k)}});
        x = combine({{1, x}, {h, v}, {spread, samples.rows((k + 1) * d, d)}});
    }
    const Variable points = at(x, duration);
    if (time) return combine({{1, paid}, {1, costs_.terminal(tape, points)}});
    return combine(
        {{1, paid}, {1, solution_.fields(tape, points, 0, Solution::Part::values).unknowns[0].values.value.value()}});
}

}  // namespace mfg
