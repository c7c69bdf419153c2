#pragma once
#include <mfg/assessment/grid.hpp>

#include <functional>

namespace mfg {

/// Velocity of agents at rows of points `[n x 2]` and a time, `[n x 2]`; called from several threads at once.
using VelocityField = std::function<Matrix(const Matrix& points, Real t)>;

/// What a population that follows a velocity pays, and where it goes.
struct UpwindTransport {
    Matrix density;                                 ///< at the nodes of time, `[(nt + 1) x cells]`
    Real transport = 0, running = 0, terminal = 0;  ///< with the game's weights
    Real mass_before = 0, mass_after = 0;
    std::uint64_t steps = 0;  ///< of the scheme

    Real objective() const { return transport + running + terminal; }
    Real mass_lost() const { return mass_before - mass_after; }
};

/// Carries the game's initial density through the velocity with the explicit conservative upwind scheme of first order
/// on the cells of the grid; nothing flows through the boundary. The velocity is taken on the faces at the nodes of
/// time and linear in between; every interval has as many equal steps as keep what leaves a cell in one below `courant`
/// times what it holds. Costs are those of the densities found, by the trapezoid rule over the nodes of time.
MFG_API UpwindTransport upwind_transport(const MeanFieldGame& game, const VelocityField& velocity,
                                         const SpaceTimeGrid& grid, Real courant);

}  // namespace mfg
