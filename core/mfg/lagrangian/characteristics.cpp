#include <mfg/error.hpp>
#include <mfg/lagrangian/characteristics.hpp>

namespace mfg {
namespace {

Jet constant_time(Tape& tape, int samples, Real t)
{
    return Jet(tape.constant(1, samples, t));
}

/// E_y k(x,y) over the agents y `[d x m]` at each x `[d x n]`: `[1 x n]`.
Variable interaction_mean(const GaussianInteraction& kernel, const Variable& x, const Variable& y)
{
    Tape& tape = x.tape();
    const Real scale = 1 / (kernel.width * kernel.width);
    const Variable p = x.rows(0, kernel.coordinates), q = y.rows(0, kernel.coordinates);
    // -|p - q|^2 / (2 width^2) for all pairs is one product.
    const Variable left = stack({q, tape.constant(1, y.columns(), 1), dot_rows(q, q, Real(-0.5) * scale)});
    const Variable right =
        stack({combine({{scale, p}}), dot_rows(p, p, Real(-0.5) * scale), tape.constant(1, x.columns(), 1)});
    const Variable kernels = exp(Jet(matmul(left, right, true))).value();
    return sum_rows(kernels, kernel.weight / y.columns());
}

}  // namespace

/// The right-hand side; the parts of its state are x, log determinant, transport, running cost, Hamilton-Jacobi
/// violation, and the positions of the agents that these interact with.
class Characteristics::System final : public OdeSystem {
public:
    System(const Characteristics& paths, Tape& tape, const VariableList& prepared, const PathStart& start)
        : paths_(paths), tape_(tape), prepared_(prepared), initial_log_density_(start.log_density)
    {
        if (start.probe.exists()) probe_ = stack({start.probe, tape.constant(1, start.x.columns(), 0)});
    }

    bool controls_error(int part) const override { return part != hjb; }

    OdeState derivative(Real t, const OdeState& y) const override
    {
        const MeanFieldGame& game = paths_.game_;
        const CostWeights a = game.weights();
        const Variable x = y[0];
        JetShape derivatives_only = JetShape::of(probe_.exists() ? 1 : 2, game.dimension(), true);
        derivatives_only.value = false;
        const Jet phi = paths_.field(tape_, prepared_, x, t, derivatives_only);
        const Variable gradient = phi.gradient();
        const Variable kinetic = dot_rows(gradient, gradient, 1 / (2 * a.transport));

        const Jet time = constant_time(tape_, x.columns(), t);
        const JetShape space = JetShape::of(1, game.dimension(), false);
        const Jet drift = game.drift({Jet::coordinates(x, space), time, {}});
        if (!drift.is_zero() && drift.features() != game.dimension())
            throw Error("problem: the drift must have as many features as the space has dimensions");
        const Variable velocity =
            combine({{-1 / a.transport, gradient}, {1, drift.is_zero() ? Variable{} : drift.value()}});
        const Variable expansion = combine(
            {{-1 / a.transport, probe_.exists() ? second_derivative(x, t) : phi.laplacian()}, {1, divergence(drift)}});

        const Variable w = combine({{1, initial_log_density_}, {-1, y[1]}});
        const Variable others = y[5];
        CostAndCoupling running =
            cost_and_coupling(game.coupling(), x, time, w, [&](const State& s) { return game.running_cost(s); });
        if (others.exists()) {
            const Variable mean = interaction_mean(game.interaction(), x, others);
            running = {combine({{1, running.cost}, {Real(0.5), mean}}), combine({{1, running.coupling}, {1, mean}})};
        }
        Variable violation;
        if (paths_.with_hjb_)
            violation = absolute(combine({{-1, phi.time_derivative()},
                                          {-a.running, running.coupling},
                                          {1, kinetic},
                                          {-1, drift.is_zero() ? Variable{} : dot_rows(drift.value(), gradient)}}));
        return {velocity,     expansion, combine({{1 / a.transport, kinetic}}),
                running.cost, violation, velocity_of(t, others)};
    }

private:
    static constexpr int hjb = 4;  // place of the violation among the parts

    /// How the other agents move.
    Variable velocity_of(Real t, const Variable& x) const
    {
        if (!x.exists()) return {};
        const MeanFieldGame& game = paths_.game_;
        JetShape gradient_only = JetShape::of(1, game.dimension(), true);
        gradient_only.value = false;
        const Variable gradient = paths_.field(tape_, prepared_, x, t, gradient_only).gradient();
        const Jet drift = game.drift({Jet(x), constant_time(tape_, x.columns(), t), {}});
        return combine({{-1 / game.weights().transport, gradient}, {1, drift.is_zero() ? Variable{} : drift.value()}});
    }

    /// v'(Hess Phi)v for the probe v of each path.
    Variable second_derivative(const Variable& x, Real t) const
    {
        const Variable points = stack({x, tape_.constant(1, x.columns(), t)});
        return paths_.network_.evaluate(tape_, prepared_, Jet::along(points, probe_)).laplacian();
    }

    const Characteristics& paths_;
    Tape& tape_;
    const VariableList& prepared_;
    Variable initial_log_density_, probe_;  // the probe with a component for time, zero
};

Characteristics::Characteristics(const MeanFieldGame& game, const Network& network, const Integrator& integrator,
                                 bool with_hjb)
    : game_(game), network_(network), integrator_(integrator), with_hjb_(with_hjb)
{
}

VariableList Characteristics::prepare(Tape& tape, const VariableList& parameters) const
{
    return network_.prepare(tape, parameters, input());
}

PathEnd Characteristics::integrate(Tape& tape, const VariableList& prepared, const PathStart& start, Real t0, Real t1,
                                   const StepControl& control) const
{
    const Variable zero = tape.constant(1, start.x.columns(), 0);
    const System system(*this, tape, prepared, start);
    const OdeState end =
        integrator_.integrate(system, t0, t1, control, {start.x, zero, zero, zero, zero, start.others});
    return {end[0], combine({{1, start.log_density}, {-1, end[1]}}), end[1], end[2], end[3], end[4]};
}

Jet Characteristics::field(Tape& tape, const VariableList& prepared, const Variable& x, Real t, int order) const
{
    return field(tape, prepared, x, t, JetShape::of(order, game_.dimension(), true));
}

Jet Characteristics::field(Tape& tape, const VariableList& prepared, const Variable& x, Real t,
                           const JetShape& shape) const
{
    const Variable points = stack({x, tape.constant(1, x.columns(), t)});
    return network_.evaluate(tape, prepared, Jet::coordinates(points, shape));
}

Variable Characteristics::value(Tape& tape, const VariableList& prepared, const Variable& x, Real t) const
{
    return field(tape, prepared, x, t, 0).value();
}

CostAndCoupling Characteristics::terminal_cost(Tape& tape, const PathEnd& end) const
{
    return cost_and_coupling(game_.coupling(), end.x, constant_time(tape, end.x.columns(), game_.horizon()),
                             end.log_density, [&](const State& s) { return game_.terminal_cost(s); });
}

}  // namespace mfg
