#include <mfg/assessment/control_variates.hpp>
#include <mfg/autodiff/blas.hpp>
#include <mfg/base/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace mfg {
namespace {

Vector column_means(const Matrix& m)
{
    Vector means = make_vector(m.shape(1));
    for (std::size_t i = 0; i < m.shape(0); ++i)
        for (std::size_t k = 0; k < m.shape(1); ++k) means(k) += m(i, k);
    for (Real& mean : means) mean /= static_cast<Real>(m.shape(0));
    return means;
}

Matrix centred(const Matrix& m, const Vector& means)
{
    Matrix result = m;
    for (std::size_t i = 0; i < m.shape(0); ++i)
        for (std::size_t k = 0; k < m.shape(1); ++k) result(i, k) -= means(k);
    return result;
}

/// a b, or a' b.
Matrix product(const Matrix& a, bool transposed, const Matrix& b)
{
    const auto size = [](const Matrix& m, std::size_t axis) { return static_cast<int>(m.shape(axis)); };
    Matrix c = make_matrix(a.shape(transposed ? 1 : 0), b.shape(1));
    if (c.size() && b.size())
        gemm(transposed, false, size(c, 0), size(c, 1), size(b, 0), a.data(), size(a, 1), b.data(), size(b, 1),
             c.data(), size(c, 1), false);
    return c;
}

/// The Cholesky factor of a Gram matrix; rows of columns that depend on earlier ones are zero.
Matrix factor_of(const Matrix& gram)
{
    const std::size_t p = gram.shape(0);
    Matrix l = make_matrix(p, p);
    for (std::size_t i = 0; i < p; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            Real sum = gram(i, j);
            for (std::size_t k = 0; k < j; ++k) sum -= l(i, k) * l(j, k);
            if (i != j)
                l(i, j) = l(j, j) > 0 ? sum / l(j, j) : 0;
            else
                l(i, i) = sum > 1e-10 * gram(i, i) ? std::sqrt(sum) : 0;
        }
        if (l(i, i) > 0) continue;
        for (std::size_t j = 0; j < i; ++j) l(i, j) = 0;
    }
    return l;
}

/// L^-T of the factor of f'f, zero where L is: f times it has orthonormal columns.
Matrix orthonormalisation(const Matrix& f)
{
    const std::size_t p = f.shape(1);
    const Matrix l = factor_of(product(f, true, f));
    Matrix inverse = make_matrix(p, p);
    for (std::size_t j = 0; j < p; ++j)
        for (std::size_t i = j; i < p; ++i) {
            if (l(i, i) == 0) continue;
            Real sum = i == j ? 1 : 0;
            for (std::size_t k = j; k < i; ++k) sum -= l(i, k) * inverse(j, k);
            inverse(j, i) = sum / l(i, i);
        }
    return inverse;
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

MeanEstimate controlled_means(const Matrix& values, const Matrix& features)
{
    const std::size_t n = values.shape(0), p = features.shape(1);
    if (n < 2 || features.shape(0) != n || static_cast<int>(p) > max_control_variates(static_cast<int>(n)))
        throw Error("control variates: " + std::to_string(n) + " samples and " + std::to_string(p) +
                    " features; 2 or more samples and at most a fortieth as many features are needed");
    MeanEstimate estimate{column_means(values), make_vector(values.shape(1))};
    const Matrix y = centred(values, estimate.means);
    Matrix means = make_matrix(1, p);
    const Vector feature_means = column_means(features);
    std::copy(feature_means.begin(), feature_means.end(), means.begin());
    const Matrix f = centred(features, feature_means);

    const Matrix to_orthonormal = orthonormalisation(f);
    const Matrix orthonormal = product(f, false, to_orthonormal);
    const Matrix shift = product(means, false, to_orthonormal);
    const Matrix slopes = product(orthonormal, true, y);
    const Matrix fit = product(orthonormal, false, slopes);
    const Matrix correction = product(shift, false, slopes);
    const Real count = static_cast<Real>(n);
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
