#pragma once
#include <mfg/problem.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks what methods rely on: settings that make sense, densities that fit their samples, derivatives of costs and
/// drift against finite differences, samples that do not depend on each other, and, if there is an exact solution,
/// that it satisfies the equations and has the stated costs. Takes seconds.
MFG_API CheckResults check_problem(const Problem& problem);

}  // namespace mfg
