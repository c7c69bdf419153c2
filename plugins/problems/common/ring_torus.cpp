#include "ring_torus.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>

#include <boost/math/tools/roots.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace mfg {
namespace {

/// A positive matrix with the logarithm of a factor kept apart: powers neither overflow nor underflow.
struct Scaled {
    Matrix matrix;
    Real log_factor;
};

Scaled multiply(const Scaled& a, const Scaled& b)
{
    Scaled c{linalg::dot(a.matrix, b.matrix), a.log_factor + b.log_factor};
    const Real most = xt::amax(c.matrix)();
    c.matrix /= most;
    c.log_factor += std::log(most);
    return c;
}

Scaled power(Scaled base, int exponent)
{
    Scaled result{};
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) result = result.matrix.size() ? multiply(result, base) : base;
        if (exponent > 1) base = multiply(base, base);
    }
    return result;
}

/// x_{i+1} for each i, indices modulo d; and x_{i-1}.
Jet next_on_ring(const Jet& x)
{
    return x.features() == 1 ? x : vconcat(x.features(1, x.features() - 1), x[0]);
}
Jet previous_on_ring(const Jet& x)
{
    const Index d = x.features();
    return d == 1 ? x : vconcat(x[d - 1], x.features(0, d - 1));
}

/// Nodes for which trapezoidal sums over exp(a cos) are exact: its Fourier coefficients fall like (a/2)^k / k!.
Index nodes_for(Real amplitude, Real interaction)
{
    return 32 + 8 * static_cast<Index>(std::ceil(2 * std::abs(amplitude) + 4 * std::abs(interaction)));
}

}  // namespace

CircleLaw::CircleLaw(const Vector& values)
{
    const Index n = length(values);
    std::vector<Real> c(n), s(n);
    for (Index j = 0; j < n; ++j) {
        c[j] = std::cos(two_pi * j / n);
        s[j] = std::sin(two_pi * j / n);
    }
    const Real total = xt::sum(values)();
    Index used = 0;
    for (Index k = 1; 2 * k < n; ++k) {
        Real cosine = 0, sine = 0;
        for (Index j = 0, at = 0; j < n; ++j, at = at + k < n ? at + k : at + k - n) {
            cosine += values(j) * c[at];
            sine += values(j) * s[at];
        }
        cosines_.push_back(2 * cosine / total);
        sines_.push_back(2 * sine / total);
        if (std::abs(cosines_.back()) + std::abs(sines_.back()) > 1e-15) used = k;
    }
    cosines_.resize(used);
    sines_.resize(used);
}

Matrix CircleLaw::independent(const RandomStream& stream, Index count, Index dimension) const
{
    Matrix x = make_matrix(count, dimension);
    for (Index i = 0; i < count; ++i) stream.uniform(i, dimension, &x(i, 0));
    for (Real& u : x) u = quantile(u);
    return x;
}

Real CircleLaw::quantile(Real u) const
{
    const auto share_and_density = [&](Real x) {
        const Real c1 = std::cos(two_pi * x), s1 = std::sin(two_pi * x);
        Real c = c1, s = s1, share = x - u, density = 1;
        for (Index k = 0; k < length(cosines_); ++k) {
            const Real frequency = two_pi * (k + 1);
            share += (cosines_[k] * s + sines_[k] * (1 - c)) / frequency;
            density += cosines_[k] * c + sines_[k] * s;
            const Real next = c * c1 - s * s1;
            s = s * c1 + c * s1;
            c = next;
        }
        // Rounding errors of a small density must not turn the direction around.
        return std::make_pair(share, std::max(density, std::numeric_limits<Real>::min()));
    };
    // Newton's method doubles the correct bits in each step: after a step below 2^-30 all are correct.
    constexpr int bits = 31;
    std::uintmax_t iterations = 200;
    const Real x = boost::math::tools::newton_raphson_iterate(share_and_density, u, Real(0), Real(1), bits, iterations);
    return std::min(x, std::nextafter(Real(1), Real(0)));
}

RingTorus::RingTorus(int dimension, Real amplitude, Real interaction)
    : dimension_(dimension), amplitude_(amplitude), interaction_(interaction), nodes_(nodes_for(amplitude, interaction))
{
    if (interaction != 0 && dimension < 2)
        throw Error("density on a ring: one coordinate has no neighbour; give a dimension of at least 2");
    const Real n = nodes_;
    Vector marginal = make_vector(nodes_);
    if (interaction == 0) {
        for (Index j = 0; j < nodes_; ++j) marginal(j) = std::exp(log_kernel(j / n, j / n));
        log_normalisation_ = dimension * std::log(xt::sum(marginal / n)());
    } else {
        kernel_ = make_matrix(nodes_, nodes_);
        for (Index i = 0; i < nodes_; ++i) xt::row(kernel_, i) = kernel_at(i / n) / n;
        const Scaled ring = power({kernel_, 0}, dimension);
        marginal = xt::diagonal(ring.matrix);
        log_normalisation_ = std::log(xt::sum(marginal)()) + ring.log_factor;
    }
    first_ = CircleLaw(marginal);
}

Real RingTorus::log_kernel(Real x, Real y) const
{
    return amplitude_ * (std::sin(two_pi * x) + std::sin(two_pi * y)) -
           2 * interaction_ * std::cos(two_pi * (x - y)) * (interaction_ != 0);
}

Vector RingTorus::kernel_at(Real x) const
{
    Vector k = make_vector(nodes_);
    for (Index j = 0; j < nodes_; ++j) k(j) = std::exp(log_kernel(x, Real(j) / nodes_));
    return k;
}

Jet RingTorus::exponent(const Jet& x) const
{
    const Jet independent = 2 * amplitude_ * sum(sin(two_pi * x));
    if (interaction_ == 0) return independent;
    return independent - 2 * interaction_ * sum(cos(two_pi * (x - next_on_ring(x))));
}

Matrix RingTorus::draw(const RandomStream& stream, Index count) const
{
    const Index n = count, d = dimension_;
    if (interaction_ == 0) return first_.independent(stream, n, d);
    Matrix x = make_matrix(n, d);
    Matrix to_first = make_matrix(d, nodes_);  // row k: K^k(y, x_1) at the nodes y, up to a factor
    for (Index i = 0; i < n; ++i) {
        stream.uniform(i, dimension_, &x(i, 0));
        x(i, 0) = first_.quantile(x(i, 0));
        xt::row(to_first, 1) = kernel_at(x(i, 0));
        for (Index k = 2; k < d; ++k) {
            for (Index j = 0; j < nodes_; ++j)
                to_first(k, j) = std::inner_product(&kernel_(j, 0), &kernel_(j, 0) + nodes_, &to_first(k - 1, 0), 0.0);
            xt::row(to_first, k) /= xt::amax(xt::row(to_first, k))();
        }
        for (Index k = 1; k < d; ++k) {
            const Vector law = kernel_at(x(i, k - 1)) * xt::row(to_first, d - k);
            x(i, k) = CircleLaw(law).quantile(x(i, k));
        }
    }
    return x;
}

Jet ErgodicTorus::cost(const Jet& x) const
{
    const Real c = amplitude_, e = interaction_;
    const Jet sines = sum(sin(2 * pi * x)), slope = -c * cos(2 * pi * x);  // slope: grad phi / (2 pi) for e = 0
    if (e == 0) return 2 * pi * pi * (norm_squared(slope) - c * sines) - 2 * c * sines;
    const Jet difference = 2 * pi * (x - next_on_ring(x));
    const Jet pull = e * sin(difference), cosines = sum(cos(difference));
    const Jet gradient = slope - pull + previous_on_ring(pull);
    return 2 * pi * pi * (norm_squared(gradient) - c * sines + 2 * e * cosines) + 2 * (e * cosines - c * sines);
}

}  // namespace mfg
