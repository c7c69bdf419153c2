#include "generator.hpp"
#include <mfg/base/error.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

Matrix Generator::sample(const RandomStream& stream, int count, int agents) const
{
    const std::size_t d = game_.dimension();
    Matrix rows = sample_at(stream, count, 0);
    // A lattice with a random shift: times fill the horizon evenly and have nothing to do with the starting points.
    constexpr Real golden = 0.6180339887498949;
    Real shift = 0;
    stream.part("shift").uniform(0, 1, &shift);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        const Real u = shift + golden * static_cast<Real>(i / agents);
        rows(i, d) = game_.horizon() * (u - std::floor(u));
    }
    return rows;
}

Matrix Generator::sample_at(const RandomStream& stream, int count, Real t) const
{
    const std::size_t d = game_.dimension();
    const Matrix starts = game_.initial_density().sample(stream.part("starts"), count);
    Matrix rows = make_matrix(starts.shape(0), columns(), t);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        std::copy_n(&starts(i, 0), d, &rows(i, 0));
        if (has_noise()) stream.part("noise").normal(i, game_.dimension(), &rows(i, d + 1));
    }
    return rows;
}

Variable Generator::positions(Tape& tape, const VariableList& prepared, const Variable& samples) const
{
    const int d = game_.dimension(), n = samples.columns();
    const Variable t = samples.rows(d, 1);
    Variable y = samples.rows(0, d);
    if (has_noise()) {
        const Variable spread = tape.constant(1, n);
        for (int i = 0; i < n; ++i) spread.write()[i] = std::sqrt(2 * game_.viscosity() * t(0, i));
        y = combine({{1, y}, {1, multiply(samples.rows(d + 1, d), spread)}});
    }
    const Variable push = network_.evaluate(tape, prepared, Jet(vconcat({y, t}))).value();
    return combine({{1, y}, {1, multiply(push, t)}});
}

Generator::Motion Generator::motion(Tape& tape, const VariableList& prepared, const Variable& samples,
                                    bool with_velocity) const
{
    if (!with_velocity) return {positions(tape, prepared, samples), {}};
    if (has_noise()) throw Error("generator: agents with noise have no velocity");
    const int d = game_.dimension(), n = samples.columns();
    const Variable z = samples.rows(0, d), t = samples.rows(d, 1);
    // z and t with their derivatives in the one direction t.
    const Variable components = tape.constant(d + 1, 2 * n, 0);
    for (int r = 0; r <= d; ++r) std::copy_n(samples.row(r), n, components.write_row(r));
    std::fill_n(components.write_row(d) + n, n, Real(1));
    const Jet push = network_.evaluate(tape, prepared, Jet::from_components(components, JetShape{1, 1, 1}));
    const Variable value = push.value(), rate = push.derivative(0);
    return {combine({{1, z}, {1, multiply(value, t)}}), combine({{1, value}, {1, multiply(rate, t)}})};
}

}  // namespace mfg
