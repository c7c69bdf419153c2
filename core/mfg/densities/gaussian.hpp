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

    /// Independent coordinates of one variance; the mean's first coordinates are given, the others are 0.
    static Gaussian isotropic(int dimension, const std::vector<Real>& first_of_mean, Real variance);

    int dimension() const override { return static_cast<int>(mean_.size()); }
    Jet log_density(const Jet& x) const override;
    /// z and z^2 - 1 of the standard coordinates z: they span x, log rho and, where coordinates are independent, x^2.
    Matrix control_variates(const Matrix& points, Index most) const override;

    /// mean + L z for a vector z of standard normal numbers.
    void transform(const Real* z, Real* x) const;
    /// The z for which `transform` gives x.
    void standardise(const Real* x, Real* z) const;

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    Vector mean_;
    Vector deviations_, inverse_deviations_;  // of independent coordinates
    Matrix factor_, inverse_factor_;          // Cholesky factor L of a full covariance, and its inverse
    Real log_normalisation_ = 0;
};

/// A weighted sum of Gaussians. Sampling is systematic, which lowers the noise of sample means and keeps them unbiased:
/// each point comes from a component with the probability of its weight, and of the first 2^k points every component
/// has its share to within one. Within a component the points are those of the stream's own kind: each is filled
/// evenly, or holds pairs that mirror each other.
class MFG_API GaussianMixture final : public Density {
public:
    GaussianMixture(std::vector<Gaussian> components, std::vector<Real> weights);

    int dimension() const override { return components_.front().dimension(); }
    Jet log_density(const Jet& x) const override;
    /// p - w, p z and p (z^2 - 1) of each component: w is its weight, p the probability that x comes from it, z are its
    /// standard coordinates. Where these are too many, the last two are summed over the components.
    Matrix control_variates(const Matrix& points, Index most) const override;

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    std::vector<Gaussian> components_;
    std::vector<Real> weights_;
};

}  // namespace mfg
