#pragma once
#include <mfg/solution.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// An error that is not smaller than that of an answer which knows nothing.
struct UnbeatenError {
    std::string error;     ///< the name in `errors`
    Real value;            ///< the error, or NaN
    std::string baseline;  ///< the best one, without the name of the error: `standing_still`
    Real baseline_value;   ///< its error
};

/// These errors, from the groups `errors` and `baselines` of measures. A baseline below 1e-6 does not count: there the
/// problem itself says what the answer is (a population that never changes), and no error can be smaller.
MFG_API std::vector<UnbeatenError> unbeaten_errors(const Measures& measures);

/// The baseline with the smallest error that counts, {name, error}, of one of the errors.
MFG_API std::optional<std::pair<std::string, Real>> best_baseline(const std::map<std::string, Real>& baselines,
                                                                  const std::string& error);

}  // namespace mfg
