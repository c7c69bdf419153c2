#pragma once
#include <mfg/game/local_potential.hpp>

namespace mfg {

/// A cost integrand C(x,t,w) of a game (see LocalPotential), as a function of the density rho = e^w at points of the
/// plane.
class MFG_API DensityCost {
public:
    /// The weight a2 or a3 is inside. For Coupling::potential C is what agents pay, the integrand c of the game.
    DensityCost(const MeanFieldGame& game, Coupling coupling, CostPart part);

    /// False where the game has no such cost, or its weight is zero.
    bool exists() const { return exists_; }
    /// False if C is the same for every density.
    bool depends_on_density() const { return depends_; }

    /// C, the derivative of C rho in rho, and rho times its second derivative, each times the weight, at points
    /// `[2 x n]` (row stride n) with log densities w. The last two may be null.
    void evaluate(Real t, const Real* points, const Real* w, std::size_t n, Real* cost, Real* slope,
                  Real* curvature) const;

private:
    const MeanFieldGame& game_;
    CostPart part_;
    LocalPotential potential_;
    Real weight_;
    bool exists_ = false, depends_ = false;
};

}  // namespace mfg
