#pragma once
/// The scalar functions of formulas with three derivatives each, over a vector type; included by kernels_impl.hpp.

#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/vector_tools_impl.hpp>
#include <mfg/base/constants.hpp>

#include <cstdint>

namespace mfg {
namespace {

/// Each function is called with the argument, its parameter and the outputs that are wanted (null: not needed), and
/// sets value and derivatives s[0..3].
template <class Arch>
struct FunctionKernels {
    using Batch = xsimd::batch<Real, Arch>;

    /// e^x for x <= 0 to one unit in the last place, without a division and without branches; e^-708 below -708, which
    /// next to 1 is nothing.
    static Batch exponential_of_negative(const Batch& x)
    {
        using Bits = xsimd::batch<std::int64_t, Arch>;
        // k, the nearest integer to x / log 2, stands in the last bits of a number between 2^52 and 2^53, with the
        // exponent's offset added: shifted, they are the number 2^k. The order of arguments lets a NaN through.
        const Batch offset(Real(0x1.8p52) + 1023), bounded = xsimd::max(Batch(Real(-708)), x);
        const Batch shifted = xsimd::fma(bounded, Batch(Real(1.4426950408889634)), offset);
        const Batch k = shifted - offset;
        const Batch power = cast_bits<Batch>(cast_bits<Bits>(shifted) << 52);
        // log 2 in two parts, so that k times the first is exact.
        const Batch r = xsimd::fma(k, Batch(Real(-1.90821492927058770002e-10)),
                                   xsimd::fma(k, Batch(Real(-6.93147180369123816490e-01)), bounded));
        // (e^r - 1 - r) / r^2 on |r| <= log(2) / 2, interpolated in ten Chebyshev points.
        constexpr Real c[] = {2.5100421584440864e-08, 2.762008998087974e-07,  2.755726835515128e-06,
                              2.4801521292075114e-05, 0.00019841269863157254, 0.0013888888917217047,
                              0.008333333333330022,   0.041666666666624115,   0.16666666666666669,
                              0.5000000000000001};
        Batch series(c[0]);
        for (Index i = 1; i < 10; ++i) series = xsimd::fma(series, r, Batch(c[i]));
        return (xsimd::fma(r * r, series, r) + Batch(Real(1))) * power;
    }

    static void exponential(const Batch& y, Real, Real* const*, Batch* s) { s[0] = s[1] = s[2] = s[3] = xsimd::exp(y); }

    static void logarithm(const Batch& y, Real, Real* const*, Batch* s)
    {
        const Batch r = Batch(Real(1)) / y;
        s[0] = xsimd::log(y);
        s[1] = r;
        s[2] = -r * r;
        s[3] = Batch(Real(2)) * r * r * r;
    }

    static void sine(const Batch& y, Real, Real* const*, Batch* s)
    {
        s[0] = xsimd::sin(y);
        s[1] = xsimd::cos(y);
        s[2] = -s[0];
        s[3] = -s[1];
    }

    static void cosine(const Batch& y, Real, Real* const*, Batch* s)
    {
        s[0] = xsimd::cos(y);
        s[1] = -xsimd::sin(y);
        s[2] = -s[0];
        s[3] = -s[1];
    }

    static void hyperbolic_tangent(const Batch& y, Real, Real* const*, Batch* s)
    {
        const Batch one(Real(1));
        const Batch t = xsimd::tanh(y);
        s[0] = t;
        s[1] = one - t * t;
        s[2] = Batch(Real(-2)) * t * s[1];
        s[3] = s[1] * (Batch(Real(6)) * t * t - Batch(Real(2)));
    }

    static void log_cosh(const Batch& y, Real, Real* const* out, Batch* s)
    {
        const Batch one(Real(1));
        const Batch size = xsimd::abs(y);
        const Batch e = exponential_of_negative(Batch(Real(-2)) * size);
        const Batch x = one + e;
        Batch inverse_x;
        if (out[0]) {
            // One division for both 1/x and the argument of log x = log sqrt 2 + 2 artanh((x - sqrt 2)/(x + sqrt
            // 2)); x is in [1, 2], so that the argument is at most 0.172 and ten terms of the series suffice.
            const Batch sum = x + Batch(sqrt_two);
            const Batch inverse = one / (x * sum);
            inverse_x = inverse * sum;
            const Batch q = (e - Batch(Real(0.4142135623730950488))) * (inverse * x);
            const Batch q2 = q * q;
            Batch series(Real(2) / 19);
            for (Index k = 17; k >= 3; k -= 2) series = xsimd::fma(series, q2, Batch(Real(2) / k));
            s[0] =
                size + xsimd::fma(q * q2, series, xsimd::fma(q, Batch(Real(2)), Batch(Real(0.34657359027997265471))));
        } else {
            inverse_x = one / x;
        }
        const Batch t = xsimd::copysign((one - e) * inverse_x, y);
        s[1] = t;
        s[2] = one - t * t;
        s[3] = Batch(Real(-2)) * t * s[2];
    }

    static void square_root(const Batch& y, Real, Real* const*, Batch* s)
    {
        s[0] = xsimd::sqrt(y);
        s[1] = Batch(Real(0.5)) / s[0];
        s[2] = Batch(Real(-0.5)) * s[1] / y;
        s[3] = Batch(Real(-1.5)) * s[2] / y;
    }

    static void square(const Batch& y, Real, Real* const*, Batch* s)
    {
        s[0] = y * y;
        s[1] = y + y;
        s[2] = Batch(Real(2));
        s[3] = Batch(Real(0));
    }

    static void reciprocal(const Batch& y, Real, Real* const*, Batch* s)
    {
        const Batch r = Batch(Real(1)) / y;
        s[0] = r;
        s[1] = -r * r;
        s[2] = Batch(Real(2)) * r * r * r;
        s[3] = Batch(Real(-6)) * r * r * r * r;
    }

    static void absolute(const Batch& y, Real, Real* const*, Batch* s)
    {
        const Batch zero(Real(0)), one(Real(1));
        s[0] = xsimd::abs(y);
        s[1] = xsimd::select(y == zero, zero, xsimd::copysign(one, y));
        s[2] = zero;
        s[3] = zero;
    }

    static void power(const Batch& y, Real p, Real* const*, Batch* s)
    {
        const Batch r = Batch(Real(1)) / y;
        s[0] = xsimd::exp(Batch(p) * xsimd::log(y));
        s[1] = Batch(p) * s[0] * r;
        s[2] = Batch(p - 1) * s[1] * r;
        s[3] = Batch(p - 2) * s[2] * r;
    }
};

}  // namespace
}  // namespace mfg
