#pragma once
#include <mfg/problem.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks the interaction of a game, if there is one: a kernel is finite, a function of each squared distance alone,
/// and has the derivative that finite differences show; an attraction is a quadratic form.
MFG_API CheckResults check_interaction(const MeanFieldGame& game);

}  // namespace mfg
