#pragma once
#include <mfg/autodiff/tape.hpp>
#include <mfg/base/parallel.hpp>

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

/// Evaluates a function of points in batches, on several threads: rows of `points` `[n x f]` in, rows of the result
/// `[n x outputs]` out. `function(tape, batch)` takes `[f x batch]` and returns `[outputs x batch]`, or a variable that
/// does not exist for zeros; no derivatives are recorded. The batches do not depend on the number of threads, so
/// neither do the results.
template <class Function>
Matrix map_points(const Matrix& points, int outputs, const Function& function, std::size_t batch = 256)
{
    const std::size_t n = points.shape(0), batches = (n + batch - 1) / batch;
    Matrix result = make_matrix(n, static_cast<std::size_t>(outputs));
    constexpr std::size_t worth_a_task = 1 << 20;
    parallel_rows(batches, worth_a_task, [&](std::size_t begin, std::size_t end) {
        Tape tape;
        for (std::size_t b = begin; b < end; ++b) {
            const std::size_t first = b * batch, count = std::min(batch, n - first);
            tape.begin(false);
            const Variable out = function(tape, columns_of(tape, points, first, count));
            if (!out.exists()) continue;
            require_shape(out, outputs, static_cast<int>(count), "function of points");
            for (std::size_t i = 0; i < count; ++i)
                for (int o = 0; o < outputs; ++o)
                    result(first + i, static_cast<std::size_t>(o)) = out(o, static_cast<int>(i));
        }
    });
    return result;
}

}  // namespace mfg
