#include "gaussian_bridge.hpp"
#include <mfg/base/constants.hpp>

#include <cmath>

namespace mfg {

GaussianBridge::GaussianBridge(const Settings& settings) : s_(settings)
{
    const Index d = length(s_.start);
    rate_ = velocity_ = make_matrix(d, 1);
    p_ = q_ = d0_ = end_mean_ = end_variance_ = make_vector(d);
    const Real a1 = s_.transport, a3 = s_.terminal, k = a1 / s_.horizon, noise = 2 * s_.viscosity * s_.horizon;
    constant_ = a3;
    for (Index i = 0; i < d; ++i) {
        const Real m0 = s_.start(i), m1 = s_.end(i), v0 = s_.start_variance(i), v1 = s_.end_variance(i);
        const Real a = k * noise + a3, c = (k + a3 / v1) * v0, half = (k * v0 - noise * (k + a3 / v1)) / 2;
        // The root without the difference of two numbers that may be close.
        const Real root = std::sqrt(half * half + a * c);
        d0_(i) = half > 0 ? c / (half + root) : (root - half) / a;
        end_variance_(i) = (v0 / d0_(i) + noise) / d0_(i);
        p_(i) = k * (d0_(i) - 1);
        q_(i) = a3 * (m0 / (d0_(i) * end_variance_(i)) - m1 / v1) / (1 + a3 / (k * d0_(i) * end_variance_(i)));
        end_mean_(i) = (m0 - q_(i) / k) / d0_(i);
        rate_(i, 0) = p_(i) / a1;
        velocity_(i, 0) = (end_mean_(i) - m0) / s_.horizon;
        constant_ +=
            a3 / 2 * (std::log(v1 / end_variance_(i)) - end_mean_(i) * end_mean_(i) / end_variance_(i) + m1 * m1 / v1);
    }
}

Jet GaussianBridge::stretch(const Jet& t) const
{
    return affine(rate_, s_.horizon - t) + 1;
}

Jet GaussianBridge::value(const Jet& x, const Jet& t) const
{
    const Jet d = stretch(t), inverse = reciprocal(d), rest = s_.horizon - t;
    const Vector half_p = p_ / 2, drift = q_ * q_ / (2 * s_.transport);
    const Jet place = half_p * (square(x) * inverse) + q_ * (x * inverse);
    return sum(place + s_.viscosity * s_.transport * log(d)) - rest * sum(drift * inverse) + constant_;
}

Jet GaussianBridge::log_density(const Jet& x, const Jet& t) const
{
    const Vector inverse = 1 / d0_;
    const Jet share = inverse * stretch(t);
    const Jet variance = s_.start_variance * square(share) + 2 * s_.viscosity * (share * t);
    const Jet centred = x - (affine(velocity_, t) + s_.start);
    return -0.5 * sum(square(centred) / variance + log(variance)) - length(d0_) * log_two_pi / 2;
}

std::map<std::string, Real> GaussianBridge::terms() const
{
    // Along paths phi decreases by what agents pay.
    Real first = constant_, divergence = 0;
    const Real a1 = s_.transport, horizon = s_.horizon;
    for (Index i = 0; i < length(d0_); ++i) {
        const Real m0 = s_.start(i), v0 = s_.start_variance(i), v1 = s_.end_variance(i), vt = end_variance_(i);
        const Real miss = end_mean_(i) - s_.end(i);
        first += (p_(i) / 2 * (v0 + m0 * m0) + q_(i) * m0 - q_(i) * q_(i) * horizon / (2 * a1)) / d0_(i) +
                 s_.viscosity * a1 * std::log(d0_(i));
        divergence += (std::log(v1 / vt) + (vt + miss * miss) / v1 - 1) / 2;
    }
    const Real terminal = s_.terminal * divergence;
    return {{"transport", first - s_.terminal - terminal}, {"terminal", terminal}};
}

Matrix GaussianBridge::population(const RandomStream& stream, int count) const
{
    const Index d = length(d0_);
    Matrix points = with_uniform_times(make_matrix(count, d), stream.part("times"), s_.horizon);
    for (Index i = 0; i < count; ++i) {
        const Real t = points(i, d);
        stream.normal(i, d, &points(i, 0));
        for (Index k = 0; k < d; ++k) {
            const Real share = (1 + rate_(k, 0) * (s_.horizon - t)) / d0_(k);
            const Real variance = s_.start_variance(k) * share * share + 2 * s_.viscosity * t * share;
            points(i, k) = s_.start(k) + velocity_(k, 0) * t + std::sqrt(variance) * points(i, k);
        }
    }
    return points;
}

}  // namespace mfg
