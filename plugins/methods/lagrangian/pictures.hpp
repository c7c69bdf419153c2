#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// Figures of the paths of agents without noise. In one dimension: density and value function at a few times. Otherwise
/// maps over the window of the first two coordinates, all others zero:
/// densities, pull-back and push-forward with characteristics, what is missing between them, the running cost that does
/// not depend on the density, log determinant, value function, terminal condition, and the density as it moves.
MFG_API std::vector<Figure> path_figures(const Solution& solution, const RandomStream& stream);

}  // namespace mfg
