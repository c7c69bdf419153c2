#pragma once
#include <mfg/game/local_potential.hpp>
#include <mfg/pde/game_system.hpp>

namespace mfg {

/// Estimates of two numbers between which the optimum of an ergodic potential game on the torus lies (see
/// LocalPotential), each from one of the unknowns, with their standard errors. The numbers are bounds; the estimates
/// are means over a sample, and may lie on the wrong side of the optimum.
struct DualityGap {
    /// A mean and its standard error.
    struct Estimate {
        Real mean, standard_error;
    };
    /// What a population with density m pays that moves with v = nu grad w - b, so that it stays as it is,
    ///     E_m[ a1 |v|^2 / 2 + a2 C ],
    /// integrated by parts with q = nu Lap phi - |grad phi|^2 / (2 a1) + b . grad phi:
    ///     E_m[ a1 |nu grad w - b + grad phi / a1|^2 / 2 + q + a2 C ]
    Estimate primal;
    /// What no population can fall below if m C is convex in m (weak duality):
    ///     Lambda + E[ inf_w exp(w) (q - Lambda + a2 C(x,w)) ]
    Estimate dual;
    Estimate gap;  ///< primal - dual, from the same points: the noise that both share cancels
};

/// The gap of a solution. The mass of m and the best Lambda come from the uniform points `chosen_on` `[n x d]`, all
/// means from the independent uniform points `points`: a Lambda that is the best one for the same points would make the
/// gap too small. Each point adds a1/2 m |v + grad phi / a1|^2 and what exp(w) (...) has above its infimum to the gap,
/// neither of them negative; so the noise of the gap vanishes with it. Dual and gap are infinite where m C is not
/// convex at one of the points, or does not grow with the density: then there is no bound.
MFG_API DualityGap duality_gap(const GameSystem& system, const Solution& solution, const Matrix& chosen_on,
                               const Matrix& points);

}  // namespace mfg
