#pragma once
#include <mfg/loss.hpp>
#include <mfg/parameters.hpp>

namespace mfg {

/// A sample of a loss that is a sum of squares.
struct ResidualSample {
    const SampledLoss& loss;
    const ParameterSubset& subset;
    const Matrix& samples;  ///< one a row
    const Matrix& shared;   ///< `[features x m]`
    const Vector& weights;  ///< factors of the integrands
};

/// Residuals, whose squares add up to the objective, and their derivatives in the player's own parameters: one group of
/// samples after the other, in a group one integrand after the other. `parameters` are those of all players;
/// `residuals` has `samples x integrands` entries, and `jacobian` as many rows.
///
/// Each group is a computation of its own, so that a reverse sweep gives the derivatives of one residual. Rows are the
/// same bits for any number of threads.
MFG_API void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian);

}  // namespace mfg
