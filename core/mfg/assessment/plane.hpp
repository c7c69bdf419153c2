#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// What pictures of the plane of the first two coordinates share.

/// The middle of part number i of an interval in `parts`.
MFG_API Real centre(Real low, Real high, std::size_t i, std::size_t parts);
/// Centres of `cells` x `cells` cells of the window, row by row from the lowest y, the other coordinates zero:
/// `[cells^2 x dimension]`.
MFG_API Matrix cell_centres(const Window& window, std::size_t cells, std::size_t dimension);
/// Trajectories in the plane, `[paths x times x 2]`.
MFG_API Cube first_two(const Cube& paths);

}  // namespace mfg
