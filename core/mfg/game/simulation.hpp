#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// How agents are simulated.
struct SimulationSettings {
    /// Schemes for the velocity; noise is added after each step (midpoint: weak first order with noise).
    enum class Scheme { midpoint, rk4 };

    int intervals = 16;          ///< between the times that are recorded
    int steps_per_interval = 1;  ///< ignored where the solution brings an integrator and there is no noise
    Scheme scheme = Scheme::midpoint;
    Real from = 0;                  ///< the time of the start
    Real duration = 0;              ///< may be negative, without noise; 0: from the start to the horizon
    bool with_log_density = false;  ///< games without noise only: follow the density along the paths
    bool with_costs = false;        ///< games only: add up what the agents pay

    /// Four steps of rk4 between the recorded times, for paths that are compared with others.
    static SimulationSettings accurate(int intervals) { return {intervals, 4, Scheme::rk4}; }
};

/// Agents that move with the velocity of a solution.
struct Simulation {
    Cube positions;  ///< `[times x agents x d]`, at intervals + 1 equally spaced times
    Vector times;    ///< none if the problem has no time
    /// Change of the log density along the path from the start, at the end: minus the integral of div v.
    Vector log_density_change;
    /// What each agent pays, weighted; only with costs. The densities in the costs are those along the paths without
    /// noise and those of the AgentLaw with noise: never those of a density field that was learned.
    Vector transport, running, terminal;
    /// Where the domain has exits: when each agent left, infinity for those who have not, and what it paid there (with
    /// costs). Agents who have left stay where they did.
    Vector left, exit;

    /// The share of agents who have not left at time number `node`.
    MFG_API Real present(std::size_t node) const;
    /// Positions at time number `node`, one a row.
    MFG_API Matrix at(std::size_t node) const;
    /// All positions as points of the problem, one a row, time after time.
    MFG_API Matrix points() const;
};

/// Agents start at rows of `starts` `[n x d]`, and meet the walls of the domain (mfg/game/walls.hpp). Without noise an
/// integrator of the solution is used in its own steps; the noise comes from `noise`.
MFG_API Simulation simulate(const Solution& solution, const Matrix& starts, const SimulationSettings& settings,
                            const RandomStream& noise);
/// The same from points of a Sobol sequence that follow the initial law, with noise in mirrored pairs.
MFG_API Simulation simulate_population(const Solution& solution, const RandomStream& stream, int agents,
                                       const SimulationSettings& settings);

/// Agents of the population where it begins or, if the game has no end, after they have followed the solution from
/// where its density has them until they have forgotten that, `[n x d]`.
MFG_API Matrix population_starts(const Solution& solution, const RandomStream& stream, int count);
/// For games without an end: five times as long as the slowest mode of the space takes to decay by a factor e under the
/// noise alone, 5 / (4 pi^2 nu) on the torus.
MFG_API Real forgetting_time(const Problem& problem);
/// How long an agent plays: the horizon or, in a game without an end, `forgetting_time`, but at most 1.
MFG_API Real playing_time(const Problem& problem);

}  // namespace mfg
