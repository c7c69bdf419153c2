#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// What the agents `y` `[d x m]`, a sample of the population, mean for one at each `x` `[d x n]`, `[1 x n]`: the
/// integrand of the cost, and its variational derivative, which is what an agent's own decision depends on
/// (MeanFieldGame::interaction). Derivatives flow to x and y.
MFG_API Variable interaction_cost(const Interaction& kernel, const Variable& x, const Variable& y);
MFG_API Variable interaction_coupling(const Interaction& kernel, const Variable& x, const Variable& y);

/// The coupling where the population is known from groups of `agents` consecutive columns of `x` `[d x n]`: what the
/// others of its group mean to each agent, without bias. `cost_share` times that is an integrand of the cost.
MFG_API Variable interaction_in_groups(const Interaction& kernel, const Variable& x, int agents);

/// Cost and coupling of the attraction to the mean, given `mean` `[d x n]`, or `[d x 1]` for all.
MFG_API Variable attraction(const Interaction& kernel, const Variable& x, const Variable& mean);

}  // namespace mfg
