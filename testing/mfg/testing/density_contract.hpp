#pragma once
#include <mfg/densities/density.hpp>
#include <mfg/testing/check.hpp>

#include <string>

namespace mfg {

/// Checks that samples follow from their stream and have the law that the formula for log rho states: identities of
/// integration by parts within Monte-Carlo error and, for d <= 2, the integral over a box around the samples or, where
/// space is the torus [0,1)^d (`periodic`), over that. `name` stands before each result.
MFG_API CheckResults check_density(const Density& density, const std::string& name, bool periodic = false);

/// Whether points `x` `[n x d]` have a law: identities of integration by parts that hold for these only. `jets`: log
/// rho, its gradient and its Laplacian there, `[n x (d + 2)]`.
MFG_API CheckResult check_law(const Matrix& x, const Matrix& jets, const std::string& name, bool periodic);

}  // namespace mfg
