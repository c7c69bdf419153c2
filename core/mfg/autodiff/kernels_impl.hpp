#pragma once
/// The kernels, written once over a vector type. Included by one source per instruction set, compiled for that set;
/// everything here has internal linkage, so that no two of them are ever merged.

#include <mfg/autodiff/function_kernels_impl.hpp>
#include <mfg/autodiff/jet_kernels_impl.hpp>
#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/vector_tools_impl.hpp>

#include <xsimd/xsimd.hpp>

namespace mfg {
namespace {

template <class Arch>
struct VectorKernels : VectorTools<Arch> {
    using Tools = VectorTools<Arch>;
    using Tools::dot, Tools::reduce, Tools::sweep, Tools::width;
    using Batch = typename Tools::Batch;
    using In = Kernels::In;
    using Out = Kernels::Out;
    using Functions = FunctionKernels<Arch>;
    using Jets = JetKernels<Arch>;

    static void combine(Index rows, Index columns, Index terms, const Real* factors, const In* a, Out out)
    {
        with(out.add, [&](auto adding) {
            for (Index r = 0; r < rows; ++r) {
                const Real* p[8];
                for (Index i = 0; i < terms; ++i) p[i] = a[i].row(r);
                Real* o = out.row(r);
                const auto fixed = [&](auto count) {
                    sweep(columns, [&](auto tag, Index j) {
                        using V = decltype(tag);
                        V sum = V(factors[0]) * load<V>(p[0] + j);
                        for (Index i = 1; i < count(); ++i) sum = fma(V(factors[i]), load<V>(p[i] + j), sum);
                        put<adding()>(o + j, sum);
                    });
                };
                switch (terms) {
                    case 1:
                        fixed(std::integral_constant<int, 1>{});
                        break;
                    case 2:
                        fixed(std::integral_constant<int, 2>{});
                        break;
                    case 3:
                        fixed(std::integral_constant<int, 3>{});
                        break;
                    default:
                        fixed([terms] { return terms; });
                }
            }
        });
    }

    static void multiply(Index rows, Index columns, Real factor, In a, In b, Index b_step, Out out)
    {
        with(out.add, [&](auto adding) {
            for (Index r = 0; r < rows; ++r) {
                const Real *x = a.row(r), *y = b.row(r);
                Real* o = out.row(r);
                if (b_step == 0) {
                    const Real f = factor * *y;
                    sweep(columns, [&](auto tag, Index j) {
                        using V = decltype(tag);
                        put<adding()>(o + j, V(f) * load<V>(x + j));
                    });
                } else {
                    sweep(columns, [&](auto tag, Index j) {
                        using V = decltype(tag);
                        put<adding()>(o + j, V(factor) * load<V>(x + j) * load<V>(y + j));
                    });
                }
            }
        });
    }

    static void sum_rows(Index rows, Index columns, Real factor, In a, In b, Out out)
    {
        with(out.add, [&](auto adding) {
            sweep(columns, [&](auto tag, Index j) {
                using V = decltype(tag);
                V sum = V(Real(0));
                for (Index r = 0; r < rows; ++r) {
                    const V x = load<V>(a.row(r) + j);
                    sum = b.data ? fma(x, load<V>(b.row(r) + j), sum) : sum + x;
                }
                put<adding()>(out.data + j, V(factor) * sum);
            });
        });
    }

    static void sum_columns(Index rows, Index columns, Real factor, In a, In b, Out out)
    {
        for (Index r = 0; r < rows; ++r) {
            const Real sum = factor * dot(columns, a.row(r), b.data ? b.row(r) : nullptr);
            Real& o = *out.row(r);
            o = out.add ? o + sum : sum;
        }
    }

    /// `Rows` rows of the result and as many vectors V as there are `places`, kept in registers.
    template <class V, Index Rows, Index Vectors>
    [[gnu::always_inline]] static inline void outer_tile(Index inner, In a, Index a_step, In b, Out out,
                                                         const Index (&places)[Vectors])
    {
        V sums[Rows][Vectors];
        for (auto& row : sums)
            for (V& sum : row) sum = V(Real(0));
        for (Index i = 0; i < inner; ++i) {
            V right[Vectors];
            for (Index v = 0; v < Vectors; ++v) right[v] = load<V>(b.row(i) + places[v]);
            for (Index r = 0; r < Rows; ++r) {
                const V left(a.row(r)[i * a_step]);
                for (Index v = 0; v < Vectors; ++v) sums[r][v] = fma(left, right[v], sums[r][v]);
            }
        }
        with(out.add, [&](auto adding) {
            for (Index r = 0; r < Rows; ++r)
                for (Index v = 0; v < Vectors; ++v) put<adding()>(out.row(r) + places[v], sums[r][v]);
        });
    }

    template <Index Rows>
    [[gnu::always_inline]] static inline void outer_rows(Index columns, Index inner, In a, Index a_step, In b, Out out)
    {
        Index j = 0;
        // A last vector that is not full begins earlier: what it assigns twice is the same.
        const bool overlap = !out.add && columns >= width;
        const auto place = [&](Index v) { return overlap ? std::min(j + v * width, columns - width) : j + v * width; };
        for (Index left; (left = columns - j) > 0 && (overlap || left >= width); j += 4 * width) {
            const Index vectors = overlap ? (left + width - 1) / width : left / width;
            const Index p0 = place(0), p1 = place(1), p2 = place(2), p3 = place(3);
            if (vectors >= 4) {
                outer_tile<Batch, Rows, 4>(inner, a, a_step, b, out, {p0, p1, p2, p3});
                continue;
            }
            if (vectors == 3) outer_tile<Batch, Rows, 3>(inner, a, a_step, b, out, {p0, p1, p2});
            if (vectors == 2) outer_tile<Batch, Rows, 2>(inner, a, a_step, b, out, {p0, p1});
            if (vectors == 1) outer_tile<Batch, Rows, 1>(inner, a, a_step, b, out, {p0});
            j += vectors * width;
            break;
        }
        for (; j < columns; ++j) outer_tile<Real, Rows, 1>(inner, a, a_step, b, out, {j});
    }

    static void outer_products(Index rows, Index columns, Index inner, In a, Index a_step, In b, Out out)
    {
        constexpr Index together = 4;
        Index r = 0;
        for (; r + together <= rows; r += together)
            outer_rows<together>(columns, inner, {a.row(r), a.stride}, a_step, b, {out.row(r), out.stride, out.add});
        for (; r < rows; ++r)
            outer_rows<1>(columns, inner, {a.row(r), a.stride}, a_step, b, {out.row(r), out.stride, out.add});
    }

    static void spread_column(Index rows, Index columns, Real factor, In column, Out out)
    {
        with(out.add, [&](auto adding) {
            for (Index r = 0; r < rows; ++r) {
                const Real f = factor * *column.row(r);
                Real* o = out.row(r);
                sweep(columns, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    put<adding()>(o + j, V(f));
                });
            }
        });
    }

    /// Evaluates body(y, parameter, wanted outputs, s) a vector at a time. The last, partial vector goes through a
    /// buffer, so that a number's function value does not depend on where in the array it stands.
    template <void (*body)(const Batch&, Real, Real* const*, Batch*)>
    static void function(Index n, Real parameter, const Real* y, Real* s0, Real* s1, Real* s2, Real* s3)
    {
        Real* const out[4] = {s0, s1, s2, s3};
        Batch s[4];
        Index j = 0;
        for (; j + width <= n; j += width) {
            body(load<Batch>(y + j), parameter, out, s);
            for (Index i = 0; i < 4; ++i)
                if (out[i]) store(out[i] + j, s[i]);
        }
        if (j == n) return;
        alignas(64) Real buffer[width];
        for (Index k = 0; k < width; ++k) buffer[k] = j + k < n ? y[j + k] : Real(1);
        body(Batch::load_aligned(buffer), parameter, out, s);
        for (Index i = 0; i < 4; ++i) {
            if (!out[i]) continue;
            s[i].store_aligned(buffer);
            for (Index k = 0; j + k < n; ++k) out[i][j + k] = buffer[k];
        }
    }

    static void log_cosh_reverse(Index n, const Real* t, const Real* u_bar, const Real* t_bar, Real* y_bar, bool add)
    {
        with(add, [&](auto adding) {
            sweep(n, [&](auto tag, Index j) {
                using V = decltype(tag);
                const V slope = load<V>(t + j);
                V sum = V(Real(0));
                if (u_bar) sum = load<V>(u_bar + j) * slope;
                if (t_bar) sum = fma(load<V>(t_bar + j), V(Real(1)) - slope * slope, sum);
                put<adding()>(y_bar + j, sum);
            });
        });
    }

    static void slope_sum(Index rows, Index columns, In c, In t, In y, Real* out)
    {
        sweep(columns, [&](auto tag, Index j) {
            using V = decltype(tag);
            V sum = V(Real(0));
            for (Index r = 0; r < rows; ++r) {
                const V slope = load<V>(t.row(r) + j), x = V(*c.row(r)) * load<V>(y.row(r) + j);
                sum = fma(x, V(Real(1)) - slope * slope, sum);
            }
            store(out + j, sum);
        });
    }

    static void slope_sum_reverse(Index rows, Index columns, In c, In t, In y, const Real* out_bar, Real* c_bar,
                                  Out t_bar, Out y_bar)
    {
        const auto sweep_rows = [&](auto adding_t, auto adding_y) {
            for (Index r = 0; r < rows; ++r) {
                const Real *tr = t.row(r), *yr = y.row(r);
                Real *tb = t_bar.data ? t_bar.row(r) : nullptr, *yb = y_bar.data ? y_bar.row(r) : nullptr;
                const Real weight = *c.row(r);
                Batch lanes(Real(0));
                Real rest = 0;
                sweep(columns, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    const V bar = load<V>(out_bar + j), slope = load<V>(tr + j), x = load<V>(yr + j);
                    const V curvature = V(Real(1)) - slope * slope;
                    if (c_bar) {
                        if constexpr (std::is_same_v<V, Real>)
                            rest += bar * curvature * x;
                        else
                            lanes = fma(bar * curvature, x, lanes);
                    }
                    const V scaled = V(weight) * bar;
                    if (tb) put<adding_t()>(tb + j, V(Real(-2)) * scaled * slope * x);
                    if (yb) put<adding_y()>(yb + j, scaled * curvature);
                });
                if (c_bar) c_bar[r * c.stride] += reduce(lanes) + rest;
            }
        };
        with(t_bar.add,
             [&](auto adding_t) { with(y_bar.add, [&](auto adding_y) { sweep_rows(adding_t, adding_y); }); });
    }

    static void scale_blocks(Index rows, Index blocks, Index n, Real factor, In t, In v, Out out)
    {
        for (Index r = 0; r < rows; ++r)
            multiply(blocks, n, factor, {v.row(r), n}, {t.row(r), 0}, 1, {out.row(r), n, out.add});
    }

    static void sum_blocks(Index rows, Index blocks, Index n, Real factor, In a, In b, Out out)
    {
        for (Index r = 0; r < rows; ++r)
            sum_rows(blocks, n, factor, {a.row(r), n}, {b.row(r), n}, {out.row(r), 0, out.add});
    }

    static void pair_products(Index m, Index n, In t, Out out)
    {
        Real* o = out.data;
        for (Index a = 0; a < m; ++a) {
            for (Index b = a; b < m; ++b, o += out.stride) {
                const Real *x = t.row(a), *y = t.row(b);
                sweep(n, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    store(o + j, load<V>(x + j) * load<V>(y + j));
                });
            }
        }
    }

    static void pair_products_reverse(Index m, Index n, In t, In out_bar, Out t_bar)
    {
        const Real* o = out_bar.data;
        for (Index a = 0; a < m; ++a) {
            for (Index b = a; b < m; ++b, o += out_bar.stride) {
                const Real *x = t.row(a), *y = t.row(b);
                Real *xb = t_bar.row(a), *yb = t_bar.row(b);
                // a == b: both lines add to the same row, which gives the factor 2.
                sweep(n, [&](auto tag, Index j) {
                    using V = decltype(tag);
                    const V bar = load<V>(o + j);
                    store(xb + j, fma(bar, load<V>(y + j), load<V>(xb + j)));
                    store(yb + j, fma(bar, load<V>(x + j), load<V>(yb + j)));
                });
            }
        }
    }

    static Kernels table(const char* name)
    {
        return {name,
                combine,
                multiply,
                sum_rows,
                sum_columns,
                outer_products,
                spread_column,
                {function<Functions::exponential>, function<Functions::logarithm>, function<Functions::sine>,
                 function<Functions::cosine>, function<Functions::hyperbolic_tangent>, function<Functions::log_cosh>,
                 function<Functions::square_root>, function<Functions::square>, function<Functions::reciprocal>,
                 function<Functions::absolute>, function<Functions::power>},
                log_cosh_reverse,
                slope_sum,
                slope_sum_reverse,
                scale_blocks,
                sum_blocks,
                pair_products,
                pair_products_reverse,
                Jets::function,
                Jets::function_reverse,
                Jets::product,
                Jets::product_reverse,
                Jets::gate,
                Jets::gate_reverse,
                Jets::diagonal_affine,
                Jets::diagonal_affine_weight};
    }
};

}  // namespace
}  // namespace mfg
