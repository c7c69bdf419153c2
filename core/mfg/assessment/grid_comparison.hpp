#pragma once
#include <mfg/assessment/richardson.hpp>
#include <mfg/assessment/upwind_transport.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// What agents pay by the scheme, also with cells and time intervals of twice and four times the size.
struct SchemeCosts {
    Extrapolation objective, transport, running, terminal;
};

/// The initial density of a game, carried by the velocities of a trained solution and of one on a grid, both by the
/// same scheme.
struct GridComparison {
    UpwindTransport network, grid;
    SchemeCosts network_costs, grid_costs;
    Real mass_outside = 0;  ///< share of the initial density outside of the scheme's domain
    /// Of the network's objective from the grid's, on the given cells: what both have of the scheme's error cancels.
    Real relative_difference = 0;
    Real relative_difference_error = 0;  ///< what is left of the scheme's error in it, by extrapolation
    /// Densities at the end beside the target, and both components of the velocities at three times where the grid's
    /// population is.
    std::vector<Figure> figures;
};

/// Both solutions are of the same game in the plane; `cells` are those of the scheme, at least 8 along an axis.
MFG_API GridComparison compare_on_grid(const Solution& network, const Solution& grid, const SpaceTimeGrid& cells);

}  // namespace mfg
