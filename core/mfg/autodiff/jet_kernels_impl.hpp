#pragma once
/// Kernels on arrays of jets (docs/equations.md, "Second-order jets"), over a vector type; included by
/// kernels_impl.hpp.
///
/// Each loops over vectors of samples, and for these over the components: k = 1..directions are first derivatives, `l`
/// is the place of the Laplacian. Rows are short enough for the first-level cache.

#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/vector_tools_impl.hpp>

#include <algorithm>

namespace mfg {
namespace {

template <class Arch>
struct JetKernels : VectorTools<Arch> {
    using Tools = VectorTools<Arch>;
    using Tools::reduce, Tools::sweep, Tools::width;
    using Batch = typename Tools::Batch;

    static void function(int rows, int n, int directions, int spatial, bool laplacian, const Real* s1, const Real* s2,
                         const Real* y, int y_stride, Real* z, int z_stride)
    {
        for (int r = 0; r < rows; ++r, s1 += n, s2 += n, y += y_stride, z += z_stride) {
            sweep(n, [&](auto tag, int j) {
                using V = decltype(tag);
                const V slope = load<V>(s1 + j);
                V squares = V(Real(0));
                for (int k = 1; k <= directions; ++k) {
                    const V first = load<V>(y + std::ptrdiff_t(k) * n + j);
                    if (k <= spatial) squares = fma(first, first, squares);
                    store(z + std::ptrdiff_t(k) * n + j, slope * first);
                }
                if (laplacian) {
                    const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                    store(z + l, fma(slope, load<V>(y + l), load<V>(s2 + j) * squares));
                }
            });
        }
    }

    static void function_reverse(int rows, int n, int directions, int spatial, bool laplacian, const Real* s1,
                                 const Real* s2, const Real* s3, const Real* y, int y_stride, const Real* z_bar,
                                 int z_stride, Real* y_bar, int y_bar_stride, bool add)
    {
        with(add, [&](auto adding) {
            for (int r = 0; r < rows; ++r, s1 += n, s2 += n, y += y_stride, z_bar += z_stride, y_bar += y_bar_stride) {
                sweep(n, [&](auto tag, int j) {
                    using V = decltype(tag);
                    const V slope = load<V>(s1 + j), curvature = load<V>(s2 + j);
                    const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                    const V l_bar = laplacian ? load<V>(z_bar + l) : V(Real(0));
                    const V twice = V(Real(2)) * curvature * l_bar;
                    V inner = V(Real(0)), squares = V(Real(0));
                    for (int k = 1; k <= directions; ++k) {
                        const std::ptrdiff_t at = std::ptrdiff_t(k) * n + j;
                        const V first = load<V>(y + at), first_bar = load<V>(z_bar + at);
                        inner = fma(first, first_bar, inner);
                        V sum = slope * first_bar;
                        if (k <= spatial) {
                            squares = fma(first, first, squares);
                            sum = fma(twice, first, sum);
                        }
                        put<adding()>(y_bar + at, sum);
                    }
                    V value_bar = slope * load<V>(z_bar + j);
                    if (laplacian) {
                        inner = fma(load<V>(y + l), l_bar, inner);
                        value_bar = fma(load<V>(s3 + std::ptrdiff_t(r) * n + j) * squares, l_bar, value_bar);
                        put<adding()>(y_bar + l, slope * l_bar);
                    }
                    put<adding()>(y_bar + j, fma(curvature, inner, value_bar));
                });
            }
        });
    }

    static void product(int rows, int n, int directions, int spatial, bool laplacian, const Real* f, int f_stride,
                        const Real* g, int g_stride, Real* z, int z_stride)
    {
        for (int r = 0; r < rows; ++r, f += f_stride, g += g_stride, z += z_stride) {
            sweep(n, [&](auto tag, int j) {
                using V = decltype(tag);
                const V a = load<V>(f + j), b = load<V>(g + j);
                store(z + j, a * b);
                V inner = V(Real(0));
                for (int k = 1; k <= directions; ++k) {
                    const std::ptrdiff_t at = std::ptrdiff_t(k) * n + j;
                    const V da = load<V>(f + at), db = load<V>(g + at);
                    if (k <= spatial) inner = fma(da, db, inner);
                    store(z + at, fma(a, db, b * da));
                }
                if (laplacian) {
                    const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                    store(z + l, fma(V(Real(2)), inner, fma(a, load<V>(g + l), b * load<V>(f + l))));
                }
            });
        }
    }

    static void product_reverse(int rows, int n, int directions, int spatial, bool laplacian, const Real* g,
                                int g_stride, const Real* z_bar, int z_stride, Real* f_bar, int f_stride, bool add)
    {
        with(add, [&](auto adding) {
            for (int r = 0; r < rows; ++r, g += g_stride, z_bar += z_stride, f_bar += f_stride) {
                sweep(n, [&](auto tag, int j) {
                    using V = decltype(tag);
                    const V b = load<V>(g + j);
                    const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                    const V l_bar = laplacian ? load<V>(z_bar + l) : V(Real(0)), twice = V(Real(2)) * l_bar;
                    V value_bar = b * load<V>(z_bar + j);
                    for (int k = 1; k <= directions; ++k) {
                        const std::ptrdiff_t at = std::ptrdiff_t(k) * n + j;
                        const V db = load<V>(g + at), first_bar = load<V>(z_bar + at);
                        value_bar = fma(db, first_bar, value_bar);
                        V sum = b * first_bar;
                        if (laplacian && k <= spatial) sum = fma(db, twice, sum);
                        put<adding()>(f_bar + at, sum);
                    }
                    if (laplacian) {
                        value_bar = fma(load<V>(g + l), l_bar, value_bar);
                        put<adding()>(f_bar + l, b * l_bar);
                    }
                    put<adding()>(f_bar + j, value_bar);
                });
            }
        });
    }

    static void gate(int rows, int n, int directions, int spatial, bool laplacian, const Real* const* in,
                     const int* strides, Real* out, int out_stride)
    {
        for (int r = 0; r < rows; ++r, out += out_stride) {
            const Real *g = in[0] + std::ptrdiff_t(r) * strides[0], *h = in[1] + std::ptrdiff_t(r) * strides[1],
                       *z = in[2] + std::ptrdiff_t(r) * strides[2], *s = in[3] + std::ptrdiff_t(r) * strides[3];
            sweep(n, [&](auto tag, int j) {
                using V = decltype(tag);
                const V b = load<V>(h + j), c = load<V>(z + j), d = load<V>(s + j), a = V(Real(1)) - load<V>(g + j);
                store(out + j, fma(a, b, c * d));
                V inner = V(Real(0));
                for (int k = 1; k <= directions; ++k) {
                    const std::ptrdiff_t at = std::ptrdiff_t(k) * n + j;
                    const V dg = load<V>(g + at), db = load<V>(h + at), dc = load<V>(z + at), dd = load<V>(s + at);
                    if (k <= spatial) inner = fma(dc, dd, inner) - dg * db;
                    store(out + at, fma(a, db, fma(c, dd, d * dc)) - b * dg);
                }
                if (laplacian) {
                    const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                    const V linear = fma(a, load<V>(h + l), fma(c, load<V>(s + l), d * load<V>(z + l)));
                    store(out + l, fma(V(Real(2)), inner, linear - b * load<V>(g + l)));
                }
            });
        }
    }

    static void gate_reverse(int rows, int n, int directions, int spatial, bool laplacian, const Real* const* in,
                             const int* strides, const Real* out_bar, int out_stride, Real* const* bars,
                             const bool* add)
    {
        for (int r = 0; r < rows; ++r, out_bar += out_stride) {
            const Real* from[4];
            Real* to[4];
            for (int i = 0; i < 4; ++i) {
                from[i] = in[i] + std::ptrdiff_t(r) * strides[i];
                to[i] = bars[i] ? bars[i] + std::ptrdiff_t(r) * strides[i] : nullptr;
            }
            const Real *g = from[0], *h = from[1], *z = from[2], *s = from[3];
            sweep(n, [&](auto tag, int j) {
                using V = decltype(tag);
                const auto give = [&](int i, std::ptrdiff_t at, const V& x) {
                    if (to[i]) store(to[i] + at, add[i] ? load<V>(to[i] + at) + x : x);
                };
                const V b = load<V>(h + j), c = load<V>(z + j), d = load<V>(s + j), a = V(Real(1)) - load<V>(g + j);
                const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n + j;
                const V l_bar = laplacian ? load<V>(out_bar + l) : V(Real(0)), twice = V(Real(2)) * l_bar;
                const V value_bar = load<V>(out_bar + j);
                // Adjoints of g and of h; the first with the other sign.
                V g_bar = b * value_bar, h_bar = a * value_bar, z_bar = d * value_bar, s_bar = c * value_bar;
                for (int k = 1; k <= directions; ++k) {
                    const std::ptrdiff_t at = std::ptrdiff_t(k) * n + j;
                    const V dg = load<V>(g + at), db = load<V>(h + at), dc = load<V>(z + at), dd = load<V>(s + at);
                    const V bar = load<V>(out_bar + at);
                    g_bar = fma(db, bar, g_bar);
                    h_bar = h_bar - dg * bar;
                    z_bar = fma(dd, bar, z_bar);
                    s_bar = fma(dc, bar, s_bar);
                    const V second = k <= spatial ? twice : V(Real(0));
                    give(0, at, -fma(db, second, b * bar));
                    give(1, at, a * bar - dg * second);
                    give(2, at, fma(dd, second, d * bar));
                    give(3, at, fma(dc, second, c * bar));
                }
                if (laplacian) {
                    g_bar = fma(load<V>(h + l), l_bar, g_bar);
                    h_bar = h_bar - load<V>(g + l) * l_bar;
                    z_bar = fma(load<V>(s + l), l_bar, z_bar);
                    s_bar = fma(load<V>(z + l), l_bar, s_bar);
                    give(0, l, -b * l_bar);
                    give(1, l, a * l_bar);
                    give(2, l, d * l_bar);
                    give(3, l, c * l_bar);
                }
                give(0, j, -g_bar);
                give(1, j, h_bar);
                give(2, j, z_bar);
                give(3, j, s_bar);
            });
        }
    }

    /// Some rows of `diagonal_affine` at once: a feature's components are loaded once for all of them.
    template <int Rows>
    static void diagonal_rows(int features, int n, int directions, int spatial, bool laplacian, const int* direction,
                              const Real* w, int w_stride, const Real* x, int x_stride, const Real* bias, int bias_step,
                              Real* out, int out_stride)
    {
        for (int r = 0; r < Rows; ++r)
            std::fill_n(out + std::ptrdiff_t(r) * out_stride + n, std::ptrdiff_t(directions) * n, Real(0));
        sweep(n, [&](auto tag, int j) {
            using V = decltype(tag);
            V value[Rows], second[Rows];
            for (int r = 0; r < Rows; ++r) {
                value[r] = V(bias ? bias[std::ptrdiff_t(r) * bias_step] : Real(0));
                second[r] = V(Real(0));
            }
            for (int f = 0; f < features; ++f) {
                const Real* from = x + std::ptrdiff_t(f) * x_stride + j;
                const bool curved = laplacian && direction[f] < spatial;
                const V x0 = load<V>(from), x1 = load<V>(from + n), x2 = curved ? load<V>(from + 2 * n) : V(Real(0));
                Real* to = out + std::ptrdiff_t(1 + direction[f]) * n + j;
                for (int r = 0; r < Rows; ++r, to += out_stride) {
                    const V weight(w[std::ptrdiff_t(r) * w_stride + f]);
                    value[r] = fma(weight, x0, value[r]);
                    second[r] = fma(weight, x2, second[r]);
                    store(to, fma(weight, x1, load<V>(to)));
                }
            }
            for (int r = 0; r < Rows; ++r) {
                Real* to = out + std::ptrdiff_t(r) * out_stride + j;
                store(to, value[r]);
                if (laplacian) store(to + std::ptrdiff_t(directions + 1) * n, second[r]);
            }
        });
    }

    static void diagonal_affine(int rows, int features, int n, int directions, int spatial, bool laplacian,
                                const int* direction, const Real* w, int w_stride, const Real* x, int x_stride,
                                const Real* bias, int bias_step, Real* out, int out_stride)
    {
        const auto next = [&](auto count, int r) {
            diagonal_rows<count()>(features, n, directions, spatial, laplacian, direction,
                                   w + std::ptrdiff_t(r) * w_stride, w_stride, x, x_stride,
                                   bias ? bias + std::ptrdiff_t(r) * bias_step : nullptr, bias_step,
                                   out + std::ptrdiff_t(r) * out_stride, out_stride);
        };
        int r = 0;
        for (; r + 4 <= rows; r += 4) next(std::integral_constant<int, 4>{}, r);
        for (; r < rows; ++r) next(std::integral_constant<int, 1>{}, r);
    }

    /// Some rows of `diagonal_affine_weight`, as many features at once as a vector has lanes: the sums over lanes of
    /// these are one vector.
    template <int Rows>
    static void diagonal_weight_rows(int features, int n, int directions, int spatial, bool laplacian,
                                     const int* direction, const Real* x, int x_stride, const Real* out_bar,
                                     int out_stride, Real* w_bar, int w_stride)
    {
        const std::ptrdiff_t l = std::ptrdiff_t(directions + 1) * n;
        const int vectors = n / width * width;
        for (int first = 0; first < features; first += width) {
            const int count = std::min(width, features - first);
            const Real *from[width], *bar[width];
            bool curved[width];
            for (int i = 0; i < width; ++i) {
                const int f = first + std::min(i, count - 1);  // lanes without a feature repeat the last one
                from[i] = x + std::ptrdiff_t(f) * x_stride;
                bar[i] = out_bar + std::ptrdiff_t(1 + direction[f]) * n;
                curved[i] = laplacian && direction[f] < spatial;
            }
            Batch sums[Rows][width];
            for (auto& row : sums)
                for (Batch& sum : row) sum = Batch(Real(0));
            for (int j = 0; j < vectors; j += width) {
                Batch value_bar[Rows], second_bar[Rows];
                for (int r = 0; r < Rows; ++r) {
                    value_bar[r] = load<Batch>(out_bar + std::ptrdiff_t(r) * out_stride + j);
                    second_bar[r] =
                        laplacian ? load<Batch>(out_bar + std::ptrdiff_t(r) * out_stride + l + j) : Batch(Real(0));
                }
                for (int i = 0; i < width; ++i) {
                    const Batch x0 = load<Batch>(from[i] + j), x1 = load<Batch>(from[i] + n + j);
                    const Batch x2 = curved[i] ? load<Batch>(from[i] + 2 * n + j) : Batch(Real(0));
                    for (int r = 0; r < Rows; ++r) {
                        const Batch slope =
                            fma(load<Batch>(bar[i] + std::ptrdiff_t(r) * out_stride + j), x1, sums[r][i]);
                        sums[r][i] = fma(second_bar[r], x2, fma(value_bar[r], x0, slope));
                    }
                }
            }
            for (int r = 0; r < Rows; ++r) {
                Real* to = w_bar + std::ptrdiff_t(r) * w_stride + first;
                const Batch total = xsimd::haddp(sums[r]);
                if (count == width) {
                    put<true>(to, total);
                } else {
                    alignas(64) Real lanes[width];
                    total.store_aligned(lanes);
                    for (int i = 0; i < count; ++i) to[i] += lanes[i];
                }
                const Real* row = out_bar + std::ptrdiff_t(r) * out_stride;
                for (int j = vectors; j < n; ++j)
                    for (int i = 0; i < count; ++i) {
                        to[i] = fma(row[j], from[i][j], to[i]);
                        to[i] = fma(bar[i][std::ptrdiff_t(r) * out_stride + j], from[i][n + j], to[i]);
                        if (curved[i]) to[i] = fma(row[l + j], from[i][2 * n + j], to[i]);
                    }
            }
        }
    }

    static void diagonal_affine_weight(int rows, int features, int n, int directions, int spatial, bool laplacian,
                                       const int* direction, const Real* x, int x_stride, const Real* out_bar,
                                       int out_stride, Real* w_bar, int w_stride)
    {
        const auto next = [&](auto count, int r) {
            diagonal_weight_rows<count()>(features, n, directions, spatial, laplacian, direction, x, x_stride,
                                          out_bar + std::ptrdiff_t(r) * out_stride, out_stride,
                                          w_bar + std::ptrdiff_t(r) * w_stride, w_stride);
        };
        int r = 0;
        for (; r + 2 <= rows; r += 2) next(std::integral_constant<int, 2>{}, r);
        for (; r < rows; ++r) next(std::integral_constant<int, 1>{}, r);
    }
};

}  // namespace
}  // namespace mfg
