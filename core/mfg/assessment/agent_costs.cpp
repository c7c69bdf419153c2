#include <mfg/assessment/agent_costs.hpp>
#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {
namespace {

/// The lowest log density that agents of the population meet, other agents than those of the law.
Real lowest_log_density(const Solution& solution, const AgentLaw& law, const RandomStream& stream)
{
    constexpr int agents = 512;
    const Simulation paths = simulate(solution, population_starts(solution, stream.part("starts"), agents),
                                      SimulationSettings::accurate(8), stream.part("noise"));
    Real lowest = std::numeric_limits<Real>::infinity();
    for (std::size_t k = 0; k < paths.positions.shape(0); ++k)
        for (const Real w : law.log_density_at(paths.at(k), paths.times.size() > 0 ? paths.times(k) : Real(0)))
            lowest = std::min(lowest, w);
    return lowest;
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

AgentCosts::AgentCosts(const Solution& solution, const RandomStream& stream, const DensitySettings& densities)
    : solution_(solution),
      game_(*solution.problem().mean_field_game()),
      running_needs_density_(depends_on_density(game_, CostPart::running)),
      terminal_needs_density_(depends_on_density(game_, CostPart::terminal)),
      hamiltonian_needs_density_(game_.hamiltonian_traits().depends_on_density),
      smoothing_(densities.smoothing)
{
    if (!need_density()) return;
    law_ = std::make_shared<const AgentLaw>(solution, stream.part("law"), AgentLaw::Effort());
    lowest_ = lowest_log_density(solution, *law_, stream);
    floor_ = densities.floor.value_or(lowest_);
}

AgentCosts::AgentCosts(const AgentCosts& costs, const DensitySettings& densities) : AgentCosts(costs)
{
    floor_ = densities.floor.value_or(lowest_);
    smoothing_ = densities.smoothing;
}

bool AgentCosts::unbounded_below() const
{
    // A logarithm grows by a factor; a power of the density has long reached its limit.
    constexpr Real low = -1e4, lower = -1e6, infinity = std::numeric_limits<Real>::infinity();
    const KeptTape kept;
    Tape& tape = *kept;
    const auto falls = [&](CostPart part) {
        const auto at = [&](Real w) {
            tape.begin(false);
            const Variable x = tape.constant(game_.dimension(), 1, 0.5), density = tape.constant(1, 1, w);
            const Jet t = game_.stationary() ? Jet{} : Jet(tape.constant(1, 1, game_.horizon()));
            const Variable c = (part == CostPart::running ? running_cost(game_, solution_.coupling(), x, t, density)
                                                          : terminal_cost(game_, solution_.coupling(), x, density))
                                   .coupling;
            return c.exists() ? cost_weight(game_, part) * c(0, 0) : 0;
        };
        const Real there = at(lower);
        return there < at(low) - 1e-3 * (low - lower) * std::abs(cost_weight(game_, part)) || there == -infinity;
    };
    return (running_needs_density_ && falls(CostPart::running)) ||
           (terminal_needs_density_ && falls(CostPart::terminal));
}

Jet AgentCosts::time(const Variable& points) const
{
    return game_.stationary() ? Jet{} : Jet(points.rows(game_.dimension(), 1));
}

Variable AgentCosts::log_density(Tape& tape, const Variable& points, bool needed) const
{
    if (!needed) return tape.constant(1, points.columns(), 0);
    const Variable x = points.rows(0, game_.dimension());
    const Real t = game_.stationary() ? Real(0) : points(game_.dimension(), 0);
    const Variable w =
        smoothing_ > 0 ? law_->smoothed_log_density(tape, x, t, smoothing_) : law_->log_density(tape, x, t);
    // floor + softness log(1 + exp((w - floor) / softness)): a corner would stop the search for the best path, and what
    // is much above the floor is to stay as it is. log_cosh is log(2 cosh).
    constexpr Real softness = 0.1;
    const Jet above = (Jet(w) - floor_) / softness;
    return (softness * (Real(0.5) * above + log_cosh(Real(0.5) * above)) + floor_).value();
}

Hamiltonian AgentCosts::hamiltonian(const Variable& points) const
{
    const Jet w = hamiltonian_needs_density_ ? Jet(log_density(points.tape(), points, true)) : Jet{};
    return {game_, points.rows(0, game_.dimension()), time(points), w};
}

Variable AgentCosts::control(const Variable& points, const Variable& velocity) const
{
    return hamiltonian(points).control_cost(Jet(velocity)).value();
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
