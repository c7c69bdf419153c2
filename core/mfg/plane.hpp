#pragma once
#include <mfg/figure.hpp>

#include <string>

namespace mfg {

/// What figures of the plane of the first two coordinates share.

/// "t = 0.5", with at most four digits.
MFG_API std::string time_text(Real t);
/// The middle of part number i of an interval in `parts`.
MFG_API Real centre(Real low, Real high, std::size_t i, std::size_t parts);
/// Centres of `cells` x `cells` cells of the window, row by row from the lowest y, the other coordinates zero:
/// `[cells^2 x dimension]`.
MFG_API Matrix cell_centres(const Window& window, std::size_t cells, std::size_t dimension);
/// The numbers of such cells, one a row or entry, as a map `[ny x nx]` with `nx` columns.
MFG_API Matrix as_map(const Real* values, std::size_t ny, std::size_t nx);
/// Trajectories `[times x paths x d]` in the plane, `[paths x times x 2]`.
MFG_API Cube plane_paths(const Cube& positions);
/// The part of the running cost of a game that does not depend on time, density or others, as a map `[cells x cells]`;
/// empty if it is the same everywhere.
MFG_API Matrix running_cost_map(const MeanFieldGame& game, const Window& window, std::size_t cells);

}  // namespace mfg
