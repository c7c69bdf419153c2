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
    Real mass_at_walls = 0;   ///< in the end, in the cells along the boundary
    std::uint64_t steps = 0;  ///< of the scheme

    Real objective() const { return transport + running + terminal; }
    Real mass_lost() const { return mass_before - mass_after; }
};

/// Carries the game's initial density through the velocity with an explicit conservative upwind scheme of second order
/// on the cells of the grid: linear reconstruction with the monotonised central limiter (van Leer, J. Comput. Phys. 32,
/// 1979) and Heun's method. Nothing flows through the boundary. The velocity is taken on the faces at the nodes of time
/// and linear in between; every interval has as many equal steps as keep what leaves a cell in one below `courant`
/// times what it holds. Densities stay above zero if `courant` is at most 1/2. Costs are those of the densities found,
/// by the trapezoid rule over the nodes of time.
MFG_API UpwindTransport upwind_transport(const MeanFieldGame& game, const VelocityField& velocity,
                                         const SpaceTimeGrid& grid, Real courant);

}  // namespace mfg
