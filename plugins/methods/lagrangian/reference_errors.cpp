#include "reference_errors.hpp"

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Accumulates |difference|^2 and |exact|^2.
class RelativeNorm {
public:
    void add(const Variable& learned, const Variable& exact)
    {
        for (int r = 0; r < exact.rows(); ++r) {
            for (int c = 0; c < exact.columns(); ++c) {
                const Real difference = learned(r, c) - exact(r, c);
                difference_ += difference * difference;
                sum_ += difference;
                exact_ += exact(r, c) * exact(r, c);
            }
        }
        count_ += static_cast<Real>(exact.size());
    }
    bool any() const { return count_ > 0; }
    Real value() const { return std::sqrt(difference_ / exact_); }
    /// The same with the mean of the difference taken out.
    Real value_without_mean() const { return std::sqrt((difference_ - sum_ * sum_ / count_) / exact_); }

private:
    Real difference_ = 0, exact_ = 0, sum_ = 0, count_ = 0;
};

}  // namespace

std::map<std::string, Real> reference_errors(const LearnedPaths& learned, const Matrix& samples, bool with_constant)
{
    const MeanFieldGame& game = learned.paths.game();
    const auto reference = game.reference();
    if (!reference || !reference->value) return {};

    constexpr int intervals = 8;
    const int d = game.dimension();
    const Real horizon = game.horizon();
    RelativeNorm value, gradient, log_density;
    learned.map(samples, 0, [&](Tape& tape, const VariableList& prepared, const Variable& in) {
        Variable x = in.rows(0, d), w = in.rows(d, 1);
        for (int k = 0; k <= intervals; ++k) {
            const Real t = horizon * k / intervals;
            const Jet phi = learned.paths.field(tape, prepared, x, t, 1);
            const Jet time(tape.constant(1, x.columns(), t));
            const Jet exact = reference->value({Jet::coordinates(x, JetShape::of(1, d, false)), time, {}});
            value.add(phi.value(), exact.value());
            gradient.add(phi.gradient(), exact.gradient());
            if (reference->log_density) log_density.add(w, reference->log_density({Jet(x), time, {}}).value());
            if (k == intervals) break;
            StepControl steps = learned.steps;
            steps.steps = (steps.steps + intervals - 1) / intervals;
            const PathEnd end = learned.paths.integrate(tape, prepared, {x, w}, t, t + horizon / intervals, steps);
            x = end.x;
            w = end.log_density;
        }
        return tape.constant(0, x.columns());
    });

    std::map<std::string, Real> errors{{"value", with_constant ? value.value() : value.value_without_mean()},
                                       {"gradient", gradient.value()}};
    errors["control"] = gradient.value();  // v = -grad Phi / a1: the same relative norm
    if (log_density.any()) errors["log_density"] = log_density.value();
    return errors;
}

std::map<std::string, Real> round_trip(const LearnedPaths& learned, const Matrix& samples)
{
    const std::size_t n = samples.shape(0), d = static_cast<std::size_t>(learned.paths.game().dimension());
    Matrix start = make_matrix(n, d), moved = make_matrix(n, d);
    const auto copy_points = [&](const Matrix& from, Matrix& to) {
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < d; ++k) to(i, k) = from(i, k);
    };
    copy_points(samples, start);
    const Real horizon = learned.paths.game().horizon();
    copy_points(learned.flow(start, 0, horizon), moved);
    const Matrix back = learned.flow(moved, horizon, 0);
    Real sum = 0, largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Real squares = 0;
        for (std::size_t k = 0; k < d; ++k) squares += (back(i, k) - start(i, k)) * (back(i, k) - start(i, k));
        sum += std::sqrt(squares);
        largest = std::max(largest, std::sqrt(squares));
    }
    return {{"mean", sum / static_cast<Real>(n)}, {"largest", largest}};
}

}  // namespace mfg
