#pragma once
#include <mfg/pde/game_system.hpp>

namespace mfg {

/// Bounds of the optimum of an ergodic potential game on the torus (see PotentialCost), each from one of the unknowns.
struct DualityGap {
    /// What a population with density m pays: with v = nu grad w - b it stays as it is, so that this is feasible.
    ///     E_m[ a1 |v|^2 / 2 + a2 C ]
    Real primal;
    /// What no population can fall below (weak duality, for F convex), with q = nu Lap phi - |grad phi|^2 / (2 a1) +
    /// b . grad phi and the best Lambda:
    ///     Lambda + E[ inf_w exp(w) (q - Lambda + a2 C(x,w)) ]
    Real dual;
    Real gap;  ///< primal - dual >= 0
};

/// The gap of a solution, over uniform points `[n x d]`; m is normalised over them. The difference is summed point
/// by point, a1/2 m |v + grad phi / a1|^2 and what exp(w) (...) has above its infimum, neither of them negative; so its
/// noise vanishes with it, and that of the primal is reduced by the equation of Kolmogorov and Fokker and Planck. Dual
/// and gap are not finite where costs do not grow with the density.
MFG_API DualityGap duality_gap(const GameSystem& system, const Solution& solution, const Matrix& points);

}  // namespace mfg
