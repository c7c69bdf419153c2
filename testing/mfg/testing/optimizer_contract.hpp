#pragma once
#include <mfg/optimizer.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks what the trainer relies on: an optimizer decreases each test objective, repeats its run after `reset()`, goes
/// on bit for bit after saving and loading, leaves the parameters alone when it reports no progress, and never makes
/// them infinite or NaN. Takes about a second; the optimizer is left in its initial state.
MFG_API CheckResults check_optimizer(Optimizer& optimizer);
/// Checks that a new object goes on bit for bit with the state of a used one. Both have the same settings.
MFG_API CheckResult check_state_in_new_object(Optimizer& used, Optimizer& fresh);

}  // namespace mfg
