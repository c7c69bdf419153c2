#include <mfg/autodiff/blas.hpp>
#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/operations.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mfg {
namespace {

/// An array as rows of one length: contiguous ones count as a single long row, which keeps kernels in their fast loop.
struct Rows {
    int rows, columns;
};

Rows merged(std::initializer_list<const Variable*> arrays)
{
    const Variable& first = **arrays.begin();
    bool contiguous = true;
    for (const Variable* v : arrays) contiguous = contiguous && v->contiguous();
    if (contiguous) return {1, static_cast<int>(first.size())};
    return {first.rows(), first.columns()};
}

/// The adjoint of `v` for a kernel that assigns or adds to every entry.
struct Target {
    Target(Tape& tape, const Variable& v) : memory(tape.adjoint(v, fresh)), stride(v.stride()) {}
    bool add() const { return !fresh; }

    bool fresh = false;
    Real* memory;
    int stride;
};

/// How an operand is repeated over the shape of the other one.
struct Repeat {
    int stride, step;
};

Repeat repeat_over(const Variable& a, const Variable& b)
{
    assert((b.rows() == a.rows() || b.rows() == 1) && (b.columns() == a.columns() || b.columns() == 1));
    return {b.rows() == 1 ? 0 : b.stride(), b.columns() == 1 && a.columns() != 1 ? 0 : 1};
}

/// to = factor from
void copy(const Variable& from, Real factor, const Variable& to)
{
    const Rows shape = merged({&from, &to});
    const Real* input = from.data();
    const int stride = from.stride();
    kernels().combine(shape.rows, shape.columns, 1, &factor, &input, &stride, to.write(), to.stride(), false);
}

/// The pullback of a scaled copy: adds factor bar to the adjoint of v.
void pull_copy(Tape& tape, const Variable& v, Real factor, const Real* bar, int bar_stride)
{
    const Target target(tape, v);
    kernels().combine(v.rows(), v.columns(), 1, &factor, &bar, &bar_stride, target.memory, target.stride, target.add());
}

Real operations_of(const Variable& v) { return static_cast<Real>(v.size()); }

}  // namespace

Variable combine(std::initializer_list<Term> terms) { return combine(terms.begin(), static_cast<int>(terms.size())); }

Variable combine(const Term* terms, int count)
{
    constexpr int most = 8;
    struct Sum {
        int count = 0;
        Real factors[most];
        Variable variables[most];
    } sum;
    bool active = false;
    for (int i = 0; i < count; ++i) {
        if (!terms[i].variable.exists()) continue;
        assert(sum.count < most);
        sum.factors[sum.count] = terms[i].factor;
        sum.variables[sum.count++] = terms[i].variable;
        active = active || terms[i].variable.active();
    }
    if (sum.count == 0) return {};

    const Variable& shape = sum.variables[0];
    Tape& tape = shape.tape();
    const Variable out = tape.result(shape.rows(), shape.columns(), active);
    const Real* inputs[most];
    int strides[most];
    bool contiguous = true;
    for (int i = 0; i < sum.count; ++i) {
        assert(sum.variables[i].rows() == shape.rows() && sum.variables[i].columns() == shape.columns());
        inputs[i] = sum.variables[i].data();
        strides[i] = sum.variables[i].stride();
        contiguous = contiguous && sum.variables[i].contiguous();
    }
    const int rows = contiguous ? 1 : shape.rows();
    const int columns = contiguous ? static_cast<int>(shape.size()) : shape.columns();
    kernels().combine(rows, columns, sum.count, sum.factors, inputs, strides, out.write(), out.stride(), false);
    tape.count((2 * sum.count - 1) * operations_of(out));

    tape.record(out, [sum, out](Tape& t, const Real* bar) {
        for (int i = 0; i < sum.count; ++i) {
            const Variable& v = sum.variables[i];
            if (!v.active()) continue;
            const Target target(t, v);
            const Rows merge = merged({&out, &v});
            const int stride = out.stride();
            kernels().combine(merge.rows, merge.columns, 1, &sum.factors[i], &bar, &stride, target.memory,
                              target.stride, target.add());
            t.count(2 * operations_of(v));
        }
    });
    return out;
}

Variable matmul(const Variable& w, const Variable& x, bool transposed, const Variable& bias, int bias_columns)
{
    const int m = transposed ? w.columns() : w.rows(), k = x.rows(), n = x.columns();
    assert(k == (transposed ? w.rows() : w.columns()));
    assert(!bias.exists() || (bias.rows() == m && bias.columns() == 1));
    Tape& tape = x.tape();
    const Variable out = tape.result(m, n, w.active() || x.active() || bias.active());
    gemm(transposed, false, m, n, k, w.data(), w.stride(), x.data(), x.stride(), out.write(), out.stride(), false);
    const int biased = bias_columns < 0 ? n : bias_columns;
    if (bias.exists())
        kernels().spread_column(m, biased, 1, bias.data(), bias.stride(), out.write(), out.stride(), true);
    const double product = 2.0 * m * n * k;
    tape.count(product + (bias.exists() ? 1.0 * m * biased : 0.0));

    tape.record(out, [=](Tape& t, const Real* bar) {
        if (w.active()) {
            const Target target(t, w);
            if (transposed)
                gemm(false, true, k, m, n, x.data(), x.stride(), bar, out.stride(), target.memory, target.stride,
                     target.add());
            else
                gemm(false, true, m, k, n, bar, out.stride(), x.data(), x.stride(), target.memory, target.stride,
                     target.add());
            t.count(product);
        }
        if (x.active()) {
            const Target target(t, x);
            gemm(!transposed, false, k, n, m, w.data(), w.stride(), bar, out.stride(), target.memory, target.stride,
                 target.add());
            t.count(product);
        }
        if (bias.active()) {
            kernels().sum_columns(m, biased, 1, bar, out.stride(), nullptr, 0, t.adjoint(bias), bias.stride(), true);
            t.count(1.0 * m * biased);
        }
    });
    return out;
}

Variable gram(const Variable& x)
{
    const int m = x.rows(), n = x.columns();
    Tape& tape = x.tape();
    const Variable out = tape.result(m, m, x.active());
    gemm(false, true, m, m, n, x.data(), x.stride(), x.data(), x.stride(), out.write(), m, false);
    tape.count(2.0 * m * m * n);
    tape.record(out, [=](Tape& t, const Real* bar) {
        const Target target(t, x);
        gemm(false, false, m, n, m, bar, m, x.data(), x.stride(), target.memory, target.stride, target.add());
        gemm(true, false, m, n, m, bar, m, x.data(), x.stride(), target.memory, target.stride, true);
        t.count(4.0 * m * m * n);
    });
    return out;
}

Variable multiply(const Variable& a, const Variable& b, Real factor)
{
    if (a.size() < b.size()) return multiply(b, a, factor);
    Tape& tape = a.tape();
    const Repeat repeat = repeat_over(a, b);
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || b.active());
    kernels().multiply(a.rows(), a.columns(), factor, a.data(), a.stride(), b.data(), repeat.stride, repeat.step,
                       out.write(), out.stride(), false);
    tape.count(operations_of(out));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const int rows = out.rows(), columns = out.columns();
        if (a.active()) {
            const Target target(t, a);
            kernels().multiply(rows, columns, factor, bar, columns, b.data(), repeat.stride, repeat.step, target.memory,
                               target.stride, target.add());
            t.count(2 * operations_of(out));
        }
        if (!b.active()) return;
        t.count(2 * operations_of(out));
        if (repeat.step == 1 && b.rows() == rows) {
            const Target target(t, b);
            kernels().multiply(rows, columns, factor, bar, columns, a.data(), a.stride(), 1, target.memory,
                               target.stride, target.add());
        } else if (repeat.step == 1) {
            kernels().sum_rows(rows, columns, factor, bar, columns, a.data(), a.stride(), t.adjoint(b), true);
        } else if (b.rows() == rows) {
            kernels().sum_columns(rows, columns, factor, bar, columns, a.data(), a.stride(), t.adjoint(b), b.stride(),
                                  true);
        } else {
            for (int r = 0; r < rows; ++r)
                kernels().sum_columns(1, columns, factor, bar + std::ptrdiff_t(r) * columns, columns, a.row(r),
                                      a.stride(), t.adjoint(b), 1, true);
        }
    });
    return out;
}

Variable add_column(const Variable& a, const Variable& column, int columns)
{
    assert(column.columns() == 1 && (column.rows() == a.rows() || column.rows() == 1));
    const int step = column.rows() == 1 ? 0 : column.stride(), count = columns < 0 ? a.columns() : columns;
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || column.active());
    copy(a, 1, out);
    kernels().spread_column(a.rows(), count, 1, column.data(), step, out.write(), out.stride(), true);
    tape.count(1.0 * a.rows() * count);

    tape.record(out, [=](Tape& t, const Real* bar) {
        if (a.active()) pull_copy(t, a, 1, bar, out.stride());
        if (!column.active()) return;
        Real* to = t.adjoint(column);
        for (int r = 0; r < out.rows(); ++r)
            kernels().sum_columns(1, count, 1, bar + std::ptrdiff_t(r) * out.stride(), 0, nullptr, 0,
                                  to + std::ptrdiff_t(r) * step, 1, true);
    });
    return out;
}

Variable add_first(const Variable& a, Real factor, const Variable& b, Real b_factor)
{
    assert(b.rows() == a.rows() && b.columns() <= a.columns());
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || b.active());
    copy(a, factor, out);
    const Real* input = b.data();
    const int stride = b.stride();
    kernels().combine(b.rows(), b.columns(), 1, &b_factor, &input, &stride, out.write(), out.stride(), true);
    tape.count(operations_of(a) + operations_of(b));
    tape.record(out, [=](Tape& t, const Real* bar) {
        if (a.active()) pull_copy(t, a, factor, bar, out.stride());
        if (b.active()) pull_copy(t, b, b_factor, bar, out.stride());
    });
    return out;
}

Variable add_number(const Variable& a, Real number) { return add_column(a, a.tape().constant(1, 1, number)); }

Variable sum_rows(const Variable& a, Real factor) { return dot_rows(a, {}, factor); }

Variable dot_rows(const Variable& a, const Variable& b, Real factor)
{
    assert(!b.exists() || (b.rows() == a.rows() && b.columns() == a.columns()));
    Tape& tape = a.tape();
    const Variable out = tape.result(1, a.columns(), a.active() || b.active());
    kernels().sum_rows(a.rows(), a.columns(), factor, a.data(), a.stride(), b.data(), b.stride(), out.write(), false);
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other) {
            if (!to.active()) return;
            const Target target(t, to);
            for (int r = 0; r < to.rows(); ++r) {
                Real* memory = target.memory + std::ptrdiff_t(r) * target.stride;
                if (other.exists()) {
                    kernels().multiply(1, to.columns(), factor, bar, 0, other.row(r), 0, 1, memory, 0, target.add());
                } else {
                    const int stride = 0;
                    kernels().combine(1, to.columns(), 1, &factor, &bar, &stride, memory, 0, target.add());
                }
            }
            t.count(2 * operations_of(to));
        };
        pull(a, b);
        if (b.exists()) pull(b, a);
    });
    return out;
}

Variable sum_columns(const Variable& a, Real factor) { return dot_columns(a, {}, factor); }

Variable dot_columns(const Variable& a, const Variable& b, Real factor)
{
    assert(!b.exists() || (b.rows() == a.rows() && b.columns() == a.columns()));
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), 1, a.active() || b.active());
    kernels().sum_columns(a.rows(), a.columns(), factor, a.data(), a.stride(), b.data(), b.stride(), out.write(), 1,
                          false);
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other) {
            if (!to.active()) return;
            const Target target(t, to);
            if (other.exists())
                kernels().multiply(to.rows(), to.columns(), factor, other.data(), other.stride(), bar, 1, 0,
                                   target.memory, target.stride, target.add());
            else
                kernels().spread_column(to.rows(), to.columns(), factor, bar, 1, target.memory, target.stride,
                                        target.add());
            t.count(2 * operations_of(to));
        };
        pull(a, b);
        if (b.exists()) pull(b, a);
    });
    return out;
}

Variable absolute(const Variable& a)
{
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active());
    const Variable sign = tape.constant(a.rows(), a.columns());
    for (int r = 0; r < a.rows(); ++r)
        kernels().function[static_cast<int>(Function::absolute)](a.columns(), 0, a.row(r), out.write_row(r),
                                                                 sign.write_row(r), nullptr, nullptr);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& t, const Real* bar) {
        const Target target(t, a);
        kernels().multiply(a.rows(), a.columns(), 1, bar, out.stride(), sign.data(), sign.stride(), 1, target.memory,
                           target.stride, target.add());
        t.count(operations_of(out));
    });
    return out;
}

Variable stack(std::initializer_list<Variable> parts) { return stack(parts.begin(), static_cast<int>(parts.size())); }

Variable stack(const Variable* parts, int count)
{
    constexpr int most = 8;
    assert(count > 0 && count <= most);
    struct Parts {
        int count;
        Variable part[most];
    } kept{count, {}};
    int rows = 0;
    bool active = false;
    for (int i = 0; i < count; ++i) {
        assert(parts[i].columns() == parts[0].columns());
        kept.part[i] = parts[i];
        rows += parts[i].rows();
        active = active || parts[i].active();
    }
    const Variable out = parts[0].tape().result(rows, parts[0].columns(), active);
    int first = 0;
    for (int i = 0; i < count; ++i) {
        for (int r = 0; r < parts[i].rows(); ++r)
            std::copy_n(parts[i].row(r), out.columns(), out.write_row(first + r));
        first += parts[i].rows();
    }
    out.tape().record(out, [kept, out](Tape& t, const Real* bar) {
        const Real one = 1;
        const int stride = out.stride();
        const Real* from = bar;
        for (int i = 0; i < kept.count; ++i) {
            const Variable& part = kept.part[i];
            if (part.active()) {
                const Target target(t, part);
                kernels().combine(part.rows(), part.columns(), 1, &one, &from, &stride, target.memory, target.stride,
                                  target.add());
            }
            from += std::ptrdiff_t(part.rows()) * stride;
        }
    });
    return out;
}

Variable transpose(const Variable& a)
{
    Tape& tape = a.tape();
    const Variable out = tape.result(a.columns(), a.rows(), a.active());
    for (int r = 0; r < out.rows(); ++r)
        for (int c = 0; c < out.columns(); ++c) out.write_row(r)[c] = a(c, r);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(a);
        for (int r = 0; r < out.rows(); ++r)
            for (int c = 0; c < out.columns(); ++c)
                to[std::ptrdiff_t(c) * a.stride() + r] += bar[std::ptrdiff_t(r) * out.stride() + c];
    });
    return out;
}

Variable unpack_symmetric(const Variable& packed, int n)
{
    assert(packed.contiguous() && packed.size() == static_cast<std::size_t>(n) * (n + 1) / 2);
    const Real root = std::sqrt(Real(0.5));
    Tape& tape = packed.tape();
    const Variable out = tape.result(n, n, packed.active());
    const Real* p = packed.data();
    for (int i = 0; i < n; ++i) {
        out.write_row(i)[i] = *p++;
        for (int j = i + 1; j < n; ++j) out.write_row(i)[j] = out.write_row(j)[i] = root * *p++;
    }
    tape.count(0.5 * n * n);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(packed);
        for (int i = 0; i < n; ++i) {
            *to++ += bar[std::ptrdiff_t(i) * n + i];
            for (int j = i + 1; j < n; ++j)
                *to++ += root * (bar[std::ptrdiff_t(i) * n + j] + bar[std::ptrdiff_t(j) * n + i]);
        }
        t.count(1.5 * n * n);
    });
    return out;
}

Variable pack_quadratic_form(const Variable& symmetric)
{
    const int n = symmetric.rows();
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

Variable trace(const Variable& a, int count)
{
    Tape& tape = a.tape();
    const Variable out = tape.result(1, 1, a.active());
    Real sum = 0;
    for (int i = 0; i < count; ++i) sum += a(i, i);
    *out.write() = sum;
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(a);
        for (int i = 0; i < count; ++i) to[std::ptrdiff_t(i) * a.stride() + i] += *bar;
    });
    return out;
}

LogCosh log_cosh_and_slope(const Variable& y)
{
    assert(y.contiguous());
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
        t.count(5.0 * size);
    });
    return out;
}

Variable slope_sum(const Variable& c, const Variable& t, const Variable& y)
{
    assert(c.rows() == t.rows() && c.columns() == 1 && y.rows() == t.rows() && y.columns() == t.columns());
    Tape& tape = t.tape();
    const Variable out = tape.result(1, t.columns(), c.active() || t.active() || y.active());
    kernels().slope_sum(t.rows(), t.columns(), c.data(), c.stride(), t.data(), t.stride(), y.data(), y.stride(),
                        out.write());
    tape.count(5 * operations_of(t));
    tape.record(out, [=](Tape& on, const Real* bar) {
        assert(!c.active() || c.stride() == 1);
        Real* c_bar = c.active() ? on.adjoint(c) : nullptr;
        Real* t_bar = t.active() ? on.adjoint(t) : nullptr;
        bool fresh = false;
        Real* y_bar = y.active() ? on.adjoint(y, fresh) : nullptr;
        kernels().slope_sum_reverse(t.rows(), t.columns(), c.data(), c.stride(), t.data(), t.stride(), y.data(),
                                    y.stride(), bar, c_bar, t_bar, t.stride(), y_bar, y.stride(), !fresh);
        on.count(10 * operations_of(t));
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

Variable outer_blocks(const Variable& t, const Variable& k)
{
    assert(k.rows() == t.rows());
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
    assert(v.rows() == t.rows() && v.columns() == blocks * t.columns());
    const int m = t.rows(), n = t.columns();
    Tape& tape = t.tape();
    const Variable out = tape.result(m, blocks * n, t.active() || v.active());
    kernels().scale_blocks(m, blocks, n, t.data(), t.stride(), v.data(), v.stride(), out.write(), out.stride(), false);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& on, const Real* bar) {
        if (v.active()) {
            const Target target(on, v);
            kernels().scale_blocks(m, blocks, n, t.data(), t.stride(), bar, out.stride(), target.memory, target.stride,
                                   target.add());
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
    assert(g.rows() == blocks && g.columns() == blocks && v.columns() % blocks == 0 && v.contiguous());
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
    assert(a.rows() == b.rows() && a.columns() == b.columns() && a.columns() % blocks == 0);
    const int m = a.rows(), n = a.columns() / blocks;
    Tape& tape = a.tape();
    const Variable out = tape.result(m, n, a.active() || b.active());
    kernels().sum_blocks(m, blocks, n, 1, a.data(), a.stride(), b.data(), b.stride(), out.write(), out.stride(), false);
    tape.count(2 * operations_of(a));
    tape.record(out, [=](Tape& on, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other) {
            if (!to.active()) return;
            const Target target(on, to);
            kernels().scale_blocks(m, blocks, n, bar, out.stride(), other.data(), other.stride(), target.memory,
                                   target.stride, target.add());
            on.count(2 * operations_of(a));
        };
        pull(a, b);
        pull(b, a);
    });
    return out;
}

}  // namespace mfg
