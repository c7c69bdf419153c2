#include <mfg/base/constants.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/pde/product_law.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mfg {
namespace {

/// Of the density of one coordinate, which is linear between them.
constexpr Index nodes = 512;
/// A share of the uniform density in each coordinate: no weight is large where the fit is wrong.
constexpr Real uniform_share = 1e-3;

/// The functions of one coordinate in [0,1], `count` of them: sin 2 pi y, cos 2 pi y, sin 4 pi y, .. between periodic
/// faces, cos pi y, cos 2 pi y, .. between others.
void write_waves(bool periodic, Real y, Index count, Real* to)
{
    for (Index h = 1; periodic && h <= count / 2; ++h) {
        const Real angle = two_pi * static_cast<Real>(h) * y;
        *to++ = std::sin(angle);
        *to++ = std::cos(angle);
    }
    for (Index h = 1; !periodic && h <= count; ++h) *to++ = std::cos(pi * static_cast<Real>(h) * y);
}

bool is_periodic(const Box& box, Index k)
{
    return box.low_face(k) == Face::periodic;
}

/// 1, then the functions of each coordinate, in each row; `points` are in [0,1]^d.
Matrix basis_at(const Box& box, const Matrix& points, Index functions)
{
    const Index n = rows(points), d = columns(points);
    Matrix basis = make_matrix(n, 1 + functions * d, 1);
    for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < d && functions > 0; ++k)
            write_waves(is_periodic(box, k), points(i, k), functions, &basis(i, 1 + functions * k));
    return basis;
}

bool all_finite(const Vector& v)
{
    return std::all_of(v.begin(), v.end(), [](Real entry) { return std::isfinite(entry); });
}

}  // namespace

ProductLaw::ProductLaw(const Box& box, const Matrix& points, const Vector& values) : box_(box)
{
    constexpr Index most_harmonics = 3, points_a_coefficient = 4;
    const Index n = rows(points), d = columns(points);
    Index harmonics = std::clamp<Index>((n / points_a_coefficient - 1) / (2 * d), 0, most_harmonics);
    if (!all_finite(values)) harmonics = 0;
    Matrix at = points;
    box.to_unit(at);
    const Matrix basis = basis_at(box, at, 2 * harmonics), transposed = linalg::transpose(basis);
    Matrix right = make_matrix(n, 1);
    std::copy(values.begin(), values.end(), right.begin());
    const Matrix moments = linalg::dot(transposed, right);
    Vector coefficients = linalg::solve(linalg::dot(transposed, basis), xt::flatten(moments));
    mean_ = coefficients(0);
    tabulate(coefficients, 2 * harmonics);
}

void ProductLaw::tabulate(const Vector& coefficients, Index functions)
{
    const Index d = functions == 0 ? 0 : (length(coefficients) - 1) / functions;
    density_ = distribution_ = make_matrix(d, nodes + 1, 0);
    std::vector<Real> waves(static_cast<std::size_t>(functions));
    for (Index k = 0; k < d; ++k) {
        Real* p = &density_(k, 0);
        for (Index j = 0; j <= nodes; ++j) {
            write_waves(is_periodic(box_, k), static_cast<Real>(j) / nodes, functions, waves.data());
            for (Index h = 0; h < functions; ++h) p[j] += coefficients(1 + functions * k + h) * waves[h];
        }
        const Real largest = *std::max_element(p, p + nodes + 1);
        for (Index j = 0; j <= nodes; ++j) p[j] = std::exp(p[j] - largest);
        Real mass = (p[nodes] - p[0]) / (2 * nodes);
        for (Index j = 0; j < nodes; ++j) mass += p[j] / nodes;
        for (Index j = 0; j <= nodes; ++j) p[j] = (1 - uniform_share) * p[j] / mass + uniform_share;
        for (Index j = 0; j < nodes; ++j)
            distribution_(k, j + 1) = distribution_(k, j) + (p[j] + p[j + 1]) / (2 * nodes);
    }
}

DrawnPoints ProductLaw::draw(const Matrix& uniform) const
{
    DrawnPoints drawn{uniform, make_vector(uniform.shape(0), 0)};
    box_.to_unit(drawn.points);
    for (Index k = 0; k < rows(density_); ++k) {
        const Real *p = &density_(k, 0), *below = &distribution_(k, 0);
        for (Index i = 0; i < rows(uniform); ++i) {
            const Real u = drawn.points(i, k) * below[nodes];
            const Index j = std::clamp<Index>(std::upper_bound(below, below + nodes, u) - below - 1, 0, nodes - 1);
            // The share s of the cell with p_j s + (p_j+1 - p_j) s^2 / 2 = r.
            const Real r = (u - below[j]) * nodes, slope = p[j + 1] - p[j];
            const Real s = std::min<Real>(1, 2 * r / (p[j] + std::sqrt(p[j] * p[j] + 2 * slope * r)));
            drawn.points(i, k) = (static_cast<Real>(j) + s) / nodes;
            drawn.log_law(i) += std::log(p[j] + slope * s);
        }
    }
    box_.from_unit(drawn.points);
    return drawn;
}

}  // namespace mfg
