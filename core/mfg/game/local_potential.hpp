#pragma once
#include <mfg/game/coupling.hpp>

namespace mfg {

/// A rule for integrals over 0 < s < 1: sum_k weight_k f(s_k), with the logarithms of its nodes.
struct UnitIntervalRule {
    Vector log_nodes, weights;
};
/// Gauss-Legendre nodes in the fourth root of s: exact for polynomials up to degree (count - 2) / 2, and of high order
/// for functions with a logarithm or a root at 0. `count` is between 2 and 512.
MFG_API UnitIntervalRule graded_rule(int count);

/// A local cost of a game as a potential: f = dF/dm with F(m) = int m C(x, t, log m) dx, so that the game is the
/// optimum of a functional. For Coupling::potential C is the cost integrand c itself. In a plain game f = c, and m C is
/// the integral of c over densities from 0 to m:
///
///     C(x,t,w) = int_0^1 c(x, t, w + log s) ds
///
/// For a c that is linear in w this is c(x, t, w - 1). Otherwise it is the rule with the fewest nodes that agrees to
/// 1e-11 with one of many nodes, at densities of the initial law and up to e^12 times as high and as low. Results are
/// without the weights a2 and a3, and do not exist where there is no cost.
class MFG_API LocalPotential {
public:
    /// The game outlives this object. UnsupportedProblem where no rule is accurate enough.
    LocalPotential(const MeanFieldGame& game, Coupling coupling, CostPart part);

    /// C and f at x `[d x n]`, times and log densities `[1 x n]`. Derivatives flow to all of them.
    CostAndCoupling costs(const Variable& x, const Jet& t, const Variable& w) const;
    /// C alone.
    Variable integrand(const Variable& x, const Jet& t, const Variable& w) const;
    /// c, f and df/dw.
    struct Derivatives {
        Variable cost, coupling, slope;
    };
    Derivatives derivatives(const Variable& x, const Jet& t, const Variable& w) const;

    /// Whether C is the cost integrand c.
    bool is_the_cost() const { return length(rule_.weights) == 0; }
    /// How many evaluations of c one of C takes.
    Index evaluations() const { return is_the_cost() ? 1 : length(rule_.weights); }

private:
    const MeanFieldGame& game_;
    Coupling coupling_;
    CostPart part_;
    UnitIntervalRule rule_;  // no nodes: C = c
};

}  // namespace mfg
