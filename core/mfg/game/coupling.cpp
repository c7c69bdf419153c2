#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>

namespace mfg {

bool depends_on_density(const MeanFieldGame& game, const std::function<Jet(const State&)>& cost)
{
    Tape tape;
    tape.begin(false);
    const Jet w = Jet::coordinates(tape.constant(1, 1, 0), JetShape{1, 1, 1});
    const Jet time = game.stationary() ? Jet{} : Jet(tape.constant(1, 1, game.horizon()));
    const Jet c = cost({Jet(tape.constant(game.dimension(), 1, 0.5)), time, w});
    return !c.is_zero() && c.shape().order > 0;
}

bool depends_on_density(const MeanFieldGame& game)
{
    return depends_on_density(game, [&](const State& s) { return game.running_cost(s); }) ||
           depends_on_density(game, [&](const State& s) { return game.terminal_cost(s); });
}

CostAndCoupling detail::cost_and_coupling(const Jet& c, Coupling coupling)
{
    if (c.is_zero()) return {};
    if (c.features() != 1) throw Error("problem: a cost must be one number for each agent, not a vector");
    const Variable cost = c.value();
    const bool depends = c.shape().order > 0 && coupling == Coupling::potential;
    return {cost, depends ? combine({{1, cost}, {1, c.derivative(0)}}) : cost};
}

Variable divergence(const Jet& drift)
{
    if (drift.is_zero() || drift.shape().order == 0) return {};
    Variable sum;
    for (int i = 0; i < drift.features(); ++i) sum = combine({{1, sum}, {1, drift[i].derivative(i)}});
    return sum;
}

}  // namespace mfg
