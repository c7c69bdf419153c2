#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// One of the cost formulas of a game.
enum class CostPart { running, terminal };

/// A cost integrand c(x,t,w) at points, and the coupling that belongs to it: c + dc/dw for a potential game or control
/// of the population, c for a plain game. Neither exists if there is no cost. Without the weights a2 and a3.
struct CostAndCoupling {
    Variable cost, coupling;
};

/// What agents meet at x `[d x n]`, times and log densities `[1 x n]`: the running cost and, with `interaction` and
/// `population` (see game/interaction.hpp), that of their interaction. `log_densities`: those of all populations, where
/// there are several (State).
MFG_API CostAndCoupling running_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Jet& t,
                                     const Variable& w, const Interaction* interaction = nullptr,
                                     const Variable& population = {}, const Jet& log_densities = {});
/// What they meet at the end.
MFG_API CostAndCoupling terminal_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x,
                                      const Variable& w, const Jet& log_densities = {});

/// The cost of `part` alone at points; the times do not exist in stationary games.
MFG_API CostAndCoupling local_cost(const MeanFieldGame& game, Coupling coupling, CostPart part, const Variable& x,
                                   const Jet& t, const Variable& w, const Jet& log_densities = {});
/// The same with what agents at x mean for each other; `own` alone without interaction or population.
MFG_API CostAndCoupling with_interaction(const CostAndCoupling& own, const Interaction* interaction, const Variable& x,
                                         const Variable& population);

/// The formula, and its weight a2 or a3.
MFG_API Jet cost_formula(const MeanFieldGame& game, CostPart part, const State& state);
MFG_API Real cost_weight(const MeanFieldGame& game, CostPart part);
/// Whether a cost of the game depends on the density: found by evaluating it on jets in w.
MFG_API bool depends_on_density(const MeanFieldGame& game, CostPart part);
/// Whether one of them does.
MFG_API bool depends_on_density(const MeanFieldGame& game);

}  // namespace mfg
