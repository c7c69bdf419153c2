#pragma once
#include <mfg/base/export.hpp>

namespace mfg {

/// How many threads can run at once: the processors that this process may use by its affinity, and not more than its
/// control group has time for.
MFG_API int available_processors();

/// An Error unless `count` threads can run at once under the system's limits.
MFG_API void require_threads(int count);

}  // namespace mfg
