#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// What the population `y` `[d x m]` (a sample, or its mean `[d x 1]`, or `[d x n]` one mean a point, for an
/// attraction) means for an agent at each `x` `[d x n]`: `[1 x n]`, the variational derivative of the cost, on which an
/// agent's own decision depends (MeanFieldGame::interaction). Interaction::cost_share times that is an integrand of the
/// cost. Derivatives flow to x and y.
MFG_API Variable interaction_coupling(const Interaction& interaction, const Variable& x, const Variable& y);

/// The same if the population is known from groups of `agents` consecutive columns of `x` `[d x n]`: what the others of
/// its group mean to each agent, without bias.
MFG_API Variable interaction_in_groups(const Interaction& interaction, const Variable& x, int agents);

/// What `interaction_coupling` needs of the population that is known from `sample` `[d x m]`: the sample itself for a
/// kernel of pairs, its mean for an attraction.
MFG_API Variable population_for(const Interaction& interaction, const Variable& sample);
/// The same of agents at rows of `points` `[m x d]`.
MFG_API Matrix population_for(const Interaction& interaction, const Matrix& points);

}  // namespace mfg
