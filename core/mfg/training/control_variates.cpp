#include <mfg/autodiff/blas.hpp>
#include <mfg/error.hpp>
#include <mfg/training/control_variates.hpp>

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

/// a' b, for matrices with a row for each sample.
Matrix products(const Matrix& a, const Matrix& b)
{
    const auto size = [](const Matrix& m, std::size_t axis) { return static_cast<int>(m.shape(axis)); };
    Matrix c = make_matrix(a.shape(1), b.shape(1));
    if (c.size())
        gemm(true, false, size(a, 1), size(b, 1), size(a, 0), a.data(), size(a, 1), b.data(), size(b, 1), c.data(),
             size(b, 1), false);
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

/// The solution y of L y = b, zero where a row of L is.
Vector forward(const Matrix& l, Vector b)
{
    for (std::size_t i = 0; i < b.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) b(i) -= l(i, j) * b(j);
        b(i) = l(i, i) > 0 ? b(i) / l(i, i) : 0;
    }
    return b;
}

}  // namespace

MeanEstimate sample_means(const Matrix& values)
{
    return controlled_means(values, make_matrix(values.shape(0), 0));
}

int most_control_features(int n)
{
    return n / 20;
}

MeanEstimate controlled_means(const Matrix& values, const Matrix& features)
{
    const std::size_t n = values.shape(0), q = values.shape(1), p = features.shape(1);
    if (n < 2 || features.shape(0) != n || static_cast<int>(p) > most_control_features(static_cast<int>(n)))
        throw Error("control variates: " + std::to_string(n) + " samples and " + std::to_string(p) +
                    " features; 2 or more samples and at most a twentieth as many features are needed");
    const Vector value_means = column_means(values), feature_means = column_means(features);
    const Matrix y = centred(values, value_means), f = centred(features, feature_means);

    // In the coordinates of the factor the features are orthonormal: regression is a sum of products.
    const Matrix factor = factor_of(products(f, f));
    const Matrix cross = products(f, y);
    const Vector shift = forward(factor, feature_means);
    Real leverage = 0, used = 0;
    for (std::size_t k = 0; k < p; ++k) {
        leverage += shift(k) * shift(k);
        used += factor(k, k) > 0;
    }
    MeanEstimate estimate{value_means, make_vector(q)};
    for (std::size_t j = 0; j < q; ++j) {
        Vector column = make_vector(p);
        for (std::size_t k = 0; k < p; ++k) column(k) = cross(k, j);
        const Vector slope = forward(factor, column);
        Real squares = 0;
        for (std::size_t i = 0; i < n; ++i) squares += y(i, j) * y(i, j);
        for (std::size_t k = 0; k < p; ++k) {
            estimate.means(j) -= slope(k) * shift(k);
            squares -= slope(k) * slope(k);
        }
        const Real count = static_cast<Real>(n);
        const Real variance = std::max(squares, Real(0)) / (count - 1 - used);
        estimate.standard_errors(j) = std::sqrt(variance * (1 / count + leverage));
    }
    return estimate;
}

}  // namespace mfg
