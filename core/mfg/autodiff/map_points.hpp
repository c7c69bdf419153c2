#pragma once
#include <mfg/autodiff/tape.hpp>

#include <algorithm>

namespace mfg {

/// `count` rows of `points` `[n x f]` from number `first` on, one a column: `[f x count]`, without adjoint.
inline Variable columns_of(Tape& tape, const Matrix& points, Index first, Index count)
{
    const Index features = columns(points);
    const Variable in = tape.constant(features, count);
    for (Index i = 0; i < count; ++i)
        for (Index f = 0; f < features; ++f) in.write_row(f)[i] = points(first + i, f);
    return in;
}

/// Evaluates a function of points in batches: rows of `points` `[n x f]` in, rows of the result `[n x outputs]` out.
/// `function(tape, batch)` takes `[f x batch]` and returns `[outputs x batch]`; no derivatives are recorded.
template <class Function>
Matrix map_points(const Matrix& points, Index outputs, Function function)
{
    constexpr Index batch = 256;
    const Index n = rows(points);
    Matrix result = make_matrix(n, outputs);
    Tape tape;
    for (Index first = 0; first < n; first += batch) {
        const Index count = std::min(batch, n - first);
        tape.begin(false);
        const Variable out = function(tape, columns_of(tape, points, first, count));
        require_shape(out, outputs, count, "function of points");
        for (Index i = 0; i < count; ++i)
            for (Index o = 0; o < outputs; ++o) result(first + i, o) = out(o, i);
    }
    return result;
}

}  // namespace mfg
