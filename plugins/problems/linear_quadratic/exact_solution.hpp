#pragma once
#include "problems/common/chebyshev.hpp"

#include <vector>

namespace mfg {

/// The exact solution of the game in R^d with H = |p|^2/2 - beta |x|^2/2 - gamma log m and Gaussian data:
///
///     phi = p |x|^2/2 + q mu0 . x + d r0 + |mu0|^2 r1,      m(t) = N(M mu0, v I),      m(0) = N(mu0, v0 I)
///
/// with functions of time that solve
///
///     p'  = p^2 - beta + gamma/v                       p(T)  = alpha
///     v'  = 2 nu - 2 p v                               v(0)  = v0
///     q'  = p q - gamma M/v                            q(T)  = 0
///     M'  = -p M - q                                   M(0)  = 1
///     r0' = -nu p + gamma log(2 pi v)/2                r0(T) = 0
///     r1' = q^2/2 + gamma M^2/(2v)                     r1(T) = 0
///
/// alpha and v = nu/alpha are the stationary solution, so that phi(T) = alpha |x|^2/2. The boundary-value problem is
/// solved by Chebyshev collocation, in log v, and Newton's method.
class MFG_API LinearQuadraticSolution {
public:
    struct Settings {
        Real beta = 1, gamma = 0.3, viscosity = 0.5, horizon = 1;
        Vector initial_mean;        ///< mu0, d numbers
        Real initial_variance = 0;  ///< v0; 0: the stationary one
    };
    /// An Error says so if there is no stationary law, a NumericalError if the equations are too stiff.
    explicit LinearQuadraticSolution(const Settings& settings);

    /// alpha
    static Real stationary_curvature(const Settings& s);
    /// nu/alpha
    static Real stationary_variance(const Settings& s);

    Jet value(const Jet& x, const Jet& t) const;
    Jet log_density(const Jet& x, const Jet& t) const;
    /// M(t), which multiplies the initial mean.
    Real mean_factor(Real t) const { return mean_(t); }
    /// sqrt(v(t))
    Real deviation(Real t) const;
    /// The largest residual of the six equations, between the nodes, in units of 1 + (gamma + 2 nu)/v0.
    Real residual() const { return residual_; }

private:
    bool solve(Index nodes);

    Settings s_;
    ChebyshevSeries p_, log_variance_, q_, mean_, r0_, r1_;
    Matrix mean_column_;  // mu0 as `[d x 1]`
    Real residual_ = 0;
};

}  // namespace mfg
