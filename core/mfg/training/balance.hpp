#pragma once
#include <mfg/training/objective.hpp>

namespace mfg {

/// Moves the factors of the terms towards those with which their gradients are of one size: the annealing of Wang,
/// Teng and Perdikaris (SIAM J. Sci. Comput. 43 (2021) A3055, Algorithm 1) with a = 0.1,
///
///     f_i <- (1 - a) f_i + a max |grad L_1| / mean |grad L_i|,   i > 1
///
/// where L_i are the terms as the loss has them (with its own weights, without factors), on the objective's sample, and
/// maximum and mean run over all parameters. The first term keeps its factor; so does one with a gradient that is zero
/// or not finite, and all do where that is the gradient of the first. Costs a gradient a term; `gradient` is memory for
/// it.
MFG_API void balance(SampledObjective& objective, const Vector& theta, Vector& factors, Vector& gradient);

}  // namespace mfg
