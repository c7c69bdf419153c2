#pragma once
#include <mfg/problem.hpp>

#include <map>
#include <string>

namespace mfg {

/// One Gaussian moved to another with noise: agents pay a1 |v|^2/2 per time and a3 KL(m(T) || N(mu1, V1)) as a
/// population, dX = v dt + sqrt(2 nu) dW, X(0) ~ N(mu0, V0). Coordinates are independent; in each of them, with
/// k = a1/T and D = 1 + (T - t) P/a1,
///
///     phi = P x^2/(2 D) + Q x/D - Q^2 (T - t)/(2 a1 D) + nu a1 log D + R
///     m(t) = N(mu0 + (muT - mu0) t/T, V),   V = (V0 (D/D0)^2 + 2 nu t D/D0),   muT = (mu0 - Q/k)/D0
///
/// where D0 = D(0) and VT = V(T). phi(T) = a3 (1 + log m(T) - log m1) gives P = a3 (1/V1 - 1/VT), which is the
/// quadratic equation
///
///     (2 nu a1 + a3) D0^2 + (k V0 - 2 nu T (k + a3/V1)) D0 - (k + a3/V1) V0 = 0,
///
/// with one positive root, and Q = a3 (muT/VT - mu1/V1), which is linear.
class MFG_API GaussianBridge {
public:
    struct Settings {
        Real transport = 1, terminal = 5, viscosity = 0.5, horizon = 1;  ///< a1, a3, nu, T
        Vector start, end;                                               ///< mu0, mu1
        Vector start_variance, end_variance;                             ///< V0, V1
    };
    explicit GaussianBridge(const Settings& settings);

    /// phi(t,x)
    Jet value(const Jet& x, const Jet& t) const;
    /// log m(t,x)
    Jet log_density(const Jet& x, const Jet& t) const;
    /// The weighted transport and terminal cost of the optimum.
    std::map<std::string, Real> terms() const;
    /// Points of the population, t uniform.
    Matrix population(const RandomStream& stream, int count) const;

private:
    /// D, one feature a coordinate.
    Jet stretch(const Jet& t) const;

    Settings s_;
    Matrix rate_, velocity_;          // P/a1 and (muT - mu0)/T, in columns
    Vector p_, q_, d0_;               // P, Q, D0
    Vector end_mean_, end_variance_;  // muT, VT
    Real constant_ = 0;               // the sum of R
};

}  // namespace mfg
