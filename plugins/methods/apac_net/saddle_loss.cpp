#include "saddle_loss.hpp"

namespace mfg {

Saddle::Flow Saddle::flow(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& points) const
{
    Flow flow;
    flow.fields = value.evaluate(tape, prepared, points, game.viscosity() > 0 ? 2 : 1);
    flow.q = (-hamilton_jacobi(game, flow.fields, flow.fields.unknowns[0].values)).value();
    return flow;
}

Variable Saddle::start_value(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& x) const
{
    const Variable points = vconcat({x, tape.constant(1, x.columns(), 0)});
    return value.evaluate(tape, prepared, points, 0).unknowns[0].values.value.value();
}

Variable Saddle::own_cost(const Fields& fields) const
{
    const Jet c = game.running_cost({fields.x, fields.t, {}});
    return c.is_zero() ? Variable{} : combine({{game.weights().running, c.value()}});
}

Variable Saddle::cost_of_others(const Variable& x, int together) const
{
    if (!interaction) return {};
    return combine({{game.weights().running, interaction_in_groups(*interaction, x, together)}});
}

Variable ValueLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                               const Variable&) const
{
    const int d = saddle_.game.dimension();
    const Real horizon = saddle_.game.horizon();
    const auto prepared = saddle_.value.prepare(tape, parameters);
    const Variable z = samples.rows(0, d), t = samples.rows(d, 1);
    const Variable x = saddle_.generator.positions(tape, saddle_.generator.prepare(tape, parameters), samples);
    const Saddle::Flow flow = saddle_.flow(tape, prepared, vconcat({x, t}));
    const Variable residual =
        combine({{1, flow.q}, {1, saddle_.own_cost(flow.fields)}, {1, saddle_.cost_of_others(x, saddle_.agents)}});
    return vconcat({combine({{-1, saddle_.start_value(tape, prepared, z)}}), combine({{-horizon, flow.q}}),
                    multiply(residual, residual, hjb_weight_ * horizon)});
}

Variable PopulationLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                    const Variable&) const
{
    const MeanFieldGame& game = saddle_.game;
    const int d = game.dimension();
    const Real horizon = game.horizon();
    const auto network = saddle_.generator.prepare(tape, parameters);
    const Generator::Motion motion = saddle_.generator.motion(tape, network, samples, path_weight_ > 0);
    const Saddle::Flow flow =
        saddle_.flow(tape, saddle_.value.prepare(tape, parameters), vconcat({motion.x, samples.rows(d, 1)}));
    const auto weighted = [&](Real weight, const Variable& cost) {
        return cost.exists() ? combine({{weight, cost}}) : tape.constant(1, samples.columns(), 0);
    };
    Variable distance;
    if (path_weight_ > 0) {
        distance = Hamiltonian(game, flow.fields, {})
                       .excess_cost(Jet(motion.velocity), flow.fields.unknowns[0].values.gradient)
                       .value();
    }
    return vconcat({combine({{horizon, flow.q}}), weighted(horizon, saddle_.own_cost(flow.fields)),
                    weighted(horizon * saddle_.interaction_share(), saddle_.cost_of_others(motion.x, saddle_.agents)),
                    weighted(horizon * path_weight_, distance)});
}

}  // namespace mfg
