#pragma once
#include <mfg/densities/density.hpp>

#include <vector>

namespace mfg {

/// A law on the circle [0,1) by its Fourier series: what `RingTorus` draws a coordinate from.
class MFG_API CircleLaw {
public:
    CircleLaw() = default;
    /// From values of the density, up to a factor, at the nodes j / n: exact for as many frequencies as n resolves.
    explicit CircleLaw(const Vector& values);

    /// The point below which the share `u` of the law lies.
    Real quantile(Real u) const;
    /// Points of the torus whose coordinates are independent and have this law, from items 0, 1, .. of a stream.
    Matrix independent(const RandomStream& stream, Index count, Index dimension) const;

private:
    std::vector<Real> cosines_, sines_;  // of frequencies 1, 2, ..; that of frequency 0 is 1
};

/// The law on the torus [0,1)^d, all indices modulo d, with density
///
///     m(x) = exp(2 c sum_i sin 2 pi x_i - 2 e sum_i cos 2 pi (x_i - x_{i+1})) / Z
///
/// With the transfer operator K(x,y) = exp(c sin 2 pi x + c sin 2 pi y - 2 e cos 2 pi (x - y)), m is a product of
/// K(x_i, x_{i+1}) along a ring: Z = trace K^d, and each coordinate given the first one and the one before has a law
/// on the circle. All integrals are trapezoidal sums over so many nodes that they are exact to rounding: so are
/// samples, whose coordinate i is a function of number i of the stream (and of the coordinates before). e = 0:
/// coordinates are independent.
class MFG_API RingTorus final : public Density {
public:
    /// With e != 0 there are at least two coordinates: an Error says so.
    RingTorus(int dimension, Real amplitude, Real interaction);

    int dimension() const override { return dimension_; }
    Jet log_density(const Jet& x) const override { return exponent(x) - log_normalisation_; }

    /// log(m Z)
    Jet exponent(const Jet& x) const;
    /// log Z
    Real log_normalisation() const { return log_normalisation_; }

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    Real log_kernel(Real x, Real y) const;
    Vector kernel_at(Real x) const;

    int dimension_;
    Real amplitude_, interaction_, log_normalisation_ = 0;
    Index nodes_;
    Matrix kernel_;    // K / n at the nodes
    CircleLaw first_;  // of the first coordinate by itself
};

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
