#pragma once
#include <mfg/densities/density.hpp>
#include <mfg/testing/check.hpp>

#include <string>
#include <vector>

namespace mfg {

/// Checks that samples follow from their stream and have the law that the formula for log rho states: identities of
/// integration by parts within Monte-Carlo error and, for d <= 2, the integral over a box around the samples. `name`
/// stands before each result.
MFG_API std::vector<CheckResult> check_density(const Density& density, const std::string& name);

}  // namespace mfg
