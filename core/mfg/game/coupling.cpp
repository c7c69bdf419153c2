#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/interaction.hpp>

namespace mfg {
namespace {

/// From the cost on jets in the one direction w.
CostAndCoupling from_jet(const Jet& c, Coupling coupling)
{
    if (c.is_zero()) return {};
    if (c.features() != 1) throw Error("problem: a cost must be one number for each agent, not a vector");
    const Variable cost = c.value();
    const bool depends = c.shape().order > 0 && coupling == Coupling::potential;
    return {cost, depends ? combine({{1, cost}, {1, c.derivative(0)}}) : cost};
}

Jet density_jet(const Variable& w)
{
    return Jet::coordinates(w, JetShape{1, 1, 1});
}

}  // namespace

CostAndCoupling local_cost(const MeanFieldGame& game, Coupling coupling, CostPart part, const Variable& x, const Jet& t,
                           const Variable& w, const Jet& log_densities)
{
    return from_jet(cost_formula(game, part, {Jet(x), t, density_jet(w), log_densities}), coupling);
}

CostAndCoupling with_interaction(const CostAndCoupling& own, const Interaction* interaction, const Variable& x,
                                 const Variable& population)
{
    if (!interaction || !population.exists()) return own;
    const Variable others = interaction_coupling(*interaction, x, population);
    return {combine({{1, own.cost}, {interaction->cost_share(), others}}), combine({{1, own.coupling}, {1, others}})};
}

CostAndCoupling running_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Jet& t,
                             const Variable& w, const Interaction* interaction, const Variable& population,
                             const Jet& log_densities)
{
    return with_interaction(local_cost(game, coupling, CostPart::running, x, t, w, log_densities), interaction, x,
                            population);
}

CostAndCoupling terminal_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Variable& w,
                              const Jet& log_densities)
{
    const Jet end(x.tape().constant(1, x.columns(), game.horizon()));
    return local_cost(game, coupling, CostPart::terminal, x, end, w, log_densities);
}

Jet cost_formula(const MeanFieldGame& game, CostPart part, const State& state)
{
    return part == CostPart::running ? game.running_cost(state) : game.terminal_cost(state);
}

Real cost_weight(const MeanFieldGame& game, CostPart part)
{
    return part == CostPart::running ? game.weights().running : game.weights().terminal;
}

bool depends_on_density(const MeanFieldGame& game, CostPart part)
{
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    const Jet time = game.stationary() ? Jet{} : Jet(tape.constant(1, 1, game.horizon()));
    const Jet c = cost_formula(
        game, part, {Jet(tape.constant(game.dimension(), 1, 0.5)), time, density_jet(tape.constant(1, 1, 0))});
    return !c.is_zero() && c.shape().order > 0;
}

bool depends_on_density(const MeanFieldGame& game)
{
    return depends_on_density(game, CostPart::running) || depends_on_density(game, CostPart::terminal);
}

}  // namespace mfg
