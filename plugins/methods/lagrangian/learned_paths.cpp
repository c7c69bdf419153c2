#include "learned_paths.hpp"

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

StepControl steps_between(const LearnedPaths& learned, Real t0, Real t1)
{
    const Real share = std::abs(t1 - t0) / learned.paths.game().horizon();
    StepControl control = learned.steps;
    control.steps = std::max(1, static_cast<int>(std::ceil(share * control.steps - 1e-9)));
    return control;
}

}  // namespace

Matrix LearnedPaths::flow(const Matrix& points, Real t0, Real t1) const
{
    const int d = static_cast<int>(points.shape(1));
    return map(points, d + 1, [&](Tape& tape, const VariableList& prepared, const Variable& x) {
        const PathStart start{x, tape.constant(1, x.columns(), 0)};
        const PathEnd end = paths.integrate(tape, prepared, start, t0, t1, steps_between(*this, t0, t1));
        return vconcat({end.x, end.log_determinant});
    });
}

Matrix LearnedPaths::velocity(const Matrix& points, Real t) const
{
    const int d = static_cast<int>(points.shape(1));
    const MeanFieldGame& game = paths.game();
    return map(points, d, [&](Tape& tape, const VariableList& prepared, const Variable& x) {
        const Variable gradient = paths.field(tape, prepared, x, t, 1).gradient();
        const Jet drift = game.drift({Jet(x), Jet(tape.constant(1, x.columns(), t)), {}});
        return combine({{-1 / game.weights().transport, gradient}, {1, drift.is_zero() ? Variable{} : drift.value()}});
    });
}

std::vector<FieldTable> LearnedPaths::evaluate(const Matrix& points) const
{
    const int d = paths.game().dimension();
    const Matrix all = map(points, d + 4, [&](Tape& tape, const VariableList& prepared, const Variable& in) {
        const Jet phi = paths.field(tape, prepared, in, 2);
        return vconcat({phi.value(), phi.time_derivative(), phi.gradient(), phi.laplacian(),
                        paths.log_density(tape, prepared, in, steps)});
    });
    return {field_table("phi", all, {0, 1, 2, d + 2, d}), field_table("log_density", all, {d + 3})};
}

Cube LearnedPaths::trajectories(const Matrix& points, Real t0, Real t1, int times) const
{
    const std::size_t n = points.shape(0), d = points.shape(1), count = static_cast<std::size_t>(times);
    Cube result = Cube::from_shape({n, count, d});
    Matrix x = points;
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < d; ++j) result(i, k, j) = x(i, j);
        if (k + 1 == count) break;
        const Real h = (t1 - t0) / static_cast<Real>(count - 1), t = t0 + h * static_cast<Real>(k);
        const Matrix moved = flow(x, t, t + h);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < d; ++j) x(i, j) = moved(i, j);
    }
    return result;
}

}  // namespace mfg
