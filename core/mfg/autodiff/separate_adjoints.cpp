#include <mfg/autodiff/separate_adjoints.hpp>

#include <algorithm>

namespace mfg {
namespace {

Index blocks_of(const Separation& separation, Index columns)
{
    if (columns % separation.samples != 0)
        throw NotSeparable("tape: an operation whose columns are not those of samples");
    return columns / separation.samples;
}

/// Samples `first` to `first + count`, one after the other: `[blocks x rows]` each.
void by_sample(const SampleFeatures& x, Index samples, Index blocks, Index first, Index count, Real* to)
{
    const Index rows = x.rows;
    if (!x.direction) {
        for (Index b = 0; b < blocks; ++b)
            for (Index r = 0; r < rows; ++r) {
                const Real* from = x.from.row(r) + b * samples + first;
                Real* entry = to + b * rows + r;
                for (Index s = 0; s < count; ++s) entry[s * blocks * rows] = from[s];
            }
        return;
    }
    std::fill_n(to, count * blocks * rows, Real(0));
    const Index last = (blocks - 1) * rows;
    for (Index r = 0; r < rows; ++r) {
        const Real* from = x.from.row(r) + first;
        const Index first_derivative = (1 + x.direction[r]) * rows;
        const bool curved = x.laplacian && x.direction[r] < x.spatial;
        for (Index s = 0; s < count; ++s) {
            Real* entry = to + s * blocks * rows + r;
            entry[0] = from[s];
            entry[first_derivative] = from[samples + s];
            if (curved) entry[last] = from[2 * samples + s];
        }
    }
}

}  // namespace

void pull_products(Tape& tape, const Variable& w, Index rows, Index columns, Kernels::In bar, const SampleFeatures& x)
{
    const Separation& apart = *tape.separation(w);
    const Index blocks = blocks_of(apart, columns), samples = apart.samples, size = blocks * x.rows;
    // Few enough samples at a time for the nearest cache.
    constexpr Index near = 4096;
    const Index at_once = std::clamp<Index>(near / size, 1, samples);
    Real* features = tape.workspace(at_once * size);
    bool fresh = false;
    Real* adjoint = tape.separate_adjoint(w, fresh);
    for (Index first = 0; first < samples; first += at_once) {
        const Index count = std::min(at_once, samples - first);
        by_sample(x, samples, blocks, first, count, features);
        for (Index i = 0; i < count; ++i) {
            const Index s = first + i;
            kernels().outer_products(
                rows, x.rows, blocks, {bar.data + s, bar.stride}, samples, {features + i * size, x.rows},
                {adjoint + s / apart.group * apart.stride, w.stride(), !fresh || s % apart.group > 0});
        }
    }
    tape.count(2.0 * rows * x.rows * columns);
}

void pull_sums(Tape& tape, const Variable& column, Index rows, Index columns, Real factor, Kernels::In bar,
               Kernels::In other)
{
    const Index step = column.rows() == 1 ? 0 : column.stride();
    const Separation* separation = tape.separation(column);
    if (!separation)
        return kernels().sum_columns(rows, columns, factor, bar, other, {tape.adjoint(column), step, true});
    const Separation& apart = *separation;
    const Index blocks = blocks_of(apart, columns);
    bool fresh = false;
    Real* adjoint = tape.separate_adjoint(column, fresh);
    for (Index g = 0; fresh && g < apart.samples / apart.group; ++g)
        std::fill_n(adjoint + g * apart.stride, column.size(), Real(0));
    for (Index r = 0; r < rows; ++r)
        for (Index b = 0; b < blocks; ++b) {
            const Real *x = bar.row(r) + b * apart.samples,
                       *y = other.data ? other.row(r) + b * apart.samples : nullptr;
            Real* to = adjoint + r * step;
            for (Index s = 0; s < apart.samples; ++s)
                to[s / apart.group * apart.stride] += factor * x[s] * (y ? y[s] : 1);
        }
}

}  // namespace mfg
