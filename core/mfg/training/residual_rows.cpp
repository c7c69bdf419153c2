#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/blas.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/training/residual_rows.hpp>

#include <algorithm>
#include <numeric>

namespace mfg {
namespace {

/// Samples that are computed together, and where their rows go: `count * integrands` residuals and derivatives.
struct Tile {
    Index first, count;
    Real *residuals, *derivatives;
};

/// The residuals `[q x count]` of some samples; their derivatives will be added to `gradient`.
Variable residuals_of(Tape& tape, const ResidualSample& sample, const Real* parameters, Real* gradient, Index first,
                      Index count)
{
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

void linearise_tile(Tape& tape, const ResidualSample& sample, const Real* parameters, const Tile& tile)
{
    const Index group = sample.loss.group(), integrands = length(sample.weights);
    const Index own = static_cast<Index>(sample.subset.size()), first_row = sample.row(tile.first, 0);
    const Variable all = residuals_of(tape, sample, parameters, tile.derivatives, tile.first, tile.count);
    if (!all.active()) std::fill_n(tile.derivatives, tile.count * integrands * own, Real(0));
    for (Index q = 0; q < integrands; ++q)
        for (Index member = 0; member < group; ++member) {
            const auto row = [&](Index i) { return sample.row(tile.first + i, q) - first_row; };
            for (Index i = member; i < tile.count; i += group) tile.residuals[row(i)] = sample.factor(q) * all(q, i);
            if (!all.active()) continue;
            Real* seeds = tape.adjoint(all) + q * all.stride();
            for (Index i = member; i < tile.count; i += group) seeds[i] = sample.factor(q);
            tape.reverse({tile.count, group, row(member) * own, integrands * group * own});
        }
}

/// Each group is a computation of its own, so that a sweep of any operations gives the derivatives of one residual.
void linearise_group(Tape& tape, const ResidualSample& sample, const Real* parameters, const Tile& tile)
{
    const Index own = static_cast<Index>(sample.subset.size()), first_row = sample.row(tile.first, 0);
    for (Index q = 0; q < length(sample.weights); ++q)
        for (Index i = 0; i < tile.count; ++i) {
            // A sweep uses up what was recorded.
            const Index row = sample.row(tile.first + i, q) - first_row;
            Real* derivatives = tile.derivatives + row * own;
            std::fill_n(derivatives, own, Real(0));
            tape.begin(true);
            const Variable all = residuals_of(tape, sample, parameters, derivatives, tile.first, tile.count);
            tile.residuals[row] = sample.factor(q) * all(q, i);
            if (!all.active()) continue;
            tape.adjoint(all)[q * all.stride() + i] = sample.factor(q);
            tape.reverse();
        }
}

/// Calls `function(tape, tile)`, which has rows of derivatives in `tile`, for all tiles of at most `most` samples.
template <class Function>
void for_tiles(const ResidualSample& sample, Index most, const Function& function)
{
    const Index count = rows(sample.samples);
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(static_cast<std::size_t>((count + most - 1) / most), worth_a_task,
                  [&](std::size_t begin, std::size_t end) {
                      const KeptTape kept;
                      for (Index t = begin; t < static_cast<Index>(end); ++t)
                          function(*kept, t * most, std::min(most, count - t * most));
                  });
}

void linearise(Tape& tape, const ResidualSample& sample, const Real* parameters, const Tile& tile)
{
    try {
        linearise_tile(tape, sample, parameters, tile);
    } catch (const NotSeparable&) {
        const Index group = sample.loss.group(), integrands = length(sample.weights);
        const Index own = static_cast<Index>(sample.subset.size());
        for (Index i = 0; i < tile.count; i += group)
            linearise_group(
                tape, sample, parameters,
                {tile.first + i, group, tile.residuals + i * integrands, tile.derivatives + i * integrands * own});
    }
}

}  // namespace

void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian)
{
    for_tiles(sample, sample.tile, [&](Tape& tape, Index first, Index count) {
        const Index row = sample.row(first, 0);
        tape.begin(true);
        linearise(tape, sample, parameters.data(), {first, count, &residuals(row), &jacobian(row, 0)});
    });
}

void multiply(const ResidualSample& sample, const Vector& parameters, const Vector& v, Vector& residuals,
              Vector& product, Vector& squares)
{
    // Numbers of a tile's Jacobian: little memory for each thread, and a few samples at least.
    constexpr Index most = Index{1} << 21;
    const Index group = sample.loss.group(), own = length(v), integrands = length(sample.weights);
    const Index groups = std::max<Index>(1, most / (group * integrands * own));
    for_tiles(sample, std::min<Index>(sample.tile, groups * group), [&](Tape& tape, Index first, Index count) {
        const Index row = sample.row(first, 0), rows = count * integrands;
        thread_local Vector jacobian = make_vector(0);
        if (length(jacobian) < rows * own) jacobian = make_vector(rows * own);
        tape.begin(true);
        linearise(tape, sample, parameters.data(), {first, count, &residuals(row), jacobian.data()});
        gemm(false, false, rows, 1, own, jacobian.data(), own, v.data(), 1, &product(row), 1, false);
        for (Index i = 0; i < rows; ++i)
            squares(row + i) =
                std::inner_product(&jacobian(i * own), &jacobian(i * own) + own, &jacobian(i * own), Real(0));
    });
}

}  // namespace mfg
