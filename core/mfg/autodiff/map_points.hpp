#pragma once
#include <mfg/autodiff/tape.hpp>

#include <algorithm>

namespace mfg {

/// `count` rows of `points` `[n x f]` from number `first` on, one a column: `[f x count]`, without adjoint.
inline Variable columns_of(Tape& tape, const Matrix& points, std::size_t first, std::size_t count)
{
    const std::size_t features = points.shape(1);
    const Variable in = tape.constant(static_cast<int>(features), static_cast<int>(count));
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t f = 0; f < features; ++f) in.write_row(static_cast<int>(f))[i] = points(first + i, f);
    return in;
}

/// Evaluates a function of points in batches: rows of `points` `[n x f]` in, rows of the result `[n x outputs]` out.
/// `function(tape, batch)` takes `[f x batch]` and returns `[outputs x batch]`; no derivatives are recorded.
template <class Function>
Matrix map_points(const Matrix& points, int outputs, Function function)
{
    constexpr std::size_t batch = 256;
    const std::size_t n = points.shape(0);
    Matrix result = make_matrix(n, static_cast<std::size_t>(outputs));
    Tape tape;
    for (std::size_t first = 0; first < n; first += batch) {
        const std::size_t count = std::min(batch, n - first);
        tape.begin(false);
        const Variable out = function(tape, columns_of(tape, points, first, count));
        require_shape(out, outputs, static_cast<int>(count), "function of points");
        for (std::size_t i = 0; i < count; ++i)
            for (int o = 0; o < outputs; ++o)
                result(first + i, static_cast<std::size_t>(o)) = out(o, static_cast<int>(i));
    }
    return result;
}

}  // namespace mfg
