#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// Estimates of the expectations of several integrands, and the standard errors of the estimates.
struct MeanEstimate {
    Vector means, standard_errors;
};

/// Sample means of the columns of `values` `[n x q]`, n >= 2. The standard errors are those of independent samples: too
/// large where the sample is stratified.
MFG_API MeanEstimate sample_means(const Matrix& values);

/// The largest number of features that `controlled_means` takes with n samples: with more, what the regression loses
/// in degrees of freedom and in bias is no longer small.
MFG_API int max_control_variates(int n);

/// The same expectations with less noise: each column of `values` `[n x q]` is regressed on an intercept and the
/// columns of `features` `[n x p]`, whose expectations are exactly zero; the intercept is the estimate, its standard
/// error the jackknife's. Features may depend linearly on others. The bias is of the order p/n
/// deviations, below the standard error. Glasserman, Monte Carlo Methods in Financial Engineering (2003), section 4.1.
MFG_API MeanEstimate controlled_means(const Matrix& values, Matrix features);

}  // namespace mfg
