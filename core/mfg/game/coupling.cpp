#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/interaction.hpp>

#include <algorithm>

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

CostAndCoupling running_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Jet& t,
                             const Variable& w, const Interaction* interaction, const Variable& population)
{
    const CostAndCoupling own = from_jet(game.running_cost({Jet(x), t, density_jet(w)}), coupling);
    if (!interaction || !population.exists()) return own;
    const Variable others = interaction_coupling(*interaction, x, population);
    return {combine({{1, own.cost}, {interaction->cost_share(), others}}), combine({{1, own.coupling}, {1, others}})};
}

CostAndCoupling terminal_cost(const MeanFieldGame& game, Coupling coupling, const Variable& x, const Variable& w)
{
    const Jet end(x.tape().constant(1, x.columns(), game.horizon()));
    return from_jet(game.terminal_cost({Jet(x), end, density_jet(w)}), coupling);
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

DensityCost::DensityCost(const MeanFieldGame& game, CostPart part)
    : game_(game), part_(part), weight_(cost_weight(game, part))
{
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    const Variable w = tape.constant(1, 1, 0);
    const Jet c = cost_formula(
        game, part, {Jet(tape.constant(2, 1, 0)), Jet(tape.constant(1, 1, 0)), Jet::coordinates(w, JetShape{2, 1, 1})});
    if (c.is_zero() || weight_ == 0) return;
    if (c.features() != 1) throw Error("problem: a cost must be one number for each agent, not a vector");
    exists_ = true;
    depends_ = c.shape().order > 0;
}

void DensityCost::evaluate(Real t, const Real* points, const Real* w, std::size_t n, Real* cost, Real* slope,
                           Real* curvature) const
{
    if (!exists_) {
        for (Real* to : {cost, slope, curvature})
            if (to) std::fill(to, to + n, 0);
        return;
    }
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    const int count = static_cast<int>(n);
    const Variable density = tape.constant_view(w, 1, count);
    const Jet log_density = slope ? Jet::coordinates(density, JetShape{2, 1, 1}) : Jet(density);
    const Jet c = cost_formula(
        game_, part_, {Jet(tape.constant_view(points, 2, count)), Jet(tape.constant(1, count, t)), log_density});
    const Variable value = c.value();
    for (std::size_t i = 0; i < n; ++i) cost[i] = weight_ * value.data()[i];
    if (!slope) return;
    if (!depends_) {
        std::copy(cost, cost + n, slope);
        std::fill(curvature, curvature + n, 0);
        return;
    }
    const Variable first = c.derivative(0), second = c.laplacian();
    for (std::size_t i = 0; i < n; ++i) {
        const Real d = weight_ * first.data()[i];
        slope[i] = cost[i] + d;
        curvature[i] = d + weight_ * second.data()[i];
    }
}

}  // namespace mfg
