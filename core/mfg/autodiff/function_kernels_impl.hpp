#pragma once
/// The scalar functions of formulas with three derivatives each, over a vector type; included by kernels_impl.hpp.

#include <mfg/autodiff/kernels.hpp>

#include <xsimd/xsimd.hpp>

namespace mfg {
namespace {

/// Each function is called with the argument, its parameter and the outputs that are wanted (null: not needed), and
/// sets value and derivatives s[0..3].
template <class Arch>
struct FunctionKernels {
    using Batch = xsimd::batch<Real, Arch>;

    struct Exponential {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            s[0] = s[1] = s[2] = s[3] = xsimd::exp(y);
        }
    };
    struct Logarithm {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            const Batch r = Batch(Real(1)) / y;
            s[0] = xsimd::log(y);
            s[1] = r;
            s[2] = -r * r;
            s[3] = Batch(Real(2)) * r * r * r;
        }
    };
    struct Sine {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            s[0] = xsimd::sin(y);
            s[1] = xsimd::cos(y);
            s[2] = -s[0];
            s[3] = -s[1];
        }
    };
    struct Cosine {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            s[0] = xsimd::cos(y);
            s[1] = -xsimd::sin(y);
            s[2] = -s[0];
            s[3] = -s[1];
        }
    };
    struct HyperbolicTangent {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            const Batch one(Real(1));
            const Batch t = xsimd::tanh(y);
            s[0] = t;
            s[1] = one - t * t;
            s[2] = Batch(Real(-2)) * t * s[1];
            s[3] = s[1] * (Batch(Real(6)) * t * t - Batch(Real(2)));
        }
    };
    struct LogCosh {
        void operator()(const Batch& y, Real, Real* const* out, Batch* s) const
        {
            const Batch one(Real(1));
            const Batch size = xsimd::abs(y);
            const Batch e = xsimd::exp(Batch(Real(-2)) * size);
            const Batch x = one + e;
            Batch inverse_x;
            if (out[0]) {
                // One division for both 1/x and the argument of log x = log sqrt 2 + 2 artanh((x - sqrt 2)/(x + sqrt
                // 2)); x is in [1, 2], so that the argument is at most 0.172 and ten terms of the series suffice.
                const Batch sum = x + Batch(Real(1.4142135623730950488));
                const Batch inverse = one / (x * sum);
                inverse_x = inverse * sum;
                const Batch q = (e - Batch(Real(0.4142135623730950488))) * (inverse * x);
                const Batch q2 = q * q;
                Batch series(Real(2) / 19);
                for (int k = 17; k >= 3; k -= 2) series = xsimd::fma(series, q2, Batch(Real(2) / k));
                s[0] = size +
                       xsimd::fma(q * q2, series, xsimd::fma(q, Batch(Real(2)), Batch(Real(0.34657359027997265471))));
            } else {
                inverse_x = one / x;
            }
            const Batch t = xsimd::copysign((one - e) * inverse_x, y);
            s[1] = t;
            s[2] = one - t * t;
            s[3] = Batch(Real(-2)) * t * s[2];
        }
    };
    struct SquareRoot {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            s[0] = xsimd::sqrt(y);
            s[1] = Batch(Real(0.5)) / s[0];
            s[2] = Batch(Real(-0.5)) * s[1] / y;
            s[3] = Batch(Real(-1.5)) * s[2] / y;
        }
    };
    struct Square {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            s[0] = y * y;
            s[1] = y + y;
            s[2] = Batch(Real(2));
            s[3] = Batch(Real(0));
        }
    };
    struct Reciprocal {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            const Batch r = Batch(Real(1)) / y;
            s[0] = r;
            s[1] = -r * r;
            s[2] = Batch(Real(2)) * r * r * r;
            s[3] = Batch(Real(-6)) * r * r * r * r;
        }
    };
    struct Absolute {
        void operator()(const Batch& y, Real, Real* const*, Batch* s) const
        {
            const Batch zero(Real(0)), one(Real(1));
            s[0] = xsimd::abs(y);
            s[1] = xsimd::select(y == zero, zero, xsimd::copysign(one, y));
            s[2] = zero;
            s[3] = zero;
        }
    };
    struct Power {
        void operator()(const Batch& y, Real p, Real* const*, Batch* s) const
        {
            const Batch r = Batch(Real(1)) / y;
            s[0] = xsimd::exp(Batch(p) * xsimd::log(y));
            s[1] = Batch(p) * s[0] * r;
            s[2] = Batch(p - 1) * s[1] * r;
            s[3] = Batch(p - 2) * s[2] * r;
        }
    };
};

}  // namespace
}  // namespace mfg
