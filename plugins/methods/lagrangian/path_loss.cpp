#include "path_loss.hpp"
#include <mfg/base/error.hpp>

#include <algorithm>

namespace mfg {

Matrix PathLoss::training_sample(const RandomStream& stream, int count, const Vector&) const
{
    const RandomStream law = stream.with(settings_.sampling, paths_.game().dimension());
    return with_columns(paths_.game().initial_density().sample(law, count), stream);
}

Matrix PathLoss::with_columns(const Matrix& points, const RandomStream& stream) const
{
    constexpr std::uint64_t first_item = std::uint64_t{1} << 62;  // beyond the items of the starting points
    const Index d = columns(points);
    const Vector log_density = log_density_at(paths_.game().initial_density(), points);
    Matrix samples = make_matrix(rows(points), settings_.hutchinson ? 2 * d + 1 : d + 1);
    for (Index i = 0; i < rows(points); ++i) {
        std::copy_n(&points(i, 0), d, &samples(i, 0));
        samples(i, d) = log_density(i);
        if (!settings_.hutchinson) continue;
        Real* probe = &samples(i, d + 1);
        stream.uniform(first_item + i, d, probe);
        for (Index k = 0; k < d; ++k) probe[k] = probe[k] < Real(0.5) ? -1 : 1;
    }
    return samples;
}

Matrix PathLoss::control_variates(const Matrix& samples, int max) const
{
    const int d = paths_.game().dimension();
    Matrix starts = make_matrix(rows(samples), d);
    for (Index i = 0; i < rows(samples); ++i) std::copy_n(&samples(i, 0), d, &starts(i, 0));
    return paths_.game().initial_density().control_variates(starts, max);
}

Matrix PathLoss::shared_batch(const RandomStream& stream) const
{
    if (!paths_.interaction()) return {};
    return paths_.game().initial_density().sample(stream, settings_.interaction_samples);
}

Variable PathLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                              const Variable& others) const
{
    if (!settings_.not_trainable.empty() && tape.recording()) throw Error(settings_.not_trainable);
    const MeanFieldGame& game = paths_.game();
    const int d = game.dimension();
    const CostWeights a = game.weights();
    using Violation = PathStart::Violation;
    const Violation squared_or_not = settings_.squared_violations ? Violation::squared : Violation::absolute;
    PathStart start{samples.rows(0, d), samples.rows(d, 1), settings_.hjb_weight > 0 ? squared_or_not : Violation::none,
                    others};
    if (settings_.hutchinson) start.probe = samples.rows(d + 1, d);
    const VariableList prepared = paths_.prepare(tape, parameters);
    const PathEnd end = paths_.integrate(tape, prepared, start, 0, game.horizon(), settings_.steps);

    const Jet last(tape.constant(1, samples.columns(), game.horizon()));
    const CostAndCoupling g = terminal_.costs(end.x, last, end.log_density);
    Variable mismatch;
    if (settings_.hjb_terminal_weight > 0) {
        const FieldValues phi = paths_.value_function(tape, prepared, at_time(end.x, game.horizon()), 0);
        mismatch = combine({{1, phi.value.value()}, {-a.terminal, g.coupling}});
        mismatch = settings_.squared_violations ? multiply(mismatch, mismatch) : absolute(mismatch);
    }
    const Variable none = tape.constant(1, samples.columns(), 0);
    const auto term = [&](Real weight, const Variable& v) {
        return v.exists() && weight != 0 ? combine({{weight, v}}) : none;
    };
    return vconcat({term(a.transport, end.transport), term(a.running, end.running), term(a.terminal, g.cost),
                    term(settings_.hjb_weight, end.hjb), term(settings_.hjb_terminal_weight, mismatch)});
}

}  // namespace mfg
