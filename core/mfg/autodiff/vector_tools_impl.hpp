#pragma once
/// What the kernels are written with: one text for a vector of the instruction set and for a single number.

#include <mfg/base/array.hpp>

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <type_traits>

namespace mfg {
namespace {

template <class V>
V load(const Real* p)
{
    if constexpr (std::is_same_v<V, Real>)
        return *p;
    else
        return V::load_unaligned(p);
}

inline void store(Real* p, Real x)
{
    *p = x;
}
template <class Arch>
void store(Real* p, const xsimd::batch<Real, Arch>& x)
{
    x.store_unaligned(p);
}

inline Real fma(Real a, Real b, Real c)
{
#ifdef __FMA__
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}
template <class Arch>
xsimd::batch<Real, Arch> fma(const xsimd::batch<Real, Arch>& a, const xsimd::batch<Real, Arch>& b,
                             const xsimd::batch<Real, Arch>& c)
{
    return xsimd::fma(a, b, c);
}

/// The bits of a vector, taken for one of another kind. Earlier xsimd takes that vector, later xsimd its elements.
template <class To, class From>
To cast_bits(const From& x)
{
    using Element = typename To::value_type;
    if constexpr (std::is_same_v<decltype(xsimd::bitwise_cast<Element>(x)), To>)
        return xsimd::bitwise_cast<Element>(x);
    else
        return xsimd::bitwise_cast<To>(x);
}

template <bool Add, class V>
void put(Real* p, const V& x)
{
    if constexpr (Add)
        store(p, load<V>(p) + x);
    else
        store(p, x);
}

/// Chooses the version of a kernel that assigns or adds.
template <class Body>
void with(bool add, Body body)
{
    if (add)
        body(std::true_type{});
    else
        body(std::false_type{});
}

template <class Arch>
struct VectorTools {
    using Batch = xsimd::batch<Real, Arch>;
    static constexpr Index width = static_cast<Index>(Batch::size);

    /// Calls body(V{}, j) for the columns j = 0..n-1, a vector at a time, then one by one.
    template <class Body>
    static void sweep(Index n, Body body)
    {
        Index j = 0;
        for (; j + width <= n; j += width) body(Batch(Real(0)), j);
        for (; j < n; ++j) body(Real(0), j);
    }

    static Real reduce(const Batch& x)
    {
        alignas(64) Real lanes[width];
        x.store_aligned(lanes);
        Real sum = 0;
        for (Index i = 0; i < width; ++i) sum += lanes[i];
        return sum;
    }

    /// sum_j a_j b_j in a fixed order; a null b means ones.
    static Real dot(Index n, const Real* a, const Real* b)
    {
        Batch sum0(Real(0)), sum1(Real(0));
        Index j = 0;
        for (; j + 2 * width <= n; j += 2 * width) {
            const Batch x0 = load<Batch>(a + j), x1 = load<Batch>(a + j + width);
            sum0 = b ? fma(x0, load<Batch>(b + j), sum0) : sum0 + x0;
            sum1 = b ? fma(x1, load<Batch>(b + j + width), sum1) : sum1 + x1;
        }
        Real rest = 0;
        for (; j < n; ++j) rest = b ? fma(a[j], b[j], rest) : rest + a[j];
        return reduce(sum0 + sum1) + rest;
    }
};

}  // namespace
}  // namespace mfg
