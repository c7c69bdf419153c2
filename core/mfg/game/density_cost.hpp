#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// A cost integrand c(x,t,w) of a game, as a function of the density rho = e^w at points of the plane. What is known of
/// it comes from the formula on jets.
class MFG_API DensityCost {
public:
    enum class Part { running, terminal };

    /// The weight a2 or a3 is inside.
    DensityCost(const MeanFieldGame& game, Part part);

    /// False where the game has no such cost, or its weight is zero.
    bool exists() const { return exists_; }
    /// False if c is the same for every density.
    bool depends_on_density() const { return depends_; }

    /// c, the derivative c + dc/dw of c rho in rho, and rho times its second derivative, each times the weight, at
    /// points `[2 x n]` (row stride n) with log densities w. The last two may be null.
    void evaluate(Real t, const Real* points, const Real* w, std::size_t n, Real* cost, Real* slope,
                  Real* curvature) const;

private:
    Jet formula(const State& state) const;

    const MeanFieldGame& game_;
    Part part_;
    Real weight_;
    bool exists_ = false, depends_ = false;
};

/// Whether agents of the game are carried along by a drift.
MFG_API bool has_drift(const MeanFieldGame& game);

/// The function kinetic / (rho + shift) + c(rho) rho + stiffness / 2 (rho - centre)^2 of one density rho >= 0: what is
/// left of the proximal step of |m|^2 / rho + c rho when the momentum has been eliminated. Points in rows.
struct ProximalRow {
    std::size_t size = 0;
    const Real* points = nullptr;   ///< `[2 x size]`
    const Real* kinetic = nullptr;  ///< >= 0; null: none
    const Real* centre = nullptr;
    Real shift = 0, stiffness = 1, t = 0;
};

/// Minimises it at each point by Newton's method, started from `density`, to `density`; `cost` becomes c there.
/// c rho must be convex in rho. Returns the largest number of steps that a point took.
MFG_API int minimise(const DensityCost& cost_of, const ProximalRow& row, Real* density, Real* cost);

}  // namespace mfg
