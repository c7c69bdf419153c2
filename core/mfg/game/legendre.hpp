#pragma once
#include <mfg/autodiff/jet.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// The gradients p `[d x n]` with which agents at x, t, w move with velocities v `[d x n]`: -H_p(x,t,p,w) = v, by
/// Newton's method for the least H(p) + p.v. Constants on the tape of `v`. A NumericalError where it finds none: the
/// agents cannot move with such a velocity, or H grows too slowly in p.
MFG_API Jet gradient_of_velocity(const MeanFieldGame& game, const Variable& x, const Jet& t, const Jet& log_density,
                                 const Variable& velocity);

}  // namespace mfg
