#pragma once
#include <mfg/optimizer.hpp>
#include <mfg/testing/check.hpp>

#include <vector>

namespace mfg {

/// Checks what the trainer relies on: an optimizer decreases each test objective, repeats its run after `reset()`, goes
/// on bit for bit after saving and loading, leaves the parameters alone when it reports no progress, and never makes
/// them infinite or NaN. Takes about a second; the optimizer is left in its initial state.
MFG_API std::vector<CheckResult> check_optimizer(Optimizer& optimizer);

}  // namespace mfg
