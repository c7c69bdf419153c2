#pragma once
#include <mfg/base/export.hpp>

#include <functional>
#include <string>
#include <vector>

namespace mfg {

/// The outcome of one contract check, for the test suite and for `mfg check`.
struct CheckResult {
    std::string what;          ///< the promise that was checked
    bool passed;               ///< whether it was kept
    std::string measured;      ///< the number or the place that decided
    std::string setting = {};  ///< where it was checked, if there are several places: "dimension 10"
};

using CheckResults = std::vector<CheckResult>;

/// Appends the results of `checks`. What these throw is one failed check, called `what`.
MFG_API void append_checks(CheckResults& results, const std::string& what, const std::function<CheckResults()>& checks);
/// The same for one check.
MFG_API void append_check(CheckResults& results, const std::string& what, const std::function<CheckResult()>& check);

}  // namespace mfg
