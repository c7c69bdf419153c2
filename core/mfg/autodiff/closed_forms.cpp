#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/operation_support.hpp>

namespace mfg {
namespace {

/// The columns of diag(t) K, block by block `[m x columns of K * n]`.
void scale_columns(const Variable& t, const Variable& k, Kernels::Out out)
{
    const Index n = t.columns();
    for (Index b = 0; b < k.columns(); ++b)
        kernels().multiply(t.rows(), n, 1, t, {k.data() + b, k.stride()}, 0, {out.data + b * n, out.stride, false});
}

/// The pullback of `scale_columns`.
void pull_columns(Tape& tape, const Variable& t, const Variable& k, Kernels::In bar)
{
    const Index m = t.rows(), n = t.columns();
    for (Index b = 0; b < k.columns(); ++b) {
        const Kernels::In block(bar.data + b * n, bar.stride);
        if (t.active()) kernels().multiply(m, n, 1, block, {k.data() + b, k.stride()}, 0, adjoint(tape, t));
        if (k.active()) kernels().sum_columns(m, n, 1, block, t, {tape.adjoint(k) + b, k.stride(), true});
    }
}

}  // namespace

LogCosh log_cosh_and_slope(const Variable& y, bool value)
{
    require_shapes(y.contiguous(), "log_cosh of rows apart", y);
    Tape& tape = y.tape();
    const Index m = y.rows(), size = y.size();
    const Variable all = tape.result((1 + value) * m, y.columns(), y.active());
    const LogCosh out{value ? all.rows(0, m) : Variable{}, all.rows(value * m, m)};
    kernels().function[static_cast<int>(Function::log_cosh)](size, 0, y.data(), out.u.write(), out.t.write(), nullptr,
                                                             nullptr);
    tape.count((1.0 + value) * size);
    tape.record(all, [=](Tape& t, const Real* bar) {
        const Kernels::Out target = adjoint(t, y);
        kernels().log_cosh_reverse(size, out.t.data(), value ? bar : nullptr, bar + value * size, target.data,
                                   target.add);
        t.count((3.0 + 2 * value + target.add) * size);
    });
    return out;
}

Variable slope_sum(const Variable& c, const Variable& t, const Variable& y)
{
    require_shapes(c.rows() == t.rows() && c.columns() == 1 && same_shape(y, t), "slope_sum", c, t, y);
    Tape& tape = t.tape();
    const Variable out = tape.result(1, t.columns(), c.active() || t.active() || y.active());
    kernels().slope_sum(t.rows(), t.columns(), c, t, y, out.write());
    tape.count(5 * operations_of(t));
    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* c_bar = c.active() ? on.adjoint(c) : nullptr;
        // t and y may be the same array: what the first touch finds fresh, the second does not.
        const Kernels::Out t_bar = t.active() ? adjoint(on, t) : Kernels::Out{};
        const Kernels::Out y_bar = y.active() ? adjoint(on, y) : Kernels::Out{};
        kernels().slope_sum_reverse(t.rows(), t.columns(), c, t, y, bar, c_bar, t_bar, y_bar);
        on.count(10 * operations_of(t));
    });
    return out;
}

Variable pack_quadratic_form(const Variable& symmetric)
{
    const Index n = symmetric.rows();
    require_shapes(symmetric.columns() == n, "pack_quadratic_form", symmetric);
    Tape& tape = symmetric.tape();
    const Variable out = tape.result(n * (n + 1) / 2, 1, symmetric.active());
    Real* p = out.write();
    for (Index i = 0; i < n; ++i)
        for (Index j = i; j < n; ++j) *p++ = (i == j ? 1 : 2) * symmetric(i, j);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(symmetric);
        for (Index i = 0; i < n; ++i)
            for (Index j = i; j < n; ++j, ++bar) {
                // Both halves count the same: the matrix is symmetric, so each gets one share.
                to[i * symmetric.stride() + j] += *bar;
                if (i != j) to[j * symmetric.stride() + i] += *bar;
            }
    });
    return out;
}

Variable pair_products(const Variable& t)
{
    const Index m = t.rows(), n = t.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m * (m + 1) / 2, n, t.active());
    kernels().pair_products(m, n, t, assigned(out));
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        kernels().pair_products_reverse(m, n, t, {bar, n}, added_adjoint(on, t));
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable pair_form(const Variable& q, const Variable& t)
{
    const Index m = t.rows(), n = t.columns(), pairs = m * (m + 1) / 2, rows = q.columns();
    require_shapes(q.rows() == pairs, "pair_form", q, t);
    Tape& tape = t.tape();
    const Variable out = tape.result(rows, n, q.active() || t.active());
    const Index size = pairs * n;
    Real* products = tape.workspace(size);
    kernels().pair_products(m, n, t, {products, n});
    gemm(true, false, rows, n, pairs, q, {products, n}, assigned(out));
    const double product = 2.0 * rows * n * pairs;
    tape.count(product + size);
    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* again = on.workspace(size);
        if (q.active()) {
            kernels().pair_products(m, n, t, {again, n});
            gemm(false, true, pairs, rows, n, {again, n}, {bar, n}, adjoint(on, q));
            on.count(product + size);
        }
        if (t.active()) {
            gemm(false, false, pairs, n, rows, q, {bar, n}, {again, n});
            kernels().pair_products_reverse(m, n, t, {again, n}, added_adjoint(on, t));
            on.count(product + 4 * size);
        }
    });
    return out;
}

Variable product_norms(const Variable& w, const Variable& t, const Variable& k)
{
    require_shapes(w.columns() == t.rows() && k.rows() == t.rows(), "product_norms", w, t, k);
    const Index m = w.rows(), inner = t.rows(), n = t.columns(), d = k.columns(), wide = d * n;
    Tape& tape = t.tape();
    const Variable out = tape.result(m, n, w.active() || t.active() || k.active());
    const Index in_size = inner * wide, out_size = m * wide;
    const auto product = [=](Real* columns, Real* image) {
        scale_columns(t, k, {columns, wide});
        gemm(false, false, m, wide, inner, w, {columns, wide}, {image, wide});
    };
    const double operations = 2.0 * m * inner * wide;
    Real* columns = tape.workspace(in_size + out_size);
    product(columns, columns + in_size);
    const Kernels::In squared(columns + in_size, wide);
    kernels().sum_blocks(m, d, n, 1, squared, squared, assigned(out));
    tape.count(operations + in_size + 2 * out_size);

    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* again = on.workspace(2 * in_size + out_size);
        Real *image = again + in_size, *again_bar = image + out_size;
        product(again, image);
        kernels().scale_blocks(m, d, n, 2, {bar, n}, {image, wide}, {image, wide});
        if (w.active()) {
            gemm(false, true, m, inner, wide, {image, wide}, {again, wide}, adjoint(on, w));
            on.count(operations);
        }
        on.count(operations + in_size + 2 * out_size);
        if (!t.active() && !k.active()) return;
        gemm(true, false, inner, wide, m, w, {image, wide}, {again_bar, wide});
        on.count(operations + 4 * in_size);
        pull_columns(on, t, k, {again_bar, wide});
    });
    return out;
}

Variable outer_blocks(const Variable& t, const Variable& k)
{
    require_shapes(k.rows() == t.rows(), "outer_blocks", t, k);
    Tape& tape = t.tape();
    const Variable out = tape.result(t.rows(), k.columns() * t.columns(), t.active() || k.active());
    scale_columns(t, k, assigned(out));
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        pull_columns(on, t, k, {bar, out.stride()});
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable scale_blocks(const Variable& t, const Variable& v, Index blocks)
{
    require_shapes(v.rows() == t.rows() && v.columns() == blocks * t.columns(), "scale_blocks", t, v);
    const Index m = t.rows(), n = t.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m, blocks * n, t.active() || v.active());
    kernels().scale_blocks(m, blocks, n, 1, t, v, assigned(out));
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        const Kernels::In in(bar, out.stride());
        if (v.active()) kernels().scale_blocks(m, blocks, n, 1, t, in, adjoint(on, v));
        if (t.active()) kernels().sum_blocks(m, blocks, n, 1, in, v, adjoint(on, t));
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable mix_blocks(const Variable& g, const Variable& v, Index blocks)
{
    require_shapes(blocks > 0 && g.rows() == blocks && g.columns() == blocks && v.columns() % blocks == 0, "mix_blocks",
                   g, v);
    const Index m = v.rows(), n = v.columns() / blocks;
    Tape& tape = v.tape();
    const Variable out = tape.result(m, v.columns(), g.active() || v.active());
    for (Index r = 0; r < m; ++r) gemm(false, false, blocks, n, blocks, g, {v.row(r), n}, {out.write_row(r), n});
    const double product = 2.0 * m * n * blocks * blocks;
    tape.count(product);
    tape.record(out, [=](Tape& on, const Real* bar) {
        if (v.active()) {
            const Kernels::Out target = adjoint(on, v);
            for (Index r = 0; r < m; ++r)
                gemm(true, false, blocks, n, blocks, g, {bar + r * out.stride(), n}, {target.row(r), n, target.add});
            on.count(product);
        }
        if (g.active()) {
            const Kernels::Out target = added_adjoint(on, g);
            for (Index r = 0; r < m; ++r)
                gemm(false, true, blocks, blocks, n, {bar + r * out.stride(), n}, {v.row(r), n}, target);
            on.count(product);
        }
    });
    return out;
}

Variable dot_blocks(const Variable& a, const Variable& b, Index blocks)
{
    require_shapes(blocks > 0 && same_shape(a, b) && a.columns() % blocks == 0, "dot_blocks", a, b);
    const Index m = a.rows(), n = a.columns() / blocks;
    Tape& tape = a.tape();
    const Variable out = tape.result(m, n, a.active() || b.active());
    kernels().sum_blocks(m, blocks, n, 1, a, b, assigned(out));
    tape.count(2 * operations_of(a));
    tape.record(out, [=](Tape& on, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Kernels::Out target = adjoint(on, to);
            kernels().scale_blocks(m, blocks, n, scale, {bar, out.stride()}, other, target);
            on.count((1 + (scale != 1) + target.add) * operations_of(a));
        };
        if (a.same_as(b)) return pull(a, a, 2);
        pull(a, b, 1);
        pull(b, a, 1);
    });
    return out;
}

}  // namespace mfg
