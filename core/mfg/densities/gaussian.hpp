#pragma once
#include <mfg/densities/density.hpp>

#include <vector>

namespace mfg {

/// N(mean, covariance).
class MFG_API Gaussian final : public Density {
public:
    /// Independent coordinates with the given variances, all positive.
    Gaussian(Vector mean, const Vector& variances);
    /// A full covariance `[d x d]`; an Error says so if it is not symmetric positive definite.
    Gaussian(Vector mean, const Matrix& covariance);

    int dimension() const override { return static_cast<int>(mean_.size()); }
    Jet log_density(const Jet& x) const override;
    Matrix sample(const RandomStream& stream, int count) const override;

    /// mean + L z for a vector z of standard normal numbers.
    void transform(const Real* z, Real* x) const;

private:
    Vector mean_;
    Vector deviations_, inverse_deviations_;  // of independent coordinates
    Matrix factor_, inverse_factor_;          // Cholesky factor L of a full covariance, and its inverse
    Real log_normalisation_ = 0;
};

/// A weighted sum of Gaussians. Sampling is stratified: each component gets its share of the points to within one, in
/// an order that mixes them, which lowers the noise of sample means.
class MFG_API GaussianMixture final : public Density {
public:
    GaussianMixture(std::vector<Gaussian> components, std::vector<Real> weights);

    int dimension() const override { return components_.front().dimension(); }
    Jet log_density(const Jet& x) const override;
    Matrix sample(const RandomStream& stream, int count) const override;

private:
    std::vector<Gaussian> components_;
    std::vector<Real> weights_;
};

}  // namespace mfg
