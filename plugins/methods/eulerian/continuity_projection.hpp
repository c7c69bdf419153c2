#pragma once
#include <mfg/assessment/grid.hpp>

#include <memory>

struct fftw_plan_s;

namespace mfg {

/// Solves -Lap u + b T u = f on the cells and intervals of a grid: the five-point Laplacian with no flux through the
/// boundary, and the second difference T in time, diag (1, 2, ..., 2), for values that vanish after the last interval.
/// Cosine transforms in space, a tridiagonal system in time for each pair of frequencies.
class MFG_API SpaceTimePoisson {
public:
    /// `time_factor`: b > 0.
    SpaceTimePoisson(const SpaceTimeGrid& grid, Real time_factor);
    /// Replaces the right-hand side `[nt x cells]` by the solution.
    void solve(Matrix& f);

private:
    std::size_t nx_, ny_, nt_;
    Real time_factor_;
    std::unique_ptr<fftw_plan_s, void (*)(fftw_plan_s*)> forward_, backward_;  // cosine transforms in space
    Matrix inverse_pivots_;
};

/// The nearest flow that satisfies the continuity equation and has the given initial density, in the norm
/// |momentum|^2 + speed^2 |density|^2.
class MFG_API ContinuityProjection {
public:
    ContinuityProjection(const SpaceTimeGrid& grid, Real speed)
        : grid_(grid),
          speed_(speed),
          poisson_(grid, 1 / (speed * speed * grid.dt() * grid.dt())),
          multiplier_(make_matrix(grid.nt, grid.cells()))
    {
    }
    /// Projects in place; the first row of the density stays as it is.
    void project(Flow& flow);

private:
    SpaceTimeGrid grid_;
    Real speed_;
    SpaceTimePoisson poisson_;
    Matrix multiplier_;
};

}  // namespace mfg
