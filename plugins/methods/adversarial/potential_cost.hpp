#pragma once
#include <mfg/game/coupling.hpp>

namespace mfg {

/// Nodes and weights of the Gauss-Laguerre rule: sum_k weight_k f(node_k) is int_0^inf f(y) exp(-y) dy, exactly for
/// polynomials up to degree 2 count - 1.
struct GaussLaguerre {
    Vector nodes, weights;
};
/// With `count` nodes, from 1 to 32.
MFG_API GaussLaguerre gauss_laguerre(int count);

/// A local cost of a game as a potential: f = dF/dm with F(m) = int m C(x, t, log m), so that the game is the optimum
/// of a functional. For Coupling::potential C is the cost integrand itself; the cost of a plain game has the potential
/// int_0^m f ds, so that
///
///     C(x,t,w) = int_0^inf f(x, t, w - y) exp(-y) dy
///
/// by a Gauss-Laguerre rule, which is exact for f = log m. All results have the weight of the cost in them, and do not
/// exist where there is no cost.
class MFG_API PotentialCost {
public:
    /// The game outlives this object.
    PotentialCost(const MeanFieldGame& game, Coupling coupling, CostPart part)
        : game_(game), coupling_(coupling), part_(part), weight_(cost_weight(game, part)), rule_(gauss_laguerre(nodes))
    {
    }

    /// C at points `[d x n]`, times and log densities `[1 x n]`.
    Variable integrand(const Variable& x, const Jet& t, const Variable& w) const;
    /// f and df/dw there.
    struct Derivatives {
        Variable coupling, slope;
    };
    Derivatives derivatives(const Variable& x, const Jet& t, const Variable& w) const;

private:
    /// For exp(2w) the error of the rule is 1e-7 of the value.
    static constexpr int nodes = 20;

    const MeanFieldGame& game_;
    Coupling coupling_;
    CostPart part_;
    Real weight_;
    GaussLaguerre rule_;
};

}  // namespace mfg
