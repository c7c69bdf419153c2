#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/densities/gaussian.hpp>

#include <algorithm>
#include <cmath>
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
    for (Index i = 0; i < rows(factor); ++i)
        if (!(factor(i, i) * factor(i, i) > 1e-14 * std::abs(covariance(i, i)))) throw singular;
    return factor;
}

/// Number i of the van der Corput sequence: its binary digits, mirrored at the point. The first 2^k numbers are evenly
/// spaced in [0, 1).
Real radical_inverse(std::uint64_t i)
{
    Real sum = 0;
    for (Real digit = 0.5; i > 0; i >>= 1, digit /= 2)
        if (i & 1) sum += digit;
    return sum;
}

}  // namespace

Gaussian::Gaussian(Vector mean, const Vector& variances) : mean_(std::move(mean))
{
    if (variances.size() != mean_.size()) throw Error("Gaussian: mean and variances differ in length");
    deviations_ = inverse_deviations_ = make_vector(mean_.size());
    log_normalisation_ = -Real(0.5) * log_two_pi * length(mean_);
    for (Index i = 0; i < length(mean_); ++i) {
        if (!(variances(i) > 0)) throw Error("Gaussian: a variance is not positive; give positive ones");
        deviations_(i) = std::sqrt(variances(i));
        inverse_deviations_(i) = 1 / deviations_(i);
        log_normalisation_ -= std::log(deviations_(i));
    }
}

Gaussian::Gaussian(Vector mean, const Matrix& covariance) : mean_(std::move(mean))
{
    const Index d = length(mean_);
    if (rows(covariance) != d || columns(covariance) != d)
        throw Error("Gaussian: the covariance is not a square matrix of the mean's length");
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < i; ++j)
            if (std::abs(covariance(i, j) - covariance(j, i)) >
                1e-12 * (std::abs(covariance(i, i)) + std::abs(covariance(j, j))))
                throw Error("Gaussian: the covariance is not symmetric; give a symmetric one");
    factor_ = regular_cholesky(covariance);
    inverse_factor_ = linalg::solve_triangular(factor_, linalg::eye(d));
    log_normalisation_ = -Real(0.5) * log_two_pi * d;
    for (Index i = 0; i < d; ++i) log_normalisation_ -= std::log(factor_(i, i));
}

Jet Gaussian::log_density(const Jet& x) const
{
    const Jet centred = x - mean_;
    const Jet standard = factor_.size() ? affine(inverse_factor_, centred) : inverse_deviations_ * centred;
    return Real(-0.5) * norm_squared(standard) + log_normalisation_;
}

Gaussian Gaussian::isotropic(int dimension, const std::vector<Real>& first_of_mean, Real variance)
{
    const Index d = dimension;
    if (length(first_of_mean) > d)
        throw Error("Gaussian: " + std::to_string(first_of_mean.size()) + " coordinates of the mean are given in " +
                    std::to_string(d) + " dimensions");
    Vector mean = make_vector(d);
    std::copy(first_of_mean.begin(), first_of_mean.end(), mean.begin());
    return {mean, make_vector(d, variance)};
}

void Gaussian::transform(const Real* z, Real* x) const
{
    const Index d = length(mean_);
    for (Index i = 0; i < d; ++i) {
        x[i] = mean_(i);
        if (factor_.size())
            for (Index j = 0; j <= i; ++j) x[i] += factor_(i, j) * z[j];
        else
            x[i] += deviations_(i) * z[i];
    }
}

void Gaussian::standardise(const Real* x, Real* z) const
{
    const Index d = length(mean_);
    for (Index i = 0; i < d; ++i) {
        z[i] = 0;
        if (factor_.size())
            for (Index j = 0; j <= i; ++j) z[i] += inverse_factor_(i, j) * (x[j] - mean_(j));
        else
            z[i] = inverse_deviations_(i) * (x[i] - mean_(i));
    }
}

Matrix Gaussian::draw(const RandomStream& stream, Index count) const
{
    Matrix points = make_matrix(count, length(mean_));
    Vector z = make_vector(mean_.size());
    for (Index i = 0; i < count; ++i) {
        stream.normal(i, dimension(), z.data());
        transform(z.data(), &points(i, 0));
    }
    return points;
}

Matrix Gaussian::control_variates(const Matrix& points, Index most) const
{
    const Index n = rows(points), d = length(mean_);
    if (most < 2 * d) return Density::control_variates(points, most);
    Matrix features = make_matrix(n, 2 * d);
    for (Index i = 0; i < n; ++i) {
        standardise(&points(i, 0), &features(i, 0));
        for (Index k = 0; k < d; ++k) features(i, d + k) = features(i, k) * features(i, k) - 1;
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
    for (Index k = 0; k < length(components_); ++k) {
        const Jet part = components_[k].log_density(x) + std::log(weights_[k]);
        logs = k == 0 ? part : vconcat(logs, part);
    }
    return log_sum_exp(logs);
}

Matrix GaussianMixture::draw(const RandomStream& stream, Index count) const
{
    const Index d = dimension(), n_components = length(components_);
    Matrix points = make_matrix(count, d);
    Vector z = make_vector(d);
    std::vector<Real> ends(n_components);  // of the components, side by side in [0, 1)
    std::partial_sum(weights_.begin(), weights_.end(), ends.begin());
    Real offset = 0;
    stream.with(Sampling::random, 1).part("offset").uniform(0, 1, &offset);
    std::vector<Index> given(n_components, 0);
    std::vector<RandomStream> streams;
    if (stream.sampling() != Sampling::random)
        for (Index k = 0; k < n_components; ++k) streams.push_back(stream.part(k));
    for (Index i = 0; i < count; ++i) {
        // Items that belong together stay in one component.
        const Index turn = stream.sampling() == Sampling::antithetic ? i / 2 : i;
        Real place = radical_inverse(static_cast<std::uint64_t>(turn)) + offset;
        if (place >= 1) place -= 1;
        // The last end is 1 up to rounding only.
        const Index chosen = std::upper_bound(ends.begin(), ends.end() - 1, place) - ends.begin();
        if (streams.empty())
            stream.normal(i, dimension(), z.data());
        else
            streams[chosen].normal(static_cast<std::uint64_t>(given[chosen]++), dimension(), z.data());
        components_[chosen].transform(z.data(), &points(i, 0));
    }
    return points;
}

Matrix GaussianMixture::control_variates(const Matrix& points, Index most) const
{
    const Index n = rows(points), d = dimension(), c_count = length(components_);
    const auto fits = [&](Index count) { return count <= most; };
    const bool apart = fits(c_count * (1 + 2 * d));
    if (!apart && !fits(c_count + 2 * d)) return Density::control_variates(points, most);
    Matrix features = make_matrix(n, c_count + 2 * d * (apart ? c_count : 1));
    Vector z = make_vector(d);
    const Vector log_mixture = log_density_at(*this, points);
    for (Index c = 0; c < c_count; ++c) {
        const Vector log_component = log_density_at(components_[c], points);
        const Index first = c_count + (apart ? 2 * d * c : 0);
        for (Index i = 0; i < n; ++i) {
            const Real p = weights_[c] * std::exp(log_component(i) - log_mixture(i));
            features(i, c) = p - weights_[c];
            components_[c].standardise(&points(i, 0), z.data());
            for (Index k = 0; k < d; ++k) {
                features(i, first + k) += p * z(k);
                features(i, first + d + k) += p * (z(k) * z(k) - 1);
            }
        }
    }
    return features;
}

}  // namespace mfg
