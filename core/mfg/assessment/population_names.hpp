#pragma once
#include <mfg/base/export.hpp>

#include <string>
#include <utility>

namespace mfg {

/// The name of a number of one population: `value` and `_1` are `value_1`, `constant_standard_error` and `_1` are
/// `constant_1_standard_error`. No suffix: the name itself.
MFG_API std::string of_population(const std::string& name, const std::string& suffix);
/// The name without the population's suffix, and that; `value_1` is {`value`, `_1`}, `value` is {`value`, ``}.
MFG_API std::pair<std::string, std::string> split_population(const std::string& name);

}  // namespace mfg
