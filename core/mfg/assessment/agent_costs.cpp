#include <mfg/assessment/agent_costs.hpp>
#include <mfg/game/interaction.hpp>

namespace mfg {
AgentCosts::AgentCosts(const LearnedGame& learned, const RandomStream& stream)
    : learned_(learned),
      game_(learned.game()),
      a_(game_.weights()),
      running_needs_density_(depends_on_density(game_, [this](const State& s) { return game_.running_cost(s); })),
      terminal_needs_density_(depends_on_density(game_, [this](const State& s) { return game_.terminal_cost(s); }))
{
    if (running_needs_density_ || terminal_needs_density_) lowest_ = learned.lowest_log_density(stream);
}

template <class Formula>
Variable AgentCosts::coupling(Tape& tape, const Variable& points, bool needs_density, Formula formula) const
{
    const int d = game_.dimension();
    Variable w = tape.constant(1, points.columns(), 0);
    if (needs_density) {
        // lowest + log(1 + exp(w - lowest)): a corner would stop the search for the best path.
        const Jet above(add_number(learned_.log_density(tape, points), -lowest_));
        // log_cosh is log(2 cosh).
        w = (Real(0.5) * above + log_cosh(Real(0.5) * above) + lowest_).value();
    }
    const Jet time = game_.stationary() ? Jet{} : Jet(points.rows(d, 1));
    return cost_and_coupling(learned_.coupling(), points.rows(0, d), time, w, formula).coupling;
}

Variable AgentCosts::effort(const Variable& points, const Variable& velocity) const
{
    const int d = game_.dimension();
    const Jet time = game_.stationary() ? Jet{} : Jet(points.rows(d, 1));
    const Jet drift = game_.drift({Jet(points.rows(0, d)), time, {}});
    const Variable own = drift.is_zero() ? velocity : combine({{1, velocity}, {-1, drift.value()}});
    return dot_rows(own, own, a_.transport / 2);
}

Variable AgentCosts::running(Tape& tape, const Variable& points, const Variable& others) const
{
    if (a_.running == 0) return {};
    const Variable cost =
        coupling(tape, points, running_needs_density_, [this](const State& s) { return game_.running_cost(s); });
    const Variable company = others.exists()
                                 ? interaction_coupling(game_.interaction(), points.rows(0, game_.dimension()), others)
                                 : Variable{};
    return combine({{a_.running, cost}, {a_.running, company}});
}

Variable AgentCosts::terminal(Tape& tape, const Variable& points) const
{
    if (a_.terminal == 0) return {};
    return combine({{a_.terminal, coupling(tape, points, terminal_needs_density_,
                                           [this](const State& s) { return game_.terminal_cost(s); })}});
}

}  // namespace mfg
