#include <mfg/assessment/control_variates.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>

#include <cmath>
#include <string>
#include <utility>

namespace mfg {
namespace {

/// T such that the columns of f T are orthonormal and span what those of f do, or are zero, as many as those of f that
/// depend linearly on others.
Matrix orthonormalisation(const Matrix& f)
{
    const std::size_t p = f.shape(1);
    Matrix gram = linalg::dot(linalg::transpose(f), f);
    Vector scales = make_vector(p);
    for (std::size_t i = 0; i < p; ++i)
        if (gram(i, i) > 0) scales(i) = 1 / std::sqrt(gram(i, i));
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t j = 0; j < p; ++j) gram(i, j) *= scales(i) * scales(j);
    auto [lengths, basis] = linalg::eigh(gram);
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t j = 0; j < p; ++j) basis(i, j) *= lengths(j) > 1e-10 ? scales(i) / std::sqrt(lengths(j)) : 0;
    return basis;
}

}  // namespace

MeanEstimate sample_means(const Matrix& values)
{
    return controlled_means(values, make_matrix(values.shape(0), 0));
}

int max_control_variates(int n)
{
    return n / 40;
}

MeanEstimate controlled_means(const Matrix& values, Matrix features)
{
    const std::size_t n = values.shape(0), p = features.shape(1);
    if (n < 2 || features.shape(0) != n || static_cast<int>(p) > max_control_variates(static_cast<int>(n)))
        throw Error("control variates: " + std::to_string(n) + " samples and " + std::to_string(p) +
                    " features; 2 or more samples and at most a fortieth as many features are needed");
    const Real count = static_cast<Real>(n);
    MeanEstimate estimate{xt::sum(values, {0}) / count, make_vector(values.shape(1))};
    const Matrix means = xt::sum(features, {0}, xt::keep_dims) / count;
    const Matrix y = values - estimate.means;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < p; ++k) features(i, k) -= means(0, k);

    const Matrix to_orthonormal = orthonormalisation(features);
    // In place of the features: they are large.
    const Matrix orthonormal = linalg::dot(std::exchange(features, Matrix()), to_orthonormal);
    const Matrix shift = linalg::dot(means, to_orthonormal);
    const Matrix slopes = linalg::dot(linalg::transpose(orthonormal), y);
    const Matrix fit = linalg::dot(orthonormal, slopes);
    const Matrix correction = linalg::dot(shift, slopes);
    for (std::size_t i = 0; i < n; ++i) {
        // What the estimate changes by when sample i is left out: the jackknife. The classical formula would take the
        // residuals for independent of the features, which they are not.
        Real weight = 1 / count, leverage = 1 / count;
        for (std::size_t k = 0; k < p; ++k) {
            weight -= orthonormal(i, k) * shift(0, k);
            leverage += orthonormal(i, k) * orthonormal(i, k);
        }
        for (std::size_t j = 0; j < y.shape(1); ++j) {
            const Real change = weight * (y(i, j) - fit(i, j)) / (1 - leverage);
            estimate.standard_errors(j) += change * change;
        }
    }
    for (std::size_t j = 0; j < y.shape(1); ++j) {
        estimate.means(j) -= correction(0, j);
        estimate.standard_errors(j) = std::sqrt((count - 1) / count * estimate.standard_errors(j));
    }
    return estimate;
}

}  // namespace mfg
