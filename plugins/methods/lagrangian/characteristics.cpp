#include "characteristics.hpp"
#include <mfg/game/coupling.hpp>
#include <mfg/game/interaction.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

Variable at_time(const Variable& x, Real t)
{
    return vconcat({x, x.tape().constant(1, x.columns(), t)});
}

/// The right-hand side; the parts of its state are x, log determinant, transport, running cost, Hamilton-Jacobi
/// violation, and the positions of the agents that these interact with.
class Characteristics::System final : public OdeSystem {
public:
    System(const Characteristics& paths, Tape& tape, const VariableList& prepared, const PathStart& start)
        : paths_(paths), tape_(tape), prepared_(prepared), start_(start)
    {
        if (start.probe.exists()) probe_ = at_time(start.probe, 0);
    }

    bool controls_error(int part) const override { return part != hjb; }

    OdeState derivative(Real t, const OdeState& y) const override
    {
        const MeanFieldGame& game = paths_.game_;
        const CostWeights a = game.weights();
        const Variable x = y[0], others = y[5], points = at_time(x, t);
        Place at = paths_.place(tape_, prepared_, points, probe_.exists() ? 1 : 2, true);
        const Variable velocity = at.hamiltonian.velocity(at.phi.gradient).value();
        if (probe_.exists()) at.phi.laplacian = second_derivative(points);
        const Variable divergence = at.hamiltonian.velocity_divergence(at.phi.laplacian).value();

        const Jet control_cost = at.hamiltonian.optimal_control_cost(at.phi.gradient);
        const Variable w = combine({{1, start_.log_density}, {-1, y[1]}});
        const Interaction* interaction = others.exists() ? paths_.interaction() : nullptr;
        const CostAndCoupling running =
            running_cost(game, game.coupling(), x, Jet(points.rows(game.dimension(), 1)), w, interaction,
                         interaction ? population_for(*interaction, others) : Variable{});
        Variable violation;
        if (start_.with_hjb)
            violation = absolute(combine({{-1, at.phi.time_derivative.value()},
                                          {-a.running, running.coupling},
                                          {1, at.hamiltonian(at.phi.gradient, control_cost).value()}}));
        return {velocity,     divergence, combine({{1 / a.transport, control_cost.value()}}),
                running.cost, violation,  velocity_of(others, t)};
    }

private:
    static constexpr int hjb = 4;  // place of the violation among the parts

    /// How the other agents move.
    Variable velocity_of(const Variable& x, Real t) const
    {
        if (!x.exists()) return {};
        const Place at = paths_.place(tape_, prepared_, at_time(x, t), 1, false);
        return at.hamiltonian.velocity(at.phi.gradient).value();
    }

    /// v'(Hess Phi)v for the probe v of each path.
    Jet second_derivative(const Variable& points) const
    {
        return Jet(paths_.network_.evaluate(tape_, prepared_, Jet::along(points, probe_)).laplacian());
    }

    const Characteristics& paths_;
    Tape& tape_;
    const VariableList& prepared_;
    PathStart start_;
    Variable probe_;  // with a component for time, zero
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
        const Place at = paths_.place(tape_, prepared_, points, 2, true);
        return {multiply(at.hamiltonian.velocity(at.phi.gradient).value(), times_, -1),
                multiply(at.hamiltonian.velocity_divergence(at.phi.laplacian).value(), times_, -1)};
    }

private:
    const Characteristics& paths_;
    Tape& tape_;
    const VariableList& prepared_;
    Variable times_;
};

Characteristics::Characteristics(const MeanFieldGame& game, const Network& network, const Integrator& integrator)
    : game_(game), network_(network), integrator_(integrator), interaction_(game.interaction())
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

FieldValues Characteristics::value_function(Tape& tape, const VariableList& prepared, const Variable& points, int order,
                                            bool with_value) const
{
    JetShape shape = JetShape::of(order, game_.dimension(), true);
    shape.value = with_value;
    return FieldValues::of(network_.evaluate(tape, prepared, Jet::coordinates(points, shape)), shape);
}

Characteristics::Place Characteristics::place(Tape& tape, const VariableList& prepared, const Variable& points,
                                              int order, bool with_divergence) const
{
    const int d = game_.dimension();
    const FieldValues phi = value_function(tape, prepared, points, order, false);
    return {phi, Hamiltonian(game_, points.rows(0, d), Jet(points.rows(d, 1)), with_divergence)};
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

}  // namespace mfg
