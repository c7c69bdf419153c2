#pragma once
#include <mfg/game/density_cost.hpp>

namespace mfg {

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
/// c rho must be convex in rho.
MFG_API void minimise(const DensityCost& cost_of, const ProximalRow& row, Real* density, Real* cost);

}  // namespace mfg
