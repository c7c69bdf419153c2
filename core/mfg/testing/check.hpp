#pragma once
#include <string>

namespace mfg {

/// The outcome of one contract check, for the test suite and for `mfg check`.
struct CheckResult {
    std::string what;      ///< the promise that was checked
    bool passed;           ///< whether it was kept
    std::string measured;  ///< the number or the place that decided
};

}  // namespace mfg
