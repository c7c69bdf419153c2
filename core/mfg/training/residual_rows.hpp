#pragma once
#include <mfg/loss.hpp>
#include <mfg/parameters.hpp>

#include <cmath>

namespace mfg {

/// A sample of a loss that is a sum of squares.
struct ResidualSample {
    const SampledLoss& loss;
    const ParameterSubset& subset;
    const Matrix& samples;  ///< one a row
    const Matrix& shared;   ///< `[features x m]`
    const Vector& weights;  ///< factors of the integrands
    int tile;               ///< samples that are computed together, whole groups

    /// Residuals of all integrands at `n` samples, or of those before one.
    Index residuals(Index n) const { return first(n, length(weights)); }
    Index first(Index n, Index integrand) const
    {
        Index before = 0;
        for (Index q = 0; q < integrand; ++q) before += n / period(q);
        return before;
    }
    /// Samples a residual of an integrand.
    Index period(Index integrand) const { return loss.residual_period(static_cast<int>(integrand)); }
    /// The factor of an integrand's residuals.
    Real factor(Index integrand) const
    {
        return std::sqrt(weights(integrand) * static_cast<Real>(period(integrand)) / static_cast<Real>(rows(samples)));
    }
};

/// Residuals, whose squares add up to the objective, and their derivatives in the player's own parameters: one
/// integrand after the other. `parameters` are those of all players; `residuals` has as many entries as the sample has
/// residuals, and `jacobian` as many rows.
///
/// A tile is computed once, and swept in reverse once for each integrand (and member of a group), with the derivatives
/// of its residuals kept apart. Rows are the same bits for any number of threads.
MFG_API void linearise(const ResidualSample& sample, const Vector& parameters, Vector& residuals, Matrix& jacobian);
/// The same without the Jacobian J: `product` = J v and the squared lengths of its rows.
MFG_API void multiply(const ResidualSample& sample, const Vector& parameters, const Vector& v, Vector& residuals,
                      Vector& product, Vector& squares);

}  // namespace mfg
