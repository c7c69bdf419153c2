#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/densities/gaussian.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mfg {
namespace {

/// The Cholesky factor of a covariance that is positive definite beyond rounding errors.
Matrix regular_cholesky(const Matrix& covariance)
{
    const Error singular("Gaussian: the covariance is not positive definite; give a regular one");
    Matrix factor;
    try {
        factor = linalg::cholesky(covariance);
    } catch (const Error&) {
        throw singular;
    }
    for (std::size_t i = 0; i < factor.shape(0); ++i)
        if (!(factor(i, i) * factor(i, i) > 1e-14 * std::abs(covariance(i, i)))) throw singular;
    return factor;
}

}  // namespace

Gaussian::Gaussian(Vector mean, const Vector& variances) : mean_(std::move(mean))
{
    if (variances.size() != mean_.size()) throw Error("Gaussian: mean and variances differ in length");
    deviations_ = inverse_deviations_ = make_vector(mean_.size());
    log_normalisation_ = -Real(0.5) * log_two_pi * static_cast<Real>(mean_.size());
    for (std::size_t i = 0; i < mean_.size(); ++i) {
        if (!(variances(i) > 0)) throw Error("Gaussian: a variance is not positive; give positive ones");
        deviations_(i) = std::sqrt(variances(i));
        inverse_deviations_(i) = 1 / deviations_(i);
        log_normalisation_ -= std::log(deviations_(i));
    }
}

Gaussian::Gaussian(Vector mean, const Matrix& covariance) : mean_(std::move(mean))
{
    const std::size_t d = mean_.size();
    if (covariance.shape(0) != d || covariance.shape(1) != d)
        throw Error("Gaussian: the covariance is not a square matrix of the mean's length");
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (std::abs(covariance(i, j) - covariance(j, i)) >
                1e-12 * (std::abs(covariance(i, i)) + std::abs(covariance(j, j))))
                throw Error("Gaussian: the covariance is not symmetric; give a symmetric one");
    factor_ = regular_cholesky(covariance);
    inverse_factor_ = linalg::solve_triangular(factor_, linalg::eye(d));
    log_normalisation_ = -Real(0.5) * log_two_pi * static_cast<Real>(d);
    for (std::size_t i = 0; i < d; ++i) log_normalisation_ -= std::log(factor_(i, i));
}

Jet Gaussian::log_density(const Jet& x) const
{
    const Jet centred = x - mean_;
    const Jet standard = factor_.size() ? affine(inverse_factor_, centred) : inverse_deviations_ * centred;
    return Real(-0.5) * norm_squared(standard) + log_normalisation_;
}

Gaussian Gaussian::isotropic(int dimension, const std::vector<Real>& first_of_mean, Real variance)
{
    const std::size_t d = static_cast<std::size_t>(dimension);
    if (first_of_mean.size() > d)
        throw Error("Gaussian: " + std::to_string(first_of_mean.size()) + " coordinates of the mean are given in " +
                    std::to_string(d) + " dimensions");
    Vector mean = make_vector(d);
    std::copy(first_of_mean.begin(), first_of_mean.end(), mean.begin());
    return {mean, make_vector(d, variance)};
}

void Gaussian::transform(const Real* z, Real* x) const
{
    const std::size_t d = mean_.size();
    for (std::size_t i = 0; i < d; ++i) {
        x[i] = mean_(i);
        if (factor_.size())
            for (std::size_t j = 0; j <= i; ++j) x[i] += factor_(i, j) * z[j];
        else
            x[i] += deviations_(i) * z[i];
    }
}

void Gaussian::standardise(const Real* x, Real* z) const
{
    const std::size_t d = mean_.size();
    for (std::size_t i = 0; i < d; ++i) {
        z[i] = 0;
        if (factor_.size())
            for (std::size_t j = 0; j <= i; ++j) z[i] += inverse_factor_(i, j) * (x[j] - mean_(j));
        else
            z[i] = inverse_deviations_(i) * (x[i] - mean_(i));
    }
}

Matrix Gaussian::sample(const RandomStream& stream, int count) const
{
    Matrix points = make_matrix(static_cast<std::size_t>(count), mean_.size());
    Vector z = make_vector(mean_.size());
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        stream.normal(i, dimension(), z.data());
        transform(z.data(), &points(i, 0));
    }
    return points;
}

Matrix Gaussian::control_variates(const Matrix& points, int most) const
{
    const std::size_t n = points.shape(0), d = mean_.size();
    if (static_cast<std::size_t>(most) < 2 * d) return Density::control_variates(points, most);
    Matrix features = make_matrix(n, 2 * d);
    for (std::size_t i = 0; i < n; ++i) {
        standardise(&points(i, 0), &features(i, 0));
        for (std::size_t k = 0; k < d; ++k) features(i, d + k) = features(i, k) * features(i, k) - 1;
    }
    return features;
}

GaussianMixture::GaussianMixture(std::vector<Gaussian> components, std::vector<Real> weights)
    : components_(std::move(components)), weights_(std::move(weights))
{
    if (components_.empty() || components_.size() != weights_.size())
        throw Error("Gaussian mixture: as many weights as components are needed, at least one");
    for (const Gaussian& component : components_)
        if (component.dimension() != dimension())
            throw Error("Gaussian mixture: the components differ in dimension; give means of one length");
    const Real total = std::accumulate(weights_.begin(), weights_.end(), Real(0));
    for (Real& w : weights_) {
        if (!(w > 0)) throw Error("Gaussian mixture: a weight is not positive; leave the component out");
        w /= total;
    }
}

Jet GaussianMixture::log_density(const Jet& x) const
{
    Jet logs;
    for (std::size_t k = 0; k < components_.size(); ++k) {
        const Jet part = components_[k].log_density(x) + std::log(weights_[k]);
        logs = k == 0 ? part : vconcat(logs, part);
    }
    return log_sum_exp(logs);
}

Matrix GaussianMixture::sample(const RandomStream& stream, int count) const
{
    const std::size_t n = static_cast<std::size_t>(count), d = static_cast<std::size_t>(dimension());
    const std::size_t n_components = components_.size();
    Matrix points = make_matrix(n, d);
    Vector z = make_vector(d);
    // Of the components that are behind their share of the first i + 1 points, the one that would first be a whole
    // point behind is next (Tijdeman 1980): the one that is furthest behind would not keep all of them to within one.
    const Real slack = n_components > 1 ? Real(0.5) / static_cast<Real>(n_components - 1) : Real(0);
    std::vector<Real> given(n_components, 0);
    std::vector<RandomStream> streams;
    if (stream.sampling() != Sampling::random)
        for (std::size_t k = 0; k < n_components; ++k) streams.push_back(stream.part(k));
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t chosen = 0;
        Real first = std::numeric_limits<Real>::infinity();
        for (std::size_t k = 0; k < n_components; ++k) {
            const Real behind = weights_[k] * static_cast<Real>(i + 1) - given[k];
            const Real deadline = (1 - slack - behind) / weights_[k];
            // Rounding must not decide between equal components.
            if (behind > slack - 1e-9 && deadline < first - 1e-9 * (1 + std::abs(deadline))) {
                first = deadline;
                chosen = k;
            }
        }
        given[chosen] += 1;
        // Items that belong together stay in one component.
        if (streams.empty())
            stream.normal(i, dimension(), z.data());
        else
            streams[chosen].normal(static_cast<std::uint64_t>(given[chosen]) - 1, dimension(), z.data());
        components_[chosen].transform(z.data(), &points(i, 0));
    }
    return points;
}

Matrix GaussianMixture::control_variates(const Matrix& points, int most) const
{
    const std::size_t n = points.shape(0), d = static_cast<std::size_t>(dimension()), c_count = components_.size();
    const auto fits = [&](std::size_t columns) { return columns <= static_cast<std::size_t>(most); };
    const bool apart = fits(c_count * (1 + 2 * d));
    if (!apart && !fits(c_count + 2 * d)) return Density::control_variates(points, most);
    Matrix features = make_matrix(n, c_count + 2 * d * (apart ? c_count : 1));
    Vector z = make_vector(d);
    const Vector log_mixture = log_density_at(*this, points);
    for (std::size_t c = 0; c < c_count; ++c) {
        const Vector log_component = log_density_at(components_[c], points);
        const std::size_t first = c_count + (apart ? 2 * d * c : 0);
        for (std::size_t i = 0; i < n; ++i) {
            const Real p = weights_[c] * std::exp(log_component(i) - log_mixture(i));
            features(i, c) = p - weights_[c];
            components_[c].standardise(&points(i, 0), z.data());
            for (std::size_t k = 0; k < d; ++k) {
                features(i, first + k) += p * z(k);
                features(i, first + d + k) += p * (z(k) * z(k) - 1);
            }
        }
    }
    return features;
}

}  // namespace mfg
