#pragma once
#include <mfg/base/export.hpp>

#include <cstddef>

namespace mfg {

namespace detail {
MFG_API void parallel_rows(std::size_t rows, std::size_t work_per_row,
                           void (*call)(const void*, std::size_t, std::size_t), const void* function);
}

/// The number of threads that this process uses at most, from now on.
MFG_API void limit_threads(int threads);
/// This number; the number of cores if there is no limit.
MFG_API int thread_limit();

/// Calls `function(begin, end)` for ranges that together are the rows 0, ..., rows - 1, on several threads when the
/// work (`work_per_row` counts multiplications or so) is worth it.
///
/// The ranges depend on the machine. What is computed for a row must therefore not depend on the range that it is in:
/// then results are the same for any number of threads.
template <class Function>
void parallel_rows(std::size_t rows, std::size_t work_per_row, const Function& function)
{
    detail::parallel_rows(
        rows, work_per_row,
        [](const void* f, std::size_t begin, std::size_t end) { (*static_cast<const Function*>(f))(begin, end); },
        &function);
}

}  // namespace mfg
