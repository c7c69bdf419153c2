#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/blas.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/training/residual_rows.hpp>

#include <algorithm>
#include <numeric>

namespace mfg {
namespace {

/// Samples that are computed together, and where their residuals and derivatives go: to the rows of samples from
/// `place` on, among those of `all` samples.
struct Tile {
    Index first, count, place, all;
    Real *residuals, *derivatives;

    Index row(const ResidualSample& sample, Index integrand) const
    {
        return sample.first(all, integrand) + place / sample.period(integrand);
    }
};

/// Writes the residuals of a tile to `rows`; their derivatives will be added to `gradient`.
void compute_rows(Tape& tape, const ResidualSample& sample, const Real* parameters, Real* gradient, const Tile& tile,
                  Variable* rows)
{
    const Index features = columns(sample.samples);
    const VariableList variables = sample.subset.variables(tape, parameters, gradient);
    const Variable own = tape.constant(features, tile.count);
    for (Index f = 0; f < features; ++f)
        for (Index i = 0; i < tile.count; ++i) own.write_row(f)[i] = sample.samples(tile.first + i, f);
    const Variable shared =
        sample.shared.size() == 0
            ? Variable{}
            : tape.constant_view(sample.shared.data(), mfg::rows(sample.shared), columns(sample.shared));
    sample.loss.residual_rows(tape, variables, own, shared, rows);
    for (Index q = 0; q < length(sample.weights); ++q)
        require_shape(rows[q], 1, tile.count / sample.period(q), "residuals of a loss");
}

void linearise_tile(Tape& tape, const ResidualSample& sample, const Real* parameters, const Tile& tile)
{
    const Index own = static_cast<Index>(sample.subset.size());
    Variable all[Evaluation::max_terms];
    compute_rows(tape, sample, parameters, tile.derivatives, tile, all);
    for (Index q = 0; q < length(sample.weights); ++q) {
        const Index row = tile.row(sample, q), count = all[q].columns();
        const Index group = sample.loss.residual_group(static_cast<int>(q));
        if (!all[q].active()) std::fill_n(tile.derivatives + row * own, count * own, Real(0));
        for (Index i = 0; i < count; ++i) tile.residuals[row + i] = sample.factor(q) * all[q](0, i);
        for (Index member = 0; member < group && all[q].active(); ++member) {
            Real* seeds = tape.adjoint(all[q]);
            for (Index i = member; i < count; i += group) seeds[i] = sample.factor(q);
            tape.reverse({count, group, (row + member) * own, group * own});
        }
    }
}

/// Each group is a computation of its own, so that a sweep of any operations gives the derivatives of one residual.
void linearise_group(Tape& tape, const ResidualSample& sample, const Real* parameters, const Tile& tile)
{
    const Index own = static_cast<Index>(sample.subset.size());
    Variable all[Evaluation::max_terms];
    for (Index q = 0; q < length(sample.weights); ++q)
        for (Index i = 0; i < tile.count / sample.period(q); ++i) {
            // A sweep uses up what was recorded.
            const Index row = tile.row(sample, q) + i;
            Real* derivatives = tile.derivatives + row * own;
            std::fill_n(derivatives, own, Real(0));
            tape.begin(true);
            compute_rows(tape, sample, parameters, derivatives, tile, all);
            tile.residuals[row] = sample.factor(q) * all[q](0, i);
            if (!all[q].active()) continue;
            tape.adjoint(all[q])[i] = sample.factor(q);
            tape.reverse();
        }
}

/// Calls `function(tape, first, count)` for all tiles of at most `most` samples, on all threads.
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
    tape.begin(true);
    try {
        linearise_tile(tape, sample, parameters, tile);
    } catch (const NotSeparable&) {
        const Index group = sample.loss.group();
        for (Index i = 0; i < tile.count; i += group)
            linearise_group(tape, sample, parameters,
                            {tile.first + i, group, tile.place + i, tile.all, tile.residuals, tile.derivatives});
    }
}

}  // namespace

void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian)
{
    for_tiles(sample, sample.tile, [&](Tape& tape, Index first, Index count) {
        linearise(tape, sample, parameters.data(),
                  {first, count, first, rows(sample.samples), residuals.data(), jacobian.data()});
    });
}

void multiply(const ResidualSample& sample, const Vector& parameters, const Vector& v, Vector& residuals,
              Vector& product, Vector& squares)
{
    // Numbers of a tile's Jacobian: little memory for each thread, and a few samples at least.
    constexpr Index most = Index{1} << 21;
    const Index group = sample.loss.group(), own = length(v), integrands = length(sample.weights);
    const Index groups = std::max<Index>(1, most / (sample.residuals(group) * own));
    for_tiles(sample, std::min<Index>(sample.tile, groups * group), [&](Tape& tape, Index first, Index count) {
        const Index local_rows = sample.residuals(count);
        thread_local Vector jacobian = make_vector(0), local = make_vector(0), image = make_vector(0);
        if (length(jacobian) < local_rows * own) jacobian = make_vector(local_rows * own);
        if (length(local) < local_rows) local = image = make_vector(local_rows);
        linearise(tape, sample, parameters.data(), {first, count, 0, count, local.data(), jacobian.data()});
        gemm(false, false, local_rows, 1, own, jacobian.data(), own, v.data(), 1, image.data(), 1, false);
        for (Index q = 0; q < integrands; ++q)
            for (Index i = 0; i < count / sample.period(q); ++i) {
                const Index from = sample.first(count, q) + i;
                const Index to = sample.first(rows(sample.samples), q) + first / sample.period(q) + i;
                const Real* row = &jacobian(from * own);
                residuals(to) = local(from);
                product(to) = image(from);
                squares(to) = std::inner_product(row, row + own, row, Real(0));
            }
    });
}

}  // namespace mfg
