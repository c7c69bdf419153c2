#pragma once
#include "learned_paths.hpp"

#include <map>
#include <string>

namespace mfg {

/// Distances of trained paths from the problem's exact solution: relative L2 norms over `samples` (starting points and
/// their log density, `[n x (d + 1)]`) along their learned paths, at nine times from 0 to T. `value` is that of the
/// value function, `gradient` that of its gradient, `control` that of -grad Phi / a1, `log_density` that along the
/// path. Empty without a reference. `with_constant` false: nothing determines the constant of Phi, so the mean
/// difference from the exact value function does not count.
MFG_API std::map<std::string, Real> reference_errors(const LearnedPaths& learned, const Matrix& samples,
                                                     bool with_constant);

/// Mean and largest distance from the start after a path forward and back again.
MFG_API std::map<std::string, Real> round_trip(const LearnedPaths& learned, const Matrix& samples);

}  // namespace mfg
