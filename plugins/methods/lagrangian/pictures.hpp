#pragma once
#include <mfg/method.hpp>
#include "learned_paths.hpp"

namespace mfg {

/// Pictures of trained paths. In one dimension: density and value function at a few times. Otherwise maps over the
/// window of the first two coordinates, all others zero:
/// densities, pull-back and push-forward with characteristics, what is missing between them, the running cost that does
/// not depend on the density, log determinant, value function, terminal condition, and the density as it moves.
MFG_API void export_path_pictures(const LearnedPaths& learned, const RandomStream& stream, FieldExport& to);

}  // namespace mfg
