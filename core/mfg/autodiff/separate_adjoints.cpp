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
void by_sample(const SampleColumns& columns, Index samples, Index blocks, Index first, Index count, Real* to)
{
    const Index rows = columns.rows;
    if (!columns.direction) {
        for (Index b = 0; b < blocks; ++b)
            for (Index r = 0; r < rows; ++r) {
                const Real* from = columns.from.row(r) + b * samples + first;
                Real* entry = to + b * rows + r;
                for (Index s = 0; s < count; ++s) entry[s * blocks * rows] = from[s];
            }
        return;
    }
    std::fill_n(to, count * blocks * rows, Real(0));
    const Index last = (blocks - 1) * rows;
    for (Index r = 0; r < rows; ++r) {
        const Real* from = columns.from.row(r) + first;
        const Index first_derivative = (1 + columns.direction[r]) * rows;
        const bool curved = columns.laplacian && columns.direction[r] < columns.spatial;
        for (Index s = 0; s < count; ++s) {
            Real* entry = to + s * blocks * rows + r;
            entry[0] = from[s];
            entry[first_derivative] = from[samples + s];
            if (curved) entry[last] = from[2 * samples + s];
        }
    }
}

}  // namespace

void pull_products(Tape& tape, const Variable& w, const SampleColumns& left, const SampleColumns& right, Index columns)
{
    const Separation& apart = *tape.separation(w);
    const Index blocks = blocks_of(apart, columns), m = left.rows, k = right.rows;
    // Few enough samples at a time for the nearest caches.
    constexpr Index near = 8192;
    const Index groups = apart.samples / apart.group, inner = apart.group * blocks;
    const Index at_once = std::clamp<Index>(near / (inner * (m + k)), 1, groups);
    Real* work = tape.workspace(at_once * inner * (m + k));
    Real* adjoint = tape.separate_adjoint(w);
    for (Index first = 0; first < groups; first += at_once) {
        const Index count = std::min(at_once, groups - first);
        Real *a = work, *b = work + count * inner * m;
        by_sample(left, apart.samples, blocks, first * apart.group, count * apart.group, a);
        by_sample(right, apart.samples, blocks, first * apart.group, count * apart.group, b);
        for (Index g = 0; g < count; ++g)
            gemm(true, false, m, k, inner, a + g * inner * m, m, b + g * inner * k, k,
                 adjoint + (first + g) * apart.stride, w.stride(), true);
    }
    tape.count(2.0 * m * k * columns);
}

void pull_sums(Tape& tape, const Variable& column, Index rows, Index columns, Real factor, Kernels::In bar,
               Kernels::In other)
{
    const Separation& apart = *tape.separation(column);
    const Index blocks = blocks_of(apart, columns), step = column.rows() == 1 ? 0 : column.stride();
    Real* adjoint = tape.separate_adjoint(column);
    for (Index r = 0; r < rows; ++r)
        for (Index b = 0; b < blocks; ++b) {
            const Real *x = bar.row(r) + b * apart.samples,
                       *y = other.data ? other.row(r) + b * apart.samples : nullptr;
            Real* to = adjoint + r * step;
            for (Index s = 0; s < apart.samples; ++s)
                to[s / apart.group * apart.stride] += factor * x[s] * (y ? y[s] : 1);
        }
    tape.count(2.0 * rows * columns);
}

}  // namespace mfg
