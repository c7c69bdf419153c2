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
    using In = Kernels::In;
    using Out = Kernels::Out;
    using Size = Kernels::Jets;

    static void function(Size jets, const Real* s1, const Real* s2, In in, Out out)
    {
        const Index n = jets.n;
        for (Index r = 0; r < jets.rows; ++r, s1 += n, s2 += n) {
            const Real* y = in.row(r);
            Real* z = out.row(r);
            sweep(n, [&](auto tag, Index j) {
                using V = decltype(tag);
                const V slope = load<V>(s1 + j);
                V squares = V(Real(0));
                for (Index k = 1; k <= jets.directions; ++k) {
                    const V first = load<V>(y + k * n + j);
                    if (k <= jets.spatial) squares = fma(first, first, squares);
                    store(z + k * n + j, slope * first);
                }
                if (jets.laplacian) {
                    const Index l = Index(jets.directions + 1) * n + j;
                    store(z + l, fma(slope, load<V>(y + l), load<V>(s2 + j) * squares));
                }
            });
        }
    }

    static void function_reverse(Size jets, const Real* s1, const Real* s2, const Real* s3, In in, In out_bar,
                                 Out in_bar)
    {
        const Index n = jets.n;
        with(in_bar.add, [&](auto adding) {
            for (Index r = 0; r < jets.rows; ++r, s1 += n, s2 += n) {
                const Real *y = in.row(r), *z_bar = out_bar.row(r);
                Real* y_bar = in_bar.row(r);
                sweep(n, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    const V slope = load<V>(s1 + j), curvature = load<V>(s2 + j);
                    const Index l = Index(jets.directions + 1) * n + j;
                    const V l_bar = jets.laplacian ? load<V>(z_bar + l) : V(Real(0));
                    const V twice = V(Real(2)) * curvature * l_bar;
                    V inner = V(Real(0)), squares = V(Real(0));
                    for (Index k = 1; k <= jets.directions; ++k) {
                        const Index at = k * n + j;
                        const V first = load<V>(y + at), first_bar = load<V>(z_bar + at);
                        inner = fma(first, first_bar, inner);
                        V sum = slope * first_bar;
                        if (k <= jets.spatial) {
                            squares = fma(first, first, squares);
                            sum = fma(twice, first, sum);
                        }
                        put<adding()>(y_bar + at, sum);
                    }
                    V value_bar = slope * load<V>(z_bar + j);
                    if (jets.laplacian) {
                        inner = fma(load<V>(y + l), l_bar, inner);
                        value_bar = fma(load<V>(s3 + r * n + j) * squares, l_bar, value_bar);
                        put<adding()>(y_bar + l, slope * l_bar);
                    }
                    put<adding()>(y_bar + j, fma(curvature, inner, value_bar));
                });
            }
        });
    }

    static void product(Size jets, In left, In right, Out out)
    {
        const Index n = jets.n;
        for (Index r = 0; r < jets.rows; ++r) {
            const Real *f = left.row(r), *g = right.row(r);
            Real* z = out.row(r);
            sweep(n, [&](auto tag, Index j) {
                using V = decltype(tag);
                const V a = load<V>(f + j), b = load<V>(g + j);
                store(z + j, a * b);
                V inner = V(Real(0));
                for (Index k = 1; k <= jets.directions; ++k) {
                    const Index at = k * n + j;
                    const V da = load<V>(f + at), db = load<V>(g + at);
                    if (k <= jets.spatial) inner = fma(da, db, inner);
                    store(z + at, fma(a, db, b * da));
                }
                if (jets.laplacian) {
                    const Index l = Index(jets.directions + 1) * n + j;
                    store(z + l, fma(V(Real(2)), inner, fma(a, load<V>(g + l), b * load<V>(f + l))));
                }
            });
        }
    }

    static void product_reverse(Size jets, In other, In out_bar, Out in_bar)
    {
        const Index n = jets.n;
        with(in_bar.add, [&](auto adding) {
            for (Index r = 0; r < jets.rows; ++r) {
                const Real *g = other.row(r), *z_bar = out_bar.row(r);
                Real* f_bar = in_bar.row(r);
                sweep(n, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    const V b = load<V>(g + j);
                    const Index l = Index(jets.directions + 1) * n + j;
                    const V l_bar = jets.laplacian ? load<V>(z_bar + l) : V(Real(0)), twice = V(Real(2)) * l_bar;
                    V value_bar = b * load<V>(z_bar + j);
                    for (Index k = 1; k <= jets.directions; ++k) {
                        const Index at = k * n + j;
                        const V db = load<V>(g + at), first_bar = load<V>(z_bar + at);
                        value_bar = fma(db, first_bar, value_bar);
                        V sum = b * first_bar;
                        if (jets.laplacian && k <= jets.spatial) sum = fma(db, twice, sum);
                        put<adding()>(f_bar + at, sum);
                    }
                    if (jets.laplacian) {
                        value_bar = fma(load<V>(g + l), l_bar, value_bar);
                        put<adding()>(f_bar + l, b * l_bar);
                    }
                    put<adding()>(f_bar + j, value_bar);
                });
            }
        });
    }

    static void gate(Size jets, const In* in, Out result)
    {
        const Index n = jets.n;
        for (Index r = 0; r < jets.rows; ++r) {
            const Real *g = in[0].row(r), *h = in[1].row(r), *z = in[2].row(r), *s = in[3].row(r);
            Real* out = result.row(r);
            sweep(n, [&](auto tag, Index j) {
                using V = decltype(tag);
                const V b = load<V>(h + j), c = load<V>(z + j), d = load<V>(s + j), a = V(Real(1)) - load<V>(g + j);
                store(out + j, fma(a, b, c * d));
                V inner = V(Real(0));
                for (Index k = 1; k <= jets.directions; ++k) {
                    const Index at = k * n + j;
                    const V dg = load<V>(g + at), db = load<V>(h + at), dc = load<V>(z + at), dd = load<V>(s + at);
                    if (k <= jets.spatial) inner = fma(dc, dd, inner) - dg * db;
                    store(out + at, fma(a, db, fma(c, dd, d * dc)) - b * dg);
                }
                if (jets.laplacian) {
                    const Index l = Index(jets.directions + 1) * n + j;
                    const V linear = fma(a, load<V>(h + l), fma(c, load<V>(s + l), d * load<V>(z + l)));
                    store(out + l, fma(V(Real(2)), inner, linear - b * load<V>(g + l)));
                }
            });
        }
    }

    static void gate_reverse(Size jets, const In* in, In result_bar, const Out* bars)
    {
        const Index n = jets.n;
        for (Index r = 0; r < jets.rows; ++r) {
            const Real *g = in[0].row(r), *h = in[1].row(r), *z = in[2].row(r), *s = in[3].row(r);
            const Real* out_bar = result_bar.row(r);
            Real* to[4];
            for (Index i = 0; i < 4; ++i) to[i] = bars[i].data ? bars[i].row(r) : nullptr;
            sweep(n, [&](auto tag, Index j) {
                using V = decltype(tag);
                const auto give = [&](Index i, Index at, const V& x) {
                    if (to[i]) store(to[i] + at, bars[i].add ? load<V>(to[i] + at) + x : x);
                };
                const V b = load<V>(h + j), c = load<V>(z + j), d = load<V>(s + j), a = V(Real(1)) - load<V>(g + j);
                const Index l = Index(jets.directions + 1) * n + j;
                const V l_bar = jets.laplacian ? load<V>(out_bar + l) : V(Real(0)), twice = V(Real(2)) * l_bar;
                const V value_bar = load<V>(out_bar + j);
                // Adjoints of g and of h; the first with the other sign.
                V g_bar = b * value_bar, h_bar = a * value_bar, z_bar = d * value_bar, s_bar = c * value_bar;
                for (Index k = 1; k <= jets.directions; ++k) {
                    const Index at = k * n + j;
                    const V dg = load<V>(g + at), db = load<V>(h + at), dc = load<V>(z + at), dd = load<V>(s + at);
                    const V bar = load<V>(out_bar + at);
                    g_bar = fma(db, bar, g_bar);
                    h_bar = h_bar - dg * bar;
                    z_bar = fma(dd, bar, z_bar);
                    s_bar = fma(dc, bar, s_bar);
                    const V second = k <= jets.spatial ? twice : V(Real(0));
                    give(0, at, -fma(db, second, b * bar));
                    give(1, at, a * bar - dg * second);
                    give(2, at, fma(dd, second, d * bar));
                    give(3, at, fma(dc, second, c * bar));
                }
                if (jets.laplacian) {
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

    /// Some rows of `diagonal_affine` from number `first` on: a feature's components are loaded once for all of them.
    template <int Rows>
    static void diagonal_rows(Index first, Size jets, Index features, const int* direction, In w, In x, In bias,
                              Out out)
    {
        const Index n = jets.n;
        const Real* weights = w.row(first);
        Real* start = out.row(first);
        for (Index r = 0; r < Rows; ++r) std::fill_n(start + r * out.stride + n, jets.directions * n, Real(0));
        sweep(n, [&](auto tag, Index j) {
            using V = decltype(tag);
            V value[Rows], second[Rows];
            for (Index r = 0; r < Rows; ++r) {
                value[r] = V(bias.data ? *bias.row(first + r) : Real(0));
                second[r] = V(Real(0));
            }
            for (Index f = 0; f < features; ++f) {
                const Real* from = x.row(f) + j;
                const bool curved = jets.laplacian && direction[f] < jets.spatial;
                const V x0 = load<V>(from), x1 = load<V>(from + n), x2 = curved ? load<V>(from + 2 * n) : V(Real(0));
                Real* to = start + Index(1 + direction[f]) * n + j;
                for (Index r = 0; r < Rows; ++r, to += out.stride) {
                    const V weight(weights[r * w.stride + f]);
                    value[r] = fma(weight, x0, value[r]);
                    second[r] = fma(weight, x2, second[r]);
                    store(to, fma(weight, x1, load<V>(to)));
                }
            }
            for (Index r = 0; r < Rows; ++r) {
                Real* to = start + r * out.stride + j;
                store(to, value[r]);
                if (jets.laplacian) store(to + Index(jets.directions + 1) * n, second[r]);
            }
        });
    }

    static void diagonal_affine(Size jets, Index features, const int* direction, In w, In x, In bias, Out out)
    {
        Index r = 0;
        for (; r + 4 <= jets.rows; r += 4) diagonal_rows<4>(r, jets, features, direction, w, x, bias, out);
        for (; r < jets.rows; ++r) diagonal_rows<1>(r, jets, features, direction, w, x, bias, out);
    }

    /// Some rows of `diagonal_affine_weight`, as many features at once as a vector has lanes: the sums over lanes of
    /// these are one vector.
    template <int Rows>
    static void diagonal_weight_rows(Index first_row, Size jets, Index features, const int* direction, In x,
                                     In result_bar, Out w_bar)
    {
        const Index n = jets.n;
        const Real* out_bar = result_bar.row(first_row);
        const Index out_stride = result_bar.stride, l = Index(jets.directions + 1) * n, vectors = n / width * width;
        for (Index first = 0; first < features; first += width) {
            const Index count = std::min(width, features - first);
            const Real *from[width], *bar[width];
            bool curved[width];
            for (Index i = 0; i < width; ++i) {
                const Index f = first + std::min(i, count - 1);  // lanes without a feature repeat the last one
                from[i] = x.row(f);
                bar[i] = out_bar + Index(1 + direction[f]) * n;
                curved[i] = jets.laplacian && direction[f] < jets.spatial;
            }
            Batch sums[Rows][width];
            for (auto& row : sums)
                for (Batch& sum : row) sum = Batch(Real(0));
            for (Index j = 0; j < vectors; j += width) {
                Batch value_bar[Rows], second_bar[Rows];
                for (Index r = 0; r < Rows; ++r) {
                    value_bar[r] = load<Batch>(out_bar + r * out_stride + j);
                    second_bar[r] = jets.laplacian ? load<Batch>(out_bar + r * out_stride + l + j) : Batch(Real(0));
                }
                for (Index i = 0; i < width; ++i) {
                    const Batch x0 = load<Batch>(from[i] + j), x1 = load<Batch>(from[i] + n + j);
                    const Batch x2 = curved[i] ? load<Batch>(from[i] + 2 * n + j) : Batch(Real(0));
                    for (Index r = 0; r < Rows; ++r) {
                        const Batch slope = fma(load<Batch>(bar[i] + r * out_stride + j), x1, sums[r][i]);
                        sums[r][i] = fma(second_bar[r], x2, fma(value_bar[r], x0, slope));
                    }
                }
            }
            for (Index r = 0; r < Rows; ++r) {
                Real* to = w_bar.row(first_row + r) + first;
                const Batch total = xsimd::haddp(sums[r]);
                if (count == width) {
                    put<true>(to, total);
                } else {
                    alignas(64) Real lanes[width];
                    total.store_aligned(lanes);
                    for (Index i = 0; i < count; ++i) to[i] += lanes[i];
                }
                const Real* row = out_bar + r * out_stride;
                for (Index j = vectors; j < n; ++j)
                    for (Index i = 0; i < count; ++i) {
                        to[i] = fma(row[j], from[i][j], to[i]);
                        to[i] = fma(bar[i][r * out_stride + j], from[i][n + j], to[i]);
                        if (curved[i]) to[i] = fma(row[l + j], from[i][2 * n + j], to[i]);
                    }
            }
        }
    }

    static void diagonal_affine_weight(Size jets, Index features, const int* direction, In x, In out_bar, Out w_bar)
    {
        Index r = 0;
        for (; r + 2 <= jets.rows; r += 2) diagonal_weight_rows<2>(r, jets, features, direction, x, out_bar, w_bar);
        for (; r < jets.rows; ++r) diagonal_weight_rows<1>(r, jets, features, direction, x, out_bar, w_bar);
    }
};

}  // namespace
}  // namespace mfg
