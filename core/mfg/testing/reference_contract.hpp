#pragma once
#include <mfg/problem.hpp>
#include <mfg/testing/check.hpp>

#include <vector>

namespace mfg {

/// Checks a game's exact solution, where there is one: Hamilton-Jacobi-Bellman and Kolmogorov equation, terminal and
/// initial condition, and the stated costs against a Monte-Carlo estimate along exact paths.
MFG_API std::vector<CheckResult> check_reference(const MeanFieldGame& game);

}  // namespace mfg
