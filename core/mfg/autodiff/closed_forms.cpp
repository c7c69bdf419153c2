#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/operation_support.hpp>
#include <mfg/base/blas.hpp>

namespace mfg {

LogCosh log_cosh_and_slope(const Variable& y)
{
    require_shapes(y.contiguous(), "log_cosh of rows apart", y);
    Tape& tape = y.tape();
    const int m = y.rows(), n = y.columns(), size = static_cast<int>(y.size());
    const Variable both = tape.result(2 * m, n, y.active());
    const LogCosh out{both.rows(0, m), both.rows(m, m)};
    kernels().function[static_cast<int>(Function::log_cosh)](size, 0, y.data(), out.u.write(), out.t.write(), nullptr,
                                                             nullptr);
    tape.count(2.0 * size);
    tape.record(both, [=](Tape& t, const Real* bar) {
        const Target target(t, y);
        kernels().log_cosh_reverse(size, out.t.data(), bar, bar + size, target.memory, target.add());
        t.count((5.0 + target.add()) * size);
    });
    return out;
}

Variable log_cosh_slope(const Variable& y)
{
    require_shapes(y.contiguous(), "log_cosh of rows apart", y);
    Tape& tape = y.tape();
    const int size = static_cast<int>(y.size());
    const Variable out = tape.result(y.rows(), y.columns(), y.active());
    kernels().function[static_cast<int>(Function::log_cosh)](size, 0, y.data(), nullptr, out.write(), nullptr, nullptr);
    tape.count(size);
    tape.record(out, [=](Tape& t, const Real* bar) {
        const Target target(t, y);
        kernels().log_cosh_reverse(size, out.data(), nullptr, bar, target.memory, target.add());
        t.count((3.0 + target.add()) * size);
    });
    return out;
}

Variable slope_sum(const Variable& c, const Variable& t, const Variable& y)
{
    require_shapes(c.rows() == t.rows() && c.columns() == 1 && same_shape(y, t), "slope_sum", c, t, y);
    Tape& tape = t.tape();
    const Variable out = tape.result(1, t.columns(), c.active() || t.active() || y.active());
    kernels().slope_sum(t.rows(), t.columns(), c.data(), c.stride(), t.data(), t.stride(), y.data(), y.stride(),
                        out.write());
    tape.count(5 * operations_of(t));
    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* c_bar = c.active() ? on.adjoint(c) : nullptr;
        // t and y may be the same array: what the first touch finds fresh, the second does not.
        bool t_fresh = false, y_fresh = false;
        Real* t_bar = t.active() ? on.adjoint(t, t_fresh) : nullptr;
        Real* y_bar = y.active() ? on.adjoint(y, y_fresh) : nullptr;
        kernels().slope_sum_reverse(t.rows(), t.columns(), c.data(), c.stride(), t.data(), t.stride(), y.data(),
                                    y.stride(), bar, c_bar, t_bar, t.stride(), !t_fresh, y_bar, y.stride(), !y_fresh);
        on.count(10 * operations_of(t));
    });
    return out;
}

Variable pack_quadratic_form(const Variable& symmetric)
{
    const int n = symmetric.rows();
    require_shapes(symmetric.columns() == n, "pack_quadratic_form", symmetric);
    Tape& tape = symmetric.tape();
    const Variable out = tape.result(n * (n + 1) / 2, 1, symmetric.active());
    Real* p = out.write();
    for (int i = 0; i < n; ++i)
        for (int j = i; j < n; ++j) *p++ = (i == j ? 1 : 2) * symmetric(i, j);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(symmetric);
        for (int i = 0; i < n; ++i)
            for (int j = i; j < n; ++j, ++bar) {
                // Both halves count the same: the matrix is symmetric, so each gets one share.
                to[std::ptrdiff_t(i) * symmetric.stride() + j] += *bar;
                if (i != j) to[std::ptrdiff_t(j) * symmetric.stride() + i] += *bar;
            }
    });
    return out;
}

Variable pair_products(const Variable& t)
{
    const int m = t.rows(), n = t.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m * (m + 1) / 2, n, t.active());
    kernels().pair_products(m, n, t.data(), t.stride(), out.write(), n);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        kernels().pair_products_reverse(m, n, t.data(), t.stride(), bar, n, on.adjoint(t), t.stride());
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable pair_form(const Variable& q, const Variable& t)
{
    const int m = t.rows(), n = t.columns(), pairs = m * (m + 1) / 2, rows = q.columns();
    require_shapes(q.rows() == pairs, "pair_form", q, t);
    Tape& tape = t.tape();
    const Variable out = tape.result(rows, n, q.active() || t.active());
    const std::size_t size = static_cast<std::size_t>(pairs) * static_cast<std::size_t>(n);
    Real* products = tape.workspace(size);
    kernels().pair_products(m, n, t.data(), t.stride(), products, n);
    gemm(true, false, rows, n, pairs, q.data(), q.stride(), products, n, out.write(), n, false);
    const double product = 2.0 * rows * n * pairs;
    tape.count(product + static_cast<double>(size));
    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* again = on.workspace(size);
        if (q.active()) {
            const Target target(on, q);
            kernels().pair_products(m, n, t.data(), t.stride(), again, n);
            gemm(false, true, pairs, rows, n, again, n, bar, n, target.memory, target.stride, target.add());
            on.count(product + static_cast<double>(size));
        }
        if (t.active()) {
            gemm(false, false, pairs, n, rows, q.data(), q.stride(), bar, n, again, n, false);
            kernels().pair_products_reverse(m, n, t.data(), t.stride(), again, n, on.adjoint(t), t.stride());
            on.count(product + 4 * static_cast<double>(size));
        }
    });
    return out;
}

namespace {

/// The d columns of diag(t) K, block by block `[i x d n]`.
void scaled_columns(const Variable& t, const Variable& k, Real* out)
{
    const int n = t.columns(), d = k.columns();
    for (int b = 0; b < d; ++b)
        kernels().multiply(t.rows(), n, 1, t.data(), t.stride(), k.data() + b, k.stride(), 0, out + b * n, d * n,
                           false);
}

}  // namespace

Variable product_norms(const Variable& w, const Variable& t, const Variable& k)
{
    require_shapes(w.columns() == t.rows() && k.rows() == t.rows(), "product_norms", w, t, k);
    const int m = w.rows(), inner = t.rows(), n = t.columns(), d = k.columns(), wide = d * n;
    Tape& tape = t.tape();
    const Variable out = tape.result(m, n, w.active() || t.active() || k.active());
    const std::size_t in_size = static_cast<std::size_t>(inner) * static_cast<std::size_t>(wide);
    const std::size_t out_size = static_cast<std::size_t>(m) * static_cast<std::size_t>(wide);
    const auto product = [=](Real* columns, Real* image) {
        scaled_columns(t, k, columns);
        gemm(false, false, m, wide, inner, w.data(), w.stride(), columns, wide, image, wide, false);
    };
    const double operations = 2.0 * m * inner * wide;
    Real* columns = tape.workspace(in_size + out_size);
    product(columns, columns + in_size);
    kernels().sum_blocks(m, d, n, 1, columns + in_size, wide, columns + in_size, wide, out.write(), n, false);
    tape.count(operations + static_cast<double>(in_size + 2 * out_size));

    tape.record(out, [=](Tape& on, const Real* bar) {
        Real* again = on.workspace(2 * in_size + out_size);
        Real *image = again + in_size, *again_bar = image + out_size;
        product(again, image);
        for (int r = 0; r < m; ++r) {
            Real* row = image + std::ptrdiff_t(r) * wide;
            kernels().multiply(d, n, 2, row, n, bar + std::ptrdiff_t(r) * n, 0, 1, row, n, false);
        }
        if (w.active()) {
            const Target target(on, w);
            gemm(false, true, m, inner, wide, image, wide, again, wide, target.memory, target.stride, target.add());
            on.count(operations);
        }
        on.count(operations + static_cast<double>(in_size + 2 * out_size));
        if (!t.active() && !k.active()) return;
        gemm(true, false, inner, wide, m, w.data(), w.stride(), image, wide, again_bar, wide, false);
        on.count(operations + 4 * static_cast<double>(in_size));
        for (int b = 0; b < d; ++b) {
            const Real* block = again_bar + b * n;
            if (t.active()) {
                const Target target(on, t);
                kernels().multiply(inner, n, 1, block, wide, k.data() + b, k.stride(), 0, target.memory, target.stride,
                                   target.add());
            }
            if (k.active())
                kernels().sum_columns(inner, n, 1, block, wide, t.data(), t.stride(), on.adjoint(k) + b, k.stride(),
                                      true);
        }
    });
    return out;
}

Variable outer_blocks(const Variable& t, const Variable& k)
{
    require_shapes(k.rows() == t.rows(), "outer_blocks", t, k);
    const int m = t.rows(), n = t.columns(), blocks = k.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m, blocks * n, t.active() || k.active());
    for (int b = 0; b < blocks; ++b)
        kernels().multiply(m, n, 1, t.data(), t.stride(), k.data() + b, k.stride(), 0, out.write() + b * n,
                           out.stride(), false);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        for (int b = 0; b < blocks; ++b) {
            const Real* from = bar + b * n;
            if (t.active()) {
                const Target target(on, t);
                kernels().multiply(m, n, 1, from, out.stride(), k.data() + b, k.stride(), 0, target.memory,
                                   target.stride, target.add());
            }
            if (k.active())
                kernels().sum_columns(m, n, 1, from, out.stride(), t.data(), t.stride(), on.adjoint(k) + b, k.stride(),
                                      true);
        }
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable scale_blocks(const Variable& t, const Variable& v, int blocks)
{
    require_shapes(v.rows() == t.rows() && v.columns() == blocks * t.columns(), "scale_blocks", t, v);
    const int m = t.rows(), n = t.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m, blocks * n, t.active() || v.active());
    kernels().scale_blocks(m, blocks, n, 1, t.data(), t.stride(), v.data(), v.stride(), out.write(), out.stride(),
                           false);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        if (v.active()) {
            const Target target(on, v);
            kernels().scale_blocks(m, blocks, n, 1, t.data(), t.stride(), bar, out.stride(), target.memory,
                                   target.stride, target.add());
        }
        if (t.active()) {
            const Target target(on, t);
            kernels().sum_blocks(m, blocks, n, 1, bar, out.stride(), v.data(), v.stride(), target.memory, target.stride,
                                 target.add());
        }
        on.count(4 * operations_of(out));
    });
    return out;
}

Variable mix_blocks(const Variable& g, const Variable& v, int blocks)
{
    require_shapes(blocks > 0 && g.rows() == blocks && g.columns() == blocks && v.columns() % blocks == 0, "mix_blocks",
                   g, v);
    const int m = v.rows(), n = v.columns() / blocks;
    Tape& tape = v.tape();
    const Variable out = tape.result(m, v.columns(), g.active() || v.active());
    for (int r = 0; r < m; ++r)
        gemm(false, false, blocks, n, blocks, g.data(), g.stride(), v.row(r), n, out.write_row(r), n, false);
    const double product = 2.0 * m * n * blocks * blocks;
    tape.count(product);
    tape.record(out, [=](Tape& on, const Real* bar) {
        if (v.active()) {
            const Target target(on, v);
            for (int r = 0; r < m; ++r)
                gemm(true, false, blocks, n, blocks, g.data(), g.stride(), bar + std::ptrdiff_t(r) * out.stride(), n,
                     target.memory + std::ptrdiff_t(r) * target.stride, n, target.add());
            on.count(product);
        }
        if (g.active()) {
            Real* to = on.adjoint(g);
            for (int r = 0; r < m; ++r)
                gemm(false, true, blocks, blocks, n, bar + std::ptrdiff_t(r) * out.stride(), n, v.row(r), n, to,
                     g.stride(), true);
            on.count(product);
        }
    });
    return out;
}

Variable dot_blocks(const Variable& a, const Variable& b, int blocks)
{
    require_shapes(blocks > 0 && same_shape(a, b) && a.columns() % blocks == 0, "dot_blocks", a, b);
    const int m = a.rows(), n = a.columns() / blocks;
    Tape& tape = a.tape();
    const Variable out = tape.result(m, n, a.active() || b.active());
    kernels().sum_blocks(m, blocks, n, 1, a.data(), a.stride(), b.data(), b.stride(), out.write(), out.stride(), false);
    tape.count(2 * operations_of(a));
    tape.record(out, [=](Tape& on, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Target target(on, to);
            kernels().scale_blocks(m, blocks, n, scale, bar, out.stride(), other.data(), other.stride(), target.memory,
                                   target.stride, target.add());
            on.count((1 + (scale != 1) + target.add()) * operations_of(a));
        };
        if (a.same_as(b)) return pull(a, a, 2);
        pull(a, b, 1);
        pull(b, a, 1);
    });
    return out;
}

}  // namespace mfg
