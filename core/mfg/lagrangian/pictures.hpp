#pragma once
#include <mfg/lagrangian/learned_paths.hpp>
#include <mfg/method.hpp>

namespace mfg {

/// Pictures of trained paths on the window of the first two coordinates, all others zero: initial and target density,
/// pull-back and push-forward with characteristics over them, value function at 0 and T. For d >= 2.
MFG_API void export_path_pictures(const LearnedPaths& learned, const RandomStream& stream, FieldExport& to);

}  // namespace mfg
