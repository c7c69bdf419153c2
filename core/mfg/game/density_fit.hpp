#pragma once
#include <mfg/autodiff/tape.hpp>
#include <mfg/random/random.hpp>

#include <functional>

namespace mfg {

/// log density at x `[d x n]`, `[1 x n]`; derivatives flow to x.
using LogDensity = std::function<Variable(Tape& tape, const Variable& x)>;

/// A density and a way to draw points from it, `[count x d]`.
struct FittedDensity {
    LogDensity log_density;
    std::function<Matrix(const RandomStream& stream, Index count)> sample;
};

/// Density 1 on the torus [0,1)^d.
MFG_API FittedDensity uniform_density(Index dimension);

/// The normal law with mean and covariance of rows of `points` `[n x d]`; `full`: with all correlations, else with
/// independent coordinates.
MFG_API FittedDensity gaussian_fit(const Matrix& points, bool full);

/// The mean of equal kernels of the given variance in each coordinate, one around each row of `centres` `[m x d]`:
/// normal densities or, on the torus [0,1)^d, products of von Mises densities, which have period 1.
MFG_API FittedDensity kernel_density(const Matrix& centres, Real variance, bool periodic);

/// (1 - share) of one density and `share` of another.
MFG_API FittedDensity mixture(const FittedDensity& main, const FittedDensity& other, Real share);

/// On the torus: independent coordinates, each with the kernel density of its own centres (Silverman's variance), for
/// dimensions in which kernels in space find no neighbours.
MFG_API FittedDensity independent_kernels(const Matrix& centres);

/// The law base + a + b (other - base) of log densities with a and b by logistic regression, which tells rows of
/// `points` from points of the base (noise-contrastive estimation, Gutmann and Hyvarinen, JMLR 13 (2012) 307). The base
/// if b = 0, and `other`, normalised, if b = 1: what is right in `other` is taken from it, what is not is left.
MFG_API LogDensity corrected_by(const FittedDensity& base, const LogDensity& other, const Matrix& points,
                                const RandomStream& stream);

/// The log density at rows of `x` `[n x d]`.
MFG_API Vector log_density_at(const LogDensity& density, const Matrix& x);

/// Silverman's standard deviation of a kernel for n points of standard deviation 1 in d dimensions.
MFG_API Real silverman_width(Index n, Index d);

}  // namespace mfg
