#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/training/residual_rows.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Where results go.
struct Rows {
    Vector& residuals;
    Matrix& jacobian;
};

/// The residuals `[q x count]` of some samples; their derivatives will be added to `gradient`.
Variable residuals_of(Tape& tape, const ResidualSample& sample, const Real* parameters, Real* gradient, Index first,
                      Index count)
{
    tape.begin(true);
    const Index features = columns(sample.samples);
    const VariableList variables = sample.subset.variables(tape, parameters, gradient);
    const Variable own = tape.constant(features, count);
    for (Index f = 0; f < features; ++f)
        for (Index i = 0; i < count; ++i) own.write_row(f)[i] = sample.samples(first + i, f);
    const Variable shared = sample.shared.size() == 0
                                ? Variable{}
                                : tape.constant_view(sample.shared.data(), rows(sample.shared), columns(sample.shared));
    const Variable all = sample.loss.residuals(tape, variables, own, shared);
    require_shape(all, length(sample.weights), count, "residuals of a loss");
    return all;
}

/// The factor of an integrand's residuals.
Real factor(const ResidualSample& sample, Index integrand)
{
    return std::sqrt(sample.weights(integrand) / static_cast<Real>(rows(sample.samples)));
}

void linearise_tile(Tape& tape, const ResidualSample& sample, const Real* parameters, Index first, Index count, Rows to)
{
    const Index group = sample.loss.group(), integrands = length(sample.weights), groups = count / group;
    const Index first_row = first * integrands, own = static_cast<Index>(sample.subset.size());
    Real* derivatives = &to.jacobian(first_row, 0);
    const Variable all = residuals_of(tape, sample, parameters, derivatives, first, count);
    std::fill_n(derivatives, count * integrands * own, Real(0));
    for (Index q = 0; q < integrands; ++q)
        for (Index member = 0; member < group; ++member) {
            const Index row = q * group + member;
            for (Index g = 0; g < groups; ++g)
                to.residuals(first_row + g * integrands * group + row) = factor(sample, q) * all(q, g * group + member);
            if (!all.active()) continue;
            Real* seeds = tape.adjoint(all) + q * all.stride() + member;
            for (Index g = 0; g < groups; ++g) seeds[g * group] = factor(sample, q);
            tape.reverse({count, group, row * own, integrands * group * own});
        }
}

/// Each group is a computation of its own, so that a sweep of any operations gives the derivatives of one residual.
void linearise_group(Tape& tape, const ResidualSample& sample, const Real* parameters, Index first, Rows to)
{
    const Index group = sample.loss.group(), integrands = length(sample.weights);
    for (Index q = 0; q < integrands; ++q)
        for (Index member = 0; member < group; ++member) {
            // A sweep uses up what was recorded.
            const Index row = first * integrands + q * group + member;
            Real* derivatives = &to.jacobian(row, 0);
            std::fill_n(derivatives, sample.subset.size(), Real(0));
            const Variable all = residuals_of(tape, sample, parameters, derivatives, first, group);
            to.residuals(row) = factor(sample, q) * all(q, member);
            if (!all.active()) continue;
            tape.adjoint(all)[q * all.stride() + member] = factor(sample, q);
            tape.reverse();
        }
}

}  // namespace

void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian)
{
    const Index count = rows(sample.samples), tile = sample.tile, group = sample.loss.group();
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(
        static_cast<std::size_t>((count + tile - 1) / tile), worth_a_task, [&](std::size_t begin, std::size_t end) {
            const KeptTape kept;
            for (Index t = begin; t < static_cast<Index>(end); ++t) {
                const Index first = t * tile, after = std::min(first + tile, count);
                try {
                    linearise_tile(*kept, sample, parameters.data(), first, after - first, {residuals, jacobian});
                } catch (const NotSeparable&) {
                    for (Index i = first; i < after; i += group)
                        linearise_group(*kept, sample, parameters.data(), i, {residuals, jacobian});
                }
            }
        });
}

}  // namespace mfg
