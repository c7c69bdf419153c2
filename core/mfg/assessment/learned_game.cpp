#include <mfg/assessment/learned_game.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/random/resample.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

LearnedGame::~LearnedGame() = default;

Matrix LearnedGame::starts(const RandomStream& stream, int count) const
{
    if (!game().stationary()) return game().initial_density().sample(stream, count);
    // Points of the torus, chosen with the learned density as their probability.
    constexpr int candidates_each = 16;
    const Matrix candidates = game().initial_density().sample(stream, candidates_each * count);
    const Matrix w = map_points(candidates, 1, [this](Tape& tape, const Variable& x) { return log_density(tape, x); });
    const Real largest = *std::max_element(w.begin(), w.end());
    Vector weights = make_vector(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) weights(i) = std::exp(w(i, 0) - largest);
    const auto chosen = resample(weights, static_cast<std::size_t>(count), 0.5);
    Matrix points = make_matrix(chosen.size(), candidates.shape(1));
    for (std::size_t i = 0; i < chosen.size(); ++i)
        std::copy_n(&candidates(chosen[i], 0), candidates.shape(1), &points(i, 0));
    return points;
}

Real LearnedGame::duration() const
{
    if (!game().stationary()) return game().horizon();
    constexpr Real pi = 3.14159265358979323846;
    return std::min(Real(1), 5 / (4 * pi * pi * game().viscosity()));
}

Cube LearnedGame::paths(const Matrix& starts, int intervals, const RandomStream& stream) const
{
    constexpr int steps_each = 4;
    const std::size_t n = starts.shape(0), dimension = starts.shape(1);
    const int d = static_cast<int>(dimension), steps = intervals * steps_each;
    const Real h = duration() / steps, spread = std::sqrt(2 * game().viscosity() * h);
    const std::size_t numbers = spread > 0 ? dimension * static_cast<std::size_t>(steps) : 0;
    Matrix rows = make_matrix(n, dimension + numbers);
    for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(&starts(i, 0), dimension, &rows(i, 0));
        if (numbers > 0) stream.normal(i, static_cast<int>(numbers), &rows(i, dimension));
    }
    const Matrix flat = map_points(rows, d * intervals, [&](Tape& tape, const Variable& row) {
        const VariableList list = layout().variables(tape, parameters().data(), nullptr);
        const int columns = row.columns();
        const auto slope = [&](const Variable& x, Real t) {
            return velocity(tape, list, game().stationary() ? x : vconcat({x, tape.constant(1, columns, t)}));
        };
        Variable x = row.rows(0, d);
        const Variable all = tape.constant(d * intervals, columns);
        for (int step = 0; step < steps; ++step) {
            const Real t = h * step;
            const Variable k1 = slope(x, t), k2 = slope(combine({{1, x}, {h / 2, k1}}), t + h / 2),
                           k3 = slope(combine({{1, x}, {h / 2, k2}}), t + h / 2),
                           k4 = slope(combine({{1, x}, {h, k3}}), t + h);
            x = combine({{1, x},
                         {h / 6, k1},
                         {h / 3, k2},
                         {h / 3, k3},
                         {h / 6, k4},
                         {spread, numbers > 0 ? row.rows((step + 1) * d, d) : Variable{}}});
            if ((step + 1) % steps_each != 0) continue;
            for (int k = 0; k < d; ++k) std::copy_n(x.row(k), columns, all.write_row(step / steps_each * d + k));
        }
        return all;
    });
    Cube paths = Cube::from_shape({n, static_cast<std::size_t>(intervals + 1), dimension});
    for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(&starts(i, 0), dimension, &paths(i, 0, 0));
        std::copy_n(&flat(i, 0), flat.shape(1), &paths(i, 1, 0));
    }
    return paths;
}

Real LearnedGame::lowest_log_density(const RandomStream& stream) const
{
    constexpr int agents = 512, intervals = 8;
    const Cube paths = this->paths(starts(stream.part(0), agents), intervals, stream.part(1));
    const std::size_t n = paths.shape(0), times = paths.shape(1), d = paths.shape(2);
    Matrix points = make_matrix(n * times, static_cast<std::size_t>(coordinates()));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < times; ++k) {
            std::copy_n(&paths(i, k, 0), d, &points(i * times + k, 0));
            if (!game().stationary()) points(i * times + k, d) = duration() * static_cast<Real>(k) / intervals;
        }
    const Matrix w = map_points(points, 1, [this](Tape& tape, const Variable& x) { return log_density(tape, x); });
    return *std::min_element(w.begin(), w.end());
}

}  // namespace mfg
