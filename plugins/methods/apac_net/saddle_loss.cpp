#include "saddle_loss.hpp"
#include <mfg/game/interaction.hpp>
#include "learned_population.hpp"

namespace mfg {

Saddle::Flow Saddle::flow(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& points) const
{
    const Real nu = game.viscosity(), a1 = game.weights().transport;
    Flow flow;
    flow.fields = value.evaluate(tape, prepared, points, nu > 0 ? 2 : 1);
    const FieldValues& phi = flow.fields.unknowns[0].values;
    Jet q = phi.time_derivative - norm_squared(phi.gradient) / (2 * a1);
    if (const Jet b = game.drift({flow.fields.x, flow.fields.t, {}}); !b.is_zero()) q = q + dot(b, phi.gradient);
    if (nu > 0) q = q + nu * phi.laplacian;
    flow.q = q.value();
    return flow;
}

FieldNetworks::Prepared Saddle::prepare_value(Tape& tape, const VariableList& parameters) const
{
    return value.prepare(tape, parameters.part(0, static_cast<int>(value.layout().entries().size())));
}

Variable Saddle::running_cost(const Fields& fields) const
{
    const Jet c = game.running_cost({fields.x, fields.t, {}});
    return c.is_zero() ? Variable{} : combine({{game.weights().running, c.value()}});
}

Variable Saddle::interaction_coupling(const Variable& x, int together) const
{
    const Interaction kernel = game.interaction();
    if (kernel.weight == 0) return {};
    return combine({{game.weights().running, interaction_in_groups(kernel, x, together)}});
}

Matrix ValueLoss::sample(const RandomStream& stream, int count) const
{
    return saddle_.generator.sample(stream, count, saddle_.agents);
}

void ValueLoss::adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    if (sample > 0) return;
    const Vector found = parameters;
    LearnedPopulation{saddle_, layout_, found}.fit_frame(parameters, stream);
}

Variable ValueLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                               const Variable&) const
{
    const int d = saddle_.game.dimension(), n = samples.columns();
    const Real horizon = saddle_.game.horizon();
    const auto prepared = saddle_.prepare_value(tape, parameters);
    const Variable z = samples.rows(0, d), t = samples.rows(d, 1);
    const Variable x = saddle_.generator.positions(tape, saddle_.generator.prepare(tape, parameters), samples);
    const Saddle::Flow flow = saddle_.flow(tape, prepared, vconcat({x, t}));
    const Variable residual = combine(
        {{1, flow.q}, {1, saddle_.running_cost(flow.fields)}, {1, saddle_.interaction_coupling(x, saddle_.agents)}});
    const Variable start = saddle_.value.evaluate(tape, prepared, vconcat({z, tape.constant(1, n, 0)}), 0)
                               .unknowns[0]
                               .values.value.value();
    return vconcat(
        {combine({{-1, start}}), combine({{-horizon, flow.q}}), multiply(residual, residual, hjb_weight_ * horizon)});
}

Matrix PopulationLoss::sample(const RandomStream& stream, int count) const
{
    return saddle_.generator.sample(stream, count, saddle_.agents);
}

Variable PopulationLoss::integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                                    const Variable&) const
{
    const MeanFieldGame& game = saddle_.game;
    const int d = game.dimension(), n = samples.columns();
    const Real horizon = game.horizon(), a1 = game.weights().transport;
    const auto network = saddle_.generator.prepare(tape, parameters);
    Generator::Motion motion;
    if (path_weight_ > 0)
        motion = saddle_.generator.motion(tape, network, samples);
    else
        motion.x = saddle_.generator.positions(tape, network, samples);
    const Saddle::Flow flow =
        saddle_.flow(tape, saddle_.prepare_value(tape, parameters), vconcat({motion.x, samples.rows(d, 1)}));
    const auto weighted = [&](Real weight, const Variable& cost) {
        return cost.exists() ? combine({{weight, cost}}) : tape.constant(1, n, 0);
    };
    Variable distance;
    if (path_weight_ > 0) {
        const Jet b = game.drift({flow.fields.x, flow.fields.t, {}});
        const Variable off = combine({{1, motion.velocity},
                                      {1 / a1, flow.fields.unknowns[0].values.gradient.value()},
                                      {-1, b.is_zero() ? Variable{} : b.value()}});
        distance = dot_rows(off, off, a1 / 2);
    }
    return vconcat(
        {combine({{horizon, flow.q}}), weighted(horizon, saddle_.running_cost(flow.fields)),
         weighted(horizon * saddle_.interaction_share(), saddle_.interaction_coupling(motion.x, saddle_.agents)),
         weighted(horizon * path_weight_, distance)});
}

}  // namespace mfg
