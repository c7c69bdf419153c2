#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// Equal cells over a window of the plane, and equal intervals over [0, T].
struct MFG_API SpaceTimeGrid {
    Window domain{};
    Real horizon = 1;
    std::size_t nx = 0, ny = 0, nt = 0;

    Real hx() const { return (domain.x_high - domain.x_low) / static_cast<Real>(nx); }
    Real hy() const { return (domain.y_high - domain.y_low) / static_cast<Real>(ny); }
    Real dt() const { return horizon / static_cast<Real>(nt); }
    std::size_t cells() const { return nx * ny; }
    /// Centre of a column of cells, of a row of cells.
    Real x(std::size_t i) const { return domain.x_low + hx() * (static_cast<Real>(i) + Real(0.5)); }
    Real y(std::size_t j) const { return domain.y_low + hy() * (static_cast<Real>(j) + Real(0.5)); }
    /// Centres of all cells `[cells x 2]`, row by row from the lowest y.
    Matrix centres() const;
};

/// Mean of the density over each cell, `[1 x cells]`, by Gauss quadrature.
MFG_API Matrix cell_means(const Density& density, const SpaceTimeGrid& grid);

/// A population on a staggered grid: density of the cells at the nodes of time, momentum through the faces in each
/// interval. Rows run over time, columns over space, x fastest. Nothing flows through the boundary.
struct MFG_API Flow {
    Matrix density;     ///< `[(nt + 1) x ny nx]`
    Matrix momentum_x;  ///< `[nt x ny (nx + 1)]`, zero on the first and last face of a row
    Matrix momentum_y;  ///< `[nt x (ny + 1) nx]`, zero on the first and last row of faces

    /// No momentum, and `initial` `[1 x cells]` at all times.
    static Flow at_rest(const SpaceTimeGrid& grid, const Matrix& initial);
};

/// `[nt x cells]`: time derivative of the density plus divergence of the momentum.
MFG_API void continuity_residual(const SpaceTimeGrid& grid, const Flow& flow, Matrix& residual);

/// Between which values along an axis a point lies, and the share of the one above in linear interpolation.
struct Place {
    std::size_t below, above;
    Real share_above;
};

/// The place of a position among `count` values at 0, 1, ..., count - 1; beyond the first and last value it is theirs.
MFG_API Place place_among(std::size_t count, Real position);

/// Values on a lattice `[times x ny x nx]` at a place, linear in time and the two coordinates.
MFG_API Real interpolate(const Real* values, std::size_t ny, std::size_t nx, const Place& t, const Place& y,
                         const Place& x);

/// Where values along one axis stand.
enum class Placement { nodes, centres };

/// One axis of an interpolation: from `from` values to `to` values over the same interval.
struct Axis {
    std::size_t from, to;
    Placement placement;
};

/// The same on all places of another lattice: `values` `[t.from x y.from x.from]` as a matrix. Beyond the first and
/// last centre values are constant.
MFG_API Matrix interpolate(const Matrix& values, const Axis& t, const Axis& y, const Axis& x);

}  // namespace mfg
