#include <mfg/assessment/agent_costs.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>

namespace mfg {
namespace {

/// The lowest log density that agents of the population meet.
Real lowest_log_density(const Solution& solution, const RandomStream& stream)
{
    constexpr int agents = 512;
    const Simulation paths = simulate(solution, population_starts(solution, stream.part("starts"), agents),
                                      SimulationSettings::accurate(8), stream.part("noise"));
    const Matrix points = paths.points();
    const Matrix w = solution.map(
        points, 0, 1, [&](const Fields& f) { return solution.log_density(f); }, Solution::Part::densities);
    return *std::min_element(w.begin(), w.end());
}

}  // namespace

PopulationSample::PopulationSample(const Solution& solution, int intervals, const RandomStream& stream)
    : interaction_(solution.problem().mean_field_game()->interaction())
{
    if (!interaction_) return;
    constexpr int agents = 512;
    const Simulation paths = simulate(solution, population_starts(solution, stream.part("starts"), agents),
                                      SimulationSettings::accurate(intervals), stream);
    for (int k = 0; k <= intervals; ++k) positions_.push_back(population_for(*interaction_, paths.at(k)));
}

Variable PopulationSample::at(Tape& tape, int time) const
{
    if (positions_.empty()) return {};
    return tape.constant_view(positions_[time].data(), rows(positions_[time]), columns(positions_[time]));
}

AgentCosts::AgentCosts(const Solution& solution, const RandomStream& stream)
    : solution_(solution),
      game_(*solution.problem().mean_field_game()),
      running_needs_density_(depends_on_density(game_, CostPart::running)),
      terminal_needs_density_(depends_on_density(game_, CostPart::terminal))
{
    if (running_needs_density_ || terminal_needs_density_) lowest_ = lowest_log_density(solution, stream);
}

Jet AgentCosts::time(const Variable& points) const
{
    return game_.stationary() ? Jet{} : Jet(points.rows(game_.dimension(), 1));
}

Variable AgentCosts::log_density(Tape& tape, const Variable& points, bool needed) const
{
    if (!needed) return tape.constant(1, points.columns(), 0);
    const Jet w = solution_.log_density(solution_.fields(tape, points, 0, Solution::Part::densities));
    // lowest + log(1 + exp(w - lowest)): a corner would stop the search for the best path. log_cosh is log(2 cosh).
    const Jet above = w - lowest_;
    return (Real(0.5) * above + log_cosh(Real(0.5) * above) + lowest_).value();
}

Variable AgentCosts::control(const Variable& points, const Variable& velocity) const
{
    const Hamiltonian h(game_, points.rows(0, game_.dimension()), time(points));
    return h.control_cost(Jet(velocity)).value();
}

Variable AgentCosts::running(Tape& tape, const Variable& points, const PopulationSample& others, int time_number) const
{
    const Real a2 = game_.weights().running;
    if (a2 == 0) return {};
    return combine({{a2, running_cost(game_, solution_.coupling(), points.rows(0, game_.dimension()), time(points),
                                      log_density(tape, points, running_needs_density_), others.interaction(),
                                      others.at(tape, time_number))
                             .coupling}});
}

Variable AgentCosts::terminal(Tape& tape, const Variable& points) const
{
    const Real a3 = game_.weights().terminal;
    if (a3 == 0) return {};
    return combine({{a3, terminal_cost(game_, solution_.coupling(), points.rows(0, game_.dimension()),
                                       log_density(tape, points, terminal_needs_density_))
                             .coupling}});
}

}  // namespace mfg
