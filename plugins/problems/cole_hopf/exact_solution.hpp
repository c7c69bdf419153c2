#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// The exact solution of 0 = -d_t phi - Lap phi + |grad phi|^2, phi(T,x) = log((1 + |x|^2)/2), and the law of agents
/// that follow it from the origin, where they start before t = 0.
///
/// exp(-phi) solves the heat equation backward in time. With 1/(1 + q) = int_0^inf exp(-s (1 + q)) ds and the Laplace
/// transform of the squared norm of a Gaussian,
///
///     phi = log(1/2) - L(|x|^2, 2 (T - t)),
///     L(r, v) = log E 1/(1 + |x + sqrt(v) W|^2) = log int_0^inf exp(-s - s r / (1 + 2 s v)) (1 + 2 s v)^(-d/2) ds
///
/// where |x|^2 = r. The trapezoidal rule in z with s (1 + r + d v) = exp(z - exp(-z)) is accurate to rounding.
///
/// Agents are at the origin when the noise that is still to come has the variance V = v0 + 2 T in each coordinate, and
/// at time t the noise so far has the variance v(t) = v0 + 2 t. Their density is that without control times
/// exp(-phi), up to a factor (Doob's transform):
///
///     log m = log N(x; 0, v(t) I) - phi(t,x) - log 2 - L(0, V)
///
/// The integrand of L(0, V) is the density of a mixture of Gaussians for X(T): given s it is N(0, V/(1 + 2 s V) I). The
/// probability that s is larger than a number is a case of L again. X(t) given X(T) is a Brownian bridge.
class MFG_API ColeHopfSolution {
public:
    struct Settings {
        int dimension = 10;
        Real horizon = 1, initial_variance = 0.01;  ///< T, v0
    };
    explicit ColeHopfSolution(const Settings& settings);

    /// phi(t,x)
    Jet value(const Jet& x, const Jet& t) const;
    /// log m(t,x)
    Jet log_density(const Jet& x, const Jet& t) const;
    /// Agents at the given times, one a row `[n x d]`.
    Matrix positions(const RandomStream& stream, const Vector& times) const;

private:
    Jet log_mean(const Jet& square, const Jet& variance) const;
    /// L(0, v) for each of these v.
    Vector log_mean(const Vector& variances) const;
    /// s in the mixture, from uniform numbers.
    Vector mixing(const Vector& uniform) const;
    Real whole_variance() const { return s_.initial_variance + 2 * s_.horizon; }

    Settings s_;
    Matrix nodes_;        // s (1 + r + d v) of the rule, in a column
    Vector log_weights_;  // of the rule
    Real at_origin_ = 0;  // L(0, V)
};

}  // namespace mfg
