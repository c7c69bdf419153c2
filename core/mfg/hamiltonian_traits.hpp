#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// What the formula of a Hamiltonian shows at some points near the initial law: whether it is the standard one, which
/// form H_pp has, whether the density is in it. An Error if it is not convex in p, or not finite at p = 0.
MFG_API HamiltonianTraits traits_of_formula(const MeanFieldGame& game);

MFG_API const char* name_of(HamiltonianForm form);
/// Whether equations for a Hamiltonian of form `narrow` are right for those of form `wide` being asked for, too: every
/// H_pp of the first kind is one of the second.
MFG_API bool includes(HamiltonianForm wide, HamiltonianForm narrow);

}  // namespace mfg
