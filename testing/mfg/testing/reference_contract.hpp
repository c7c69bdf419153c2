#pragma once
#include <mfg/problem.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks a game's exact solution, if there is one: Hamilton-Jacobi-Bellman and Kolmogorov equation as methods see them
/// (GameSystem), terminal and initial condition or the normalisations of an ergodic problem, the stated costs against a
/// Monte-Carlo estimate along exact paths, and points of the exact population.
MFG_API CheckResults check_reference(const MeanFieldGame& game);

/// Checks that points of the exact population, if there are any, have the stated density, and uniform times.
MFG_API CheckResults check_population(const Problem& problem, const Reference& reference);

}  // namespace mfg
