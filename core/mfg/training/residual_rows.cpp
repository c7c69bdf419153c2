#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/training/residual_rows.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// The residuals `[q x group]` of one group of samples.
Variable residuals_of(Tape& tape, const ResidualSample& sample, const Real* parameters, Real* gradient, Index first)
{
    const Index group = sample.loss.group(), features = columns(sample.samples);
    const VariableList variables = sample.subset.variables(tape, parameters, gradient);
    const Variable own = tape.constant(features, group);
    for (Index f = 0; f < features; ++f)
        for (Index i = 0; i < group; ++i) own.write_row(f)[i] = sample.samples(first + i, f);
    const Variable shared = sample.shared.size() == 0
                                ? Variable{}
                                : tape.constant_view(sample.shared.data(), rows(sample.shared), columns(sample.shared));
    const Variable all = sample.loss.residuals(tape, variables, own, shared);
    require_shape(all, length(sample.weights), group, "residuals of a loss");
    return all;
}

}  // namespace

void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian)
{
    const Index group = sample.loss.group(), count = rows(sample.samples), integrands = length(sample.weights);
    const std::size_t own = sample.subset.size();
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(static_cast<std::size_t>(count / group), worth_a_task, [&](std::size_t begin, std::size_t end) {
        const KeptTape kept;
        Tape& tape = *kept;
        for (Index g = begin; g < static_cast<Index>(end); ++g)
            for (Index q = 0; q < integrands; ++q)
                for (Index i = 0; i < group; ++i) {
                    // A sweep uses up what was recorded.
                    const Index row = (g * integrands + q) * group + i;
                    Real* derivatives = &jacobian(row, 0);
                    std::fill_n(derivatives, own, Real(0));
                    tape.begin(true);
                    const Variable all = residuals_of(tape, sample, parameters.data(), derivatives, g * group);
                    const Real factor = std::sqrt(sample.weights(q) / static_cast<Real>(count));
                    residuals(row) = factor * all(q, i);
                    if (!all.active()) continue;
                    tape.adjoint(all)[q * all.stride() + i] = factor;
                    tape.reverse();
                }
    });
}

}  // namespace mfg
