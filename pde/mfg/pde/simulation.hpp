#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// Agents that start from the initial law of a system and move with its velocity, with noise where there is viscosity:
/// `[times x agents x d]` at `intervals` + 1 equally spaced times. They start at points of a Sobol sequence; noise
/// comes in mirrored pairs.
MFG_API Cube simulate_agents(const LearnedFields& learned, const RandomStream& stream, int agents, int intervals,
                             int steps_per_interval = 1);

/// The positions at time number `node`, one a row.
MFG_API Matrix positions_at(const Cube& agents, int node);

}  // namespace mfg
