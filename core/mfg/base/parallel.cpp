#include <mfg/base/parallel.hpp>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <memory>

namespace mfg {

void limit_threads(int threads)
{
    static std::unique_ptr<tbb::global_control> limit;
    limit.reset();
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  static_cast<std::size_t>(threads));
}

int thread_limit()
{
    return static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

namespace detail {

void parallel_rows(std::size_t rows, std::size_t work_per_row, void (*call)(const void*, std::size_t, std::size_t),
                   const void* function)
{
    // A task costs about a microsecond to hand over; below this much work another thread cannot win it back.
    constexpr std::size_t min_work = 1 << 15;
    const std::size_t grain = std::max<std::size_t>(1, min_work / std::max<std::size_t>(1, work_per_row));
    if (rows <= grain) {
        if (rows > 0) call(function, 0, rows);
        return;
    }
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, rows, grain),
        [=](const tbb::blocked_range<std::size_t>& range) { call(function, range.begin(), range.end()); });
}

}  // namespace detail
}  // namespace mfg
