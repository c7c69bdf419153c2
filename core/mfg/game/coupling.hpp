#pragma once
#include <mfg/problem.hpp>

#include <functional>

namespace mfg {

/// A cost integrand c(x,t,w) at points, and the coupling that belongs to it: c + dc/dw for a potential game or control
/// of the population, c for a plain game. Neither exists if there is no cost. Without the weights a2 and a3.
struct CostAndCoupling {
    Variable cost, coupling;
};

/// What agents meet at x `[d x n]`, times and log densities `[1 x n]`: the running cost and, with `interaction` and
/// `population` (see game/interaction.hpp), that of their interaction.
MFG_API CostAndCoupling running_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Jet& t,
                                     const Variable& w, const Interaction* interaction = nullptr,
                                     const Variable& population = {});
/// What they meet at the end.
MFG_API CostAndCoupling terminal_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x,
                                      const Variable& w);

/// One of the cost formulas of a game.
enum class CostPart { running, terminal };
/// The formula, and its weight a2 or a3.
MFG_API Jet cost_formula(const MeanFieldGame& game, CostPart part, const State& state);
MFG_API Real cost_weight(const MeanFieldGame& game, CostPart part);
/// Whether a cost of the game depends on the density: found by evaluating it on jets in w.
MFG_API bool depends_on_density(const MeanFieldGame& game, CostPart part);
/// Whether one of them does.
MFG_API bool depends_on_density(const MeanFieldGame& game);

/// A cost integrand c(x,t,w) of a game, as a function of the density rho = e^w at points of the plane. What is known of
/// it comes from the formula on jets.
class MFG_API DensityCost {
public:
    /// The weight a2 or a3 is inside.
    DensityCost(const MeanFieldGame& game, CostPart part);

    /// False where the game has no such cost, or its weight is zero.
    bool exists() const { return exists_; }
    /// False if c is the same for every density.
    bool depends_on_density() const { return depends_; }

    /// c, the derivative c + dc/dw of c rho in rho, and rho times its second derivative, each times the weight, at
    /// points `[2 x n]` (row stride n) with log densities w. The last two may be null.
    void evaluate(Real t, const Real* points, const Real* w, std::size_t n, Real* cost, Real* slope,
                  Real* curvature) const;

private:
    const MeanFieldGame& game_;
    CostPart part_;
    Real weight_;
    bool exists_ = false, depends_ = false;
};

}  // namespace mfg
