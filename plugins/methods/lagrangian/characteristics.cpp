#include "characteristics.hpp"
#include <mfg/game/curvature.hpp>
#include <mfg/game/interaction.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

Variable at_time(const Variable& x, Real t)
{
    return vconcat({x, x.tape().constant(1, x.columns(), t)});
}

namespace {

/// The right-hand side of an equation, as a function of time and state. The error of part `uncontrolled` does not
/// count.
template <class Rates>
class RatesSystem final : public OdeSystem {
public:
    explicit RatesSystem(const Rates& rates, int uncontrolled = -1) : rates_(rates), uncontrolled_(uncontrolled) {}

    OdeState derivative(Real t, const OdeState& y) const override { return rates_(t, y); }
    bool controls_error(int part) const override { return part != uncontrolled_; }

private:
    Rates rates_;
    int uncontrolled_;
};

}  // namespace

PathEnd Characteristics::integrate(Tape& tape, const VariableList& prepared, const PathStart& start, Real t0, Real t1,
                                   const StepControl& control) const
{
    const CostWeights a = game_.weights();
    const Variable probe = start.probe.exists() ? at_time(start.probe, 0) : Variable{};
    // Parts of the state: x, log determinant, transport, running cost, Hamilton-Jacobi violation, and the positions of
    // the agents that these interact with.
    constexpr int violation_part = 4;
    const auto rates = [&](Real t, const OdeState& y) -> OdeState {
        const Variable x = y[0], others = y[5], points = at_time(x, t);
        Place at = place(tape, prepared, points, probe.exists() ? 1 : 2, true);
        const Variable velocity = at.hamiltonian.velocity(at.phi.gradient).value();
        if (probe.exists())
            at.phi.laplacian = Jet(network_.evaluate(tape, prepared, Jet::along(points, probe)).laplacian());
        const Variable divergence = at.hamiltonian.velocity_divergence(at.phi).value();

        const Jet control_cost = at.hamiltonian.optimal_control_cost(at.phi.gradient);
        const Variable w = combine({{1, start.log_density}, {-1, y[1]}});
        const Interaction* interaction = others.exists() ? this->interaction() : nullptr;
        const CostAndCoupling running =
            with_interaction(running_.costs(x, Jet(points.rows(game_.dimension(), 1)), w), interaction, x,
                             interaction ? population_for(*interaction, others) : Variable{});
        Variable violation, velocity_of_others;
        if (start.hjb != PathStart::Violation::none) {
            violation = combine({{-1, at.phi.time_derivative.value()},
                                 {-a.running, running.coupling},
                                 {1, at.hamiltonian(at.phi.gradient).value()}});
            violation =
                start.hjb == PathStart::Violation::squared ? multiply(violation, violation) : absolute(violation);
        }
        if (others.exists()) {
            const Place there = place(tape, prepared, at_time(others, t), 1, false);
            velocity_of_others = there.hamiltonian.velocity(there.phi.gradient).value();
        }
        return {velocity,     divergence, combine({{1 / a.transport, control_cost.value()}}),
                running.cost, violation,  velocity_of_others};
    };
    const Variable zero = tape.constant(1, start.x.columns(), 0);
    const OdeState end = integrator_.integrate(RatesSystem(rates, violation_part), t0, t1, control,
                                               {start.x, zero, zero, zero, zero, start.others});
    return {end[0], combine({{1, start.log_density}, {-1, end[1]}}), end[1], end[2], end[3], end[4]};
}

FieldValues Characteristics::value_function(Tape& tape, const VariableList& prepared, const Variable& points, int order,
                                            bool with_value) const
{
    JetShape shape = JetShape::of(order, game_.dimension(), true);
    shape.value = with_value;
    FieldValues phi = FieldValues::of(network_.evaluate(tape, prepared, Jet::coordinates(points, shape)), shape);
    if (order == 2)
        add_curvature(phi, value_directions(game_), points, game_.dimension(),
                      [&](const Jet& along) { return network_.evaluate(tape, prepared, along); });
    return phi;
}

Characteristics::Place Characteristics::place(Tape& tape, const VariableList& prepared, const Variable& points,
                                              int order, bool with_divergence) const
{
    const int d = game_.dimension();
    const FieldValues phi = value_function(tape, prepared, points, order, false);
    return {phi, Hamiltonian(game_, points.rows(0, d), Jet(points.rows(d, 1)), {}, with_divergence)};
}

Variable Characteristics::log_density(Tape& tape, const VariableList& prepared, const Variable& points,
                                      const StepControl& control) const
{
    const int d = game_.dimension();
    const Variable times = points.rows(d, 1);
    // In the time s = 1 - t / T that all share; parts are x and the integral of div v over the way, with its sign.
    const auto rates = [&](Real s, const OdeState& y) -> OdeState {
        const Place at = place(tape, prepared, vconcat({y[0], combine({{1 - s, times}})}), 2, true);
        return {multiply(at.hamiltonian.velocity(at.phi.gradient).value(), times, -1),
                multiply(at.hamiltonian.velocity_divergence(at.phi).value(), times, -1)};
    };
    const OdeState start{points.rows(0, d), tape.constant(1, points.columns(), 0)};
    // All points of the tile take the steps that the latest one needs.
    StepControl back = control;
    const Real share = *std::max_element(times.data(), times.data() + times.columns()) / game_.horizon();
    back.steps = std::max(1, static_cast<int>(std::ceil(share * control.steps - 1e-9)));
    const OdeState end = integrator_.integrate(RatesSystem(rates), 0, 1, back, start);
    return combine({{1, game_.initial_density().log_density(Jet(end[0])).value()}, {1, end[1]}});
}

}  // namespace mfg
