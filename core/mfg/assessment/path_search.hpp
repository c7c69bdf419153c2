#pragma once
#include <mfg/assessment/agent_costs.hpp>

#include <vector>

namespace mfg {

/// Ends of straight paths that are worth a closer look, for agents without noise who start at rows of `starts`: at most
/// `tries` matrices `[n x d]`, the best end for each start first, the others apart from those before.
///
/// Ends are tried by the cost at the end and that of going there straight. They are those of agents of the population
/// and of the target, points between two of these and, in at most three dimensions, points of the box around all; then
/// some rounds of points near the best.
MFG_API std::vector<Matrix> promising_ends(const Solution& solution, const AgentCosts& costs, const Matrix& starts,
                                           int tries, const RandomStream& stream);

}  // namespace mfg
