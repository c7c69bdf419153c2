#pragma once
#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/parallel.hpp>

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

/// Evaluates a function of points in batches, on several threads: rows of `points` `[n x f]` in, rows of the result
/// `[n x outputs]` out. `function(tape, batch)` takes `[f x batch]` and returns `[outputs x batch]`, or a variable that
/// does not exist for zeros; no derivatives are recorded. The batches do not depend on the number of threads, so
/// neither do the results.
template <class Function>
Matrix map_points(const Matrix& points, Index outputs, const Function& function, Index batch = 256)
{
    const Index n = rows(points), batches = (n + batch - 1) / batch;
    Matrix result = make_matrix(n, outputs);
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(batches, worth_a_task, [&](Index begin, Index end) {
        const KeptTape kept;
        Tape& tape = *kept;
        for (Index b = begin; b < end; ++b) {
            const Index first = b * batch, count = std::min(batch, n - first);
            tape.begin(false);
            const Variable out = function(tape, columns_of(tape, points, first, count));
            if (!out.exists()) continue;
            require_shape(out, outputs, count, "function of points");
            for (Index i = 0; i < count; ++i)
                for (Index o = 0; o < outputs; ++o) result(first + i, o) = out(o, i);
        }
    });
    return result;
}

}  // namespace mfg
