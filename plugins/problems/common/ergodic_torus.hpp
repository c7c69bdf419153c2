#pragma once
#include "ring_torus.hpp"

namespace mfg {

/// A game on the torus with a known stationary solution: with nu = 1/2 and H = |p|^2/2 - ftilde(x) - log m, any smooth
/// phi solves the ergodic system together with m = exp(-2 phi)/Z and Lambda = -log Z if
/// ftilde = -Lap phi / 2 + |grad phi|^2 / 2 + 2 phi. Here
///
///     phi = -c sum_i sin 2 pi x_i + e sum_i cos 2 pi (x_i - x_{i+1}),   indices modulo d
class MFG_API ErgodicTorus {
public:
    static constexpr Real viscosity = 0.5;

    ErgodicTorus(int dimension, Real amplitude, Real interaction)
        : amplitude_(amplitude), interaction_(interaction), law_(dimension, amplitude, interaction)
    {
    }

    /// phi, one feature
    Jet value(const Jet& x) const { return -0.5 * law_.exponent(x); }
    /// ftilde, one feature; a closed form, so that x may be without derivatives
    Jet cost(const Jet& x) const;
    /// m
    const RingTorus& law() const { return law_; }
    /// Lambda
    Real constant() const { return -law_.log_normalisation(); }

private:
    Real amplitude_, interaction_;
    RingTorus law_;
};

}  // namespace mfg
