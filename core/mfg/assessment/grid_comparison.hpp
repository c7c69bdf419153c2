#pragma once
#include <mfg/assessment/upwind_transport.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// The initial density of a game, carried by the velocities of a trained solution and of one on a grid, both by the
/// same scheme.
struct GridComparison {
    UpwindTransport network, grid;
    Real mass_outside = 0;         ///< share of the initial density outside of the scheme's domain
    Real relative_difference = 0;  ///< of the network's objective from the grid's
    /// Densities at the end beside the target, and both components of the velocities at three times where the grid's
    /// population is.
    std::vector<Figure> figures;
};

/// Both solutions are of the same game in the plane; `cells` are those of the scheme.
MFG_API GridComparison compare_on_grid(const Solution& network, const Solution& grid, const SpaceTimeGrid& cells);

}  // namespace mfg
