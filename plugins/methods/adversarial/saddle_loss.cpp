#include "saddle_loss.hpp"
#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>

namespace mfg {
SaddleLoss::SaddleLoss(const GameSystem& system, const FieldNetworks& fields, const Collocation& collocation, Side side)
    : system_(system),
      fields_(fields),
      collocation_(collocation),
      side_(side),
      running_(system.game(), system.coupling(), CostPart::running),
      terminal_(system.game(), system.coupling(), CostPart::terminal),
      duration_(system.stationary() ? 1 : system.horizon())
{
    if (!system.periodic()) throw UnsupportedProblem("saddle function: its integrals over space need a torus");
}

std::vector<std::string> SaddleLoss::terms() const
{
    if (side_ == Side::value) return {"dynamics", system_.stationary() ? "mass" : "initial"};
    return {"dynamics", "coupling", system_.stationary() ? "mass" : "terminal"};
}

Variable SaddleLoss::of_value(Tape& tape, const VariableList& parameters, const Variable& samples) const
{
    const MeanFieldGame& game = system_.game();
    const auto prepared = fields_.prepare(tape, parameters);
    const Fields f = fields_.evaluate(tape, prepared, collocation_.points(tape, prepared, samples, Where::interior), 1);
    const FieldValues &phi = f["phi"], &w = f["log_density"];
    const Jet m = exp(w.value);
    Jet flow = game.viscosity() * dot(w.gradient, phi.gradient) + Hamiltonian(game, f, {})(phi.gradient);
    if (system_.stationary()) return vconcat({(m * flow).value(), (f.constants[0] * (m - Real(1))).value()});

    flow = flow + phi.value * w.time_derivative;
    const Fields start =
        fields_.evaluate(tape, prepared, collocation_.points(tape, prepared, samples, Where::initial), 0);
    const Jet excess = exp(start["log_density"].value) - exp(game.initial_density().log_density(start.x));
    return vconcat({(duration_ * m * flow).value(), (excess * start["phi"].value).value()});
}

Variable SaddleLoss::of_density(Tape& tape, const VariableList& parameters, const Variable& samples) const
{
    const MeanFieldGame& game = system_.game();
    const auto prepared = fields_.prepare(tape, parameters);
    const Variable points = collocation_.points(tape, prepared, samples, Where::interior);
    const Fields f = fields_.evaluate(tape, prepared, points, 2, Solution::Part::values);
    const FieldValues& phi = f["phi"];
    const Jet w = fields_.evaluate(tape, prepared, points, 0, Solution::Part::densities)["log_density"].value,
              m = duration_ * exp(w);
    const Jet rate = -hamilton_jacobi(game, f, phi);
    const auto costs = [&](const LocalPotential& cost, Real weight, const Fields& at, const Jet& log_density) {
        const Variable c = weight == 0 ? Variable{} : cost.integrand(at.x.value(), at.t, log_density.value());
        return Jet(c.exists() ? combine({{weight, c}}) : tape.constant(1, log_density.samples(), 0));
    };
    const CostWeights a = game.weights();
    const Variable dynamics = (m * rate).value(), coupling = (m * costs(running_, a.running, f, w)).value();
    if (system_.stationary()) return vconcat({dynamics, coupling, (f.constants[0] * (Real(1) - m)).value()});

    const Fields end =
        fields_.evaluate(tape, prepared, collocation_.points(tape, prepared, samples, Where::terminal), 0);
    const Jet& last = end["log_density"].value;
    return vconcat(
        {dynamics, coupling, (exp(last) * (costs(terminal_, a.terminal, end, last) - end["phi"].value)).value()});
}

}  // namespace mfg
