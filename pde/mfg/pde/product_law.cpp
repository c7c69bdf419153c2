#include <mfg/base/constants.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/pde/product_law.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Of the density of one coordinate, which is linear between them.
constexpr Index nodes = 512;
/// A share of the uniform density in each coordinate: no weight is large where the fit is wrong.
constexpr Real uniform_share = 1e-3;

/// 1, sin 2 pi x_1, cos 2 pi x_1, .., sin 2 pi H x_1, .., in each row.
Matrix fourier_basis(const Matrix& points, Index harmonics)
{
    const Index n = rows(points), d = columns(points);
    Matrix basis = make_matrix(n, 1 + 2 * harmonics * d, 1);
    for (Index i = 0; i < n; ++i) {
        Real* to = &basis(i, 1);
        for (Index k = 0; k < d; ++k)
            for (Index h = 1; h <= harmonics; ++h) {
                const Real angle = two_pi * static_cast<Real>(h) * points(i, k);
                *to++ = std::sin(angle);
                *to++ = std::cos(angle);
            }
    }
    return basis;
}

bool all_finite(const Vector& v)
{
    return std::all_of(v.begin(), v.end(), [](Real entry) { return std::isfinite(entry); });
}

}  // namespace

ProductLaw::ProductLaw(const Matrix& points, const Vector& values)
{
    constexpr Index most_harmonics = 3, points_a_coefficient = 4;
    const Index n = rows(points), d = columns(points);
    Index harmonics = std::clamp<Index>((n / points_a_coefficient - 1) / (2 * d), 0, most_harmonics);
    if (!all_finite(values)) harmonics = 0;
    const Matrix basis = fourier_basis(points, harmonics), transposed = linalg::transpose(basis);
    Matrix right = make_matrix(n, 1);
    std::copy(values.begin(), values.end(), right.begin());
    const Matrix moments = linalg::dot(transposed, right);
    Vector coefficients = linalg::solve(linalg::dot(transposed, basis), xt::flatten(moments));
    mean_ = coefficients(0);
    tabulate(coefficients, harmonics);
}

void ProductLaw::tabulate(const Vector& coefficients, Index harmonics)
{
    const Index d = harmonics == 0 ? 0 : (length(coefficients) - 1) / (2 * harmonics);
    Matrix grid = make_matrix(nodes + 1, 1);
    for (Index j = 0; j <= nodes; ++j) grid(j, 0) = static_cast<Real>(j) / nodes;
    const Matrix basis = fourier_basis(grid, harmonics);
    density_ = distribution_ = make_matrix(d, nodes + 1, 0);
    for (Index k = 0; k < d; ++k) {
        Real* p = &density_(k, 0);
        for (Index j = 0; j <= nodes; ++j)
            for (Index h = 0; h < 2 * harmonics; ++h) p[j] += coefficients(1 + 2 * harmonics * k + h) * basis(j, 1 + h);
        const Real largest = *std::max_element(p, p + nodes + 1);
        Real mass = 0;
        for (Index j = 0; j <= nodes; ++j) p[j] = std::exp(p[j] - largest);
        for (Index j = 0; j < nodes; ++j) mass += p[j] / nodes;
        for (Index j = 0; j <= nodes; ++j) p[j] = (1 - uniform_share) * p[j] / mass + uniform_share;
        for (Index j = 0; j < nodes; ++j)
            distribution_(k, j + 1) = distribution_(k, j) + (p[j] + p[j + 1]) / (2 * nodes);
    }
}

DrawnPoints ProductLaw::draw(const Matrix& uniform) const
{
    DrawnPoints drawn{uniform, make_vector(uniform.shape(0), 0)};
    for (Index k = 0; k < rows(density_); ++k) {
        const Real *p = &density_(k, 0), *below = &distribution_(k, 0);
        for (Index i = 0; i < rows(uniform); ++i) {
            const Real u = uniform(i, k) * below[nodes];
            const Index j = std::clamp<Index>(std::upper_bound(below, below + nodes, u) - below - 1, 0, nodes - 1);
            // The share s of the cell with p_j s + (p_j+1 - p_j) s^2 / 2 = r.
            const Real r = (u - below[j]) * nodes, slope = p[j + 1] - p[j];
            const Real s = std::min<Real>(1, 2 * r / (p[j] + std::sqrt(p[j] * p[j] + 2 * slope * r)));
            drawn.points(i, k) = (static_cast<Real>(j) + s) / nodes;
            drawn.log_law(i) += std::log(p[j] + slope * s);
        }
    }
    return drawn;
}

}  // namespace mfg
