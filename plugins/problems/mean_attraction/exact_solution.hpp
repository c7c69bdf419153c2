#pragma once
#include <mfg/problem.hpp>

#include <functional>

namespace mfg {

/// The exact solution of the game in R^d whose agents have noise c_s dW, pay c3/2 |x - mean|^2 per time and c5/2 |x|^2
/// at the end, and start around mbar0 (1, ..., 1). With tau = T - t, k = sqrt(c3),
///
///     D(tau) = cosh(k tau) + c5 sinh(k tau)/k
///     phi = p |x|^2/2 + s sum_i x_i + r,  p = D'/D,  s = q - p mbar
///     mbar(t) = mbar0 - q t,              q = c5 mbar0 / (1 + c5 T)
///     r = c_s^2/2 d log D + d/2 (p mbar^2 - c5 mbar(T)^2 - q^2 tau)
///
/// D solves D'' = c3 D, so that p' = p^2 - c3 in time, and p mbar + s, what the mean moves with, is constant. An agent
/// is at X(t) = mbar(t) + a (X(0) - mbar0) + sigma xi with a standard normal xi,
///
///     a = D(tau)/D(T),   sigma^2 = c_s^2 a sinh(k t)/k
///
/// where sinh(k t)/(k D(tau) D(T)) is int_0^t 1/D(T - u)^2 du. D grows like exp(k tau): the code keeps D exp(-k tau),
/// so that no horizon is too long.
class MFG_API MeanAttractionSolution {
public:
    struct Settings {
        int dimension = 2;
        Real attraction = 0.5, terminal = 0.5, noise = 0.35;  ///< c3, c5, c_s
        Real horizon = 1;
        Real initial_mean = 0;  ///< mbar0
    };
    explicit MeanAttractionSolution(const Settings& settings);

    /// phi(t,x)
    Jet value(const Jet& x, const Jet& t) const;
    /// log m(t,x) of agents that start from N(mbar0 (1, ..., 1), `initial_variance` I).
    Jet log_density(const Jet& x, const Jet& t, Real initial_variance) const;
    /// mbar, p and r
    Real mean(Real t) const { return s_.initial_mean - speed_ * t; }
    Real curvature(Real t) const;
    Real constant(Real t) const;
    /// a and sigma
    Real contraction(Real t) const;
    Real deviation(Real t) const;

private:
    /// D and D' at tau, times exp(-k tau), one feature each.
    struct Shape {
        Jet d, slope;
    };
    Shape shape(const Jet& tau) const;
    Jet constant(const Jet& tau, const Jet& mean, const Shape& at) const;
    /// a and sigma^2
    Jet contraction(const Jet& t, const Shape& at) const;
    Jet noise_variance(const Jet& t, const Shape& at) const;
    Real number(Real t, const std::function<Jet(const Jet& tau)>& formula) const;

    Settings s_;
    Real k_, speed_;  // sqrt(c3), q
    Real d_end_;      // D(T) exp(-k T)
};

}  // namespace mfg
