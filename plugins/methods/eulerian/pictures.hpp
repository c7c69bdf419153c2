#pragma once
#include <mfg/method.hpp>
#include "potential_solver.hpp"

namespace mfg {

/// Pictures of a solution on a grid: the density at five times from 0 to T and the target, and components of the
/// momentum at three times.
MFG_API void export_grid_pictures(const MeanFieldGame& game, const PotentialSolver& solver, FieldExport& to);

}  // namespace mfg
