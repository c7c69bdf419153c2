#include "characteristics.hpp"
#include <mfg/base/error.hpp>
#include <mfg/game/interaction.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// x `[d x n]` and one time: points `[d + 1 x n]`.
Variable at_time(Tape& tape, const Variable& x, Real t)
{
    return vconcat({x, tape.constant(1, x.columns(), t)});
}

}  // namespace

/// The right-hand side; the parts of its state are x, log determinant, transport, running cost, Hamilton-Jacobi
/// violation, and the positions of the agents that these interact with.
class Characteristics::System final : public OdeSystem {
public:
    System(const Characteristics& paths, Tape& tape, const VariableList& prepared, const PathStart& start)
        : paths_(paths), tape_(tape), prepared_(prepared), initial_log_density_(start.log_density)
    {
        if (start.probe.exists()) probe_ = vconcat({start.probe, tape.constant(1, start.x.columns(), 0)});
    }

    bool controls_error(int part) const override { return part != hjb; }

    OdeState derivative(Real t, const OdeState& y) const override
    {
        const MeanFieldGame& game = paths_.game_;
        const CostWeights a = game.weights();
        const Variable x = y[0], points = at_time(tape_, x, t);
        const Motion motion = paths_.motion(tape_, prepared_, points, probe_.exists() ? 1 : 2);
        const Variable gradient = motion.phi.gradient();
        const Variable kinetic = dot_rows(gradient, gradient, 1 / (2 * a.transport));
        const Variable expansion =
            probe_.exists() ? combine({{-1 / a.transport, second_derivative(points)}, {1, divergence(motion.drift)}})
                            : motion.expansion;
        const Jet time(points.rows(game.dimension(), 1));

        const Variable w = combine({{1, initial_log_density_}, {-1, y[1]}});
        const Variable others = y[5];
        CostAndCoupling running =
            cost_and_coupling(game.coupling(), x, time, w, [&](const State& s) { return game.running_cost(s); });
        if (others.exists()) {
            const Interaction kernel = game.interaction();
            const Variable felt = interaction_coupling(kernel, x, others);
            running = {combine({{1, running.cost}, {kernel.cost_share(), felt}}),
                       combine({{1, running.coupling}, {1, felt}})};
        }
        Variable violation;
        if (paths_.with_hjb_)
            violation = absolute(
                combine({{-1, motion.phi.time_derivative()},
                         {-a.running, running.coupling},
                         {1, kinetic},
                         {-1, motion.drift.is_zero() ? Variable{} : dot_rows(motion.drift.value(), gradient)}}));
        return {motion.velocity, expansion, combine({{1 / a.transport, kinetic}}),
                running.cost,    violation, velocity_of(t, others)};
    }

private:
    static constexpr int hjb = 4;  // place of the violation among the parts

    /// How the other agents move.
    Variable velocity_of(Real t, const Variable& x) const
    {
        if (!x.exists()) return {};
        return paths_.velocity(tape_, prepared_, at_time(tape_, x, t));
    }

    /// v'(Hess Phi)v for the probe v of each path.
    Variable second_derivative(const Variable& points) const
    {
        return paths_.network_.evaluate(tape_, prepared_, Jet::along(points, probe_)).laplacian();
    }

    const Characteristics& paths_;
    Tape& tape_;
    const VariableList& prepared_;
    Variable initial_log_density_, probe_;  // the probe with a component for time, zero
};

/// From each point at its own time T to t = 0, in the time s = 1 - t / T that all share; parts are x and the integral
/// of div v over the way, with its sign.
class Characteristics::BackwardSystem final : public OdeSystem {
public:
    BackwardSystem(const Characteristics& paths, Tape& tape, const VariableList& prepared, const Variable& times)
        : paths_(paths), tape_(tape), prepared_(prepared), times_(times)
    {
    }

    OdeState derivative(Real s, const OdeState& y) const override
    {
        const Variable points = vconcat({y[0], combine({{1 - s, times_}})});
        const Motion motion = paths_.motion(tape_, prepared_, points, 2);
        return {multiply(motion.velocity, times_, -1), multiply(motion.expansion, times_, -1)};
    }

private:
    const Characteristics& paths_;
    Tape& tape_;
    const VariableList& prepared_;
    Variable times_;
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

Characteristics::Motion Characteristics::motion(Tape& tape, const VariableList& prepared, const Variable& points,
                                                int order) const
{
    const int d = game_.dimension();
    const Variable x = points.rows(0, d);
    JetShape derivatives_only = JetShape::of(order, d, true);
    derivatives_only.value = false;
    Motion motion;
    motion.phi = network_.evaluate(tape, prepared, Jet::coordinates(points, derivatives_only));
    motion.drift = game_.drift({Jet::coordinates(x, JetShape::of(1, d, false)), Jet(points.rows(d, 1)), {}});
    if (!motion.drift.is_zero() && motion.drift.features() != d)
        throw Error("problem: the drift must have as many features as the space has dimensions");
    const Real share = -1 / game_.weights().transport;
    motion.velocity =
        combine({{share, motion.phi.gradient()}, {1, motion.drift.is_zero() ? Variable{} : motion.drift.value()}});
    if (order == 2) motion.expansion = combine({{share, motion.phi.laplacian()}, {1, divergence(motion.drift)}});
    return motion;
}

Variable Characteristics::log_density(Tape& tape, const VariableList& prepared, const Variable& points,
                                      const StepControl& control) const
{
    const int d = game_.dimension();
    const Variable times = points.rows(d, 1);
    const BackwardSystem system(*this, tape, prepared, times);
    const OdeState start{points.rows(0, d), tape.constant(1, points.columns(), 0)};
    // All points of the tile take the steps that the latest one needs.
    StepControl back = control;
    const Real share = *std::max_element(times.data(), times.data() + times.columns()) / game_.horizon();
    back.steps = std::max(1, static_cast<int>(std::ceil(share * control.steps - 1e-9)));
    const OdeState end = integrator_.integrate(system, 0, 1, back, start);
    return combine({{1, game_.initial_density().log_density(Jet(end[0])).value()}, {1, end[1]}});
}

Variable Characteristics::velocity(Tape& tape, const VariableList& prepared, const Variable& points) const
{
    return motion(tape, prepared, points, 1).velocity;
}

Jet Characteristics::field(Tape& tape, const VariableList& prepared, const Variable& points, int order) const
{
    return network_.evaluate(tape, prepared, Jet::coordinates(points, JetShape::of(order, game_.dimension(), true)));
}

Jet Characteristics::field(Tape& tape, const VariableList& prepared, const Variable& x, Real t, int order) const
{
    return field(tape, prepared, at_time(tape, x, t), order);
}

Variable Characteristics::value(Tape& tape, const VariableList& prepared, const Variable& x, Real t) const
{
    return field(tape, prepared, x, t, 0).value();
}

CostAndCoupling Characteristics::terminal_cost(Tape& tape, const PathEnd& end) const
{
    return cost_and_coupling(game_.coupling(), end.x, Jet(tape.constant(1, end.x.columns(), game_.horizon())),
                             end.log_density, [&](const State& s) { return game_.terminal_cost(s); });
}

}  // namespace mfg
