#pragma once
#include <mfg/pde_system.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks a system that was written by hand: names, domain and densities; that an ansatz for the conditions keeps them
/// whatever the network; and, if there is an exact solution, that it satisfies all equations, is at no distance from
/// itself by the problem's own measures, and has figures. Means over the population are checked in one dimension.
MFG_API CheckResults check_system(const PdeSystem& system);

}  // namespace mfg
