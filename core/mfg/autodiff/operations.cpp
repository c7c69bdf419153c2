#include <mfg/autodiff/operation_support.hpp>
#include <mfg/autodiff/operations.hpp>
#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>

#include <algorithm>
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

/// How an operand is repeated over the shape of the other one.
struct Repeat {
    int stride, step;
};

Repeat repeat_over(const Variable& a, const Variable& b)
{
    require_shapes((b.rows() == a.rows() || b.rows() == 1) && (b.columns() == a.columns() || b.columns() == 1),
                   "multiply", a, b);
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
    const bool merge = v.contiguous() && (bar_stride == v.columns() || v.rows() == 1);
    kernels().combine(merge ? 1 : v.rows(), merge ? static_cast<int>(v.size()) : v.columns(), 1, &factor, &bar,
                      &bar_stride, target.memory, target.stride, target.add());
    tape.count(operations_of_sum(1, &factor, target.add()) * operations_of(v));
}

}  // namespace

Variable combine(std::initializer_list<Term> terms)
{
    return combine(terms.begin(), static_cast<int>(terms.size()));
}

Variable combine(const Term* terms, int count)
{
    constexpr int most = 8;
    if (count > most) throw Error("combine: at most 8 terms can be added at once");
    Real factors[most];
    const Real* inputs[most];
    int strides[most], present = 0;
    const Variable* shape = nullptr;
    bool active = false, contiguous = true;
    for (int i = 0; i < count; ++i) {
        const Variable& v = terms[i].variable;
        if (!v.exists()) continue;
        if (!shape) shape = &v;
        require_shapes(same_shape(v, *shape), "combine", *shape, v);
        factors[present] = terms[i].factor;
        inputs[present] = v.data();
        strides[present++] = v.stride();
        active = active || v.active();
        contiguous = contiguous && v.contiguous();
    }
    if (!shape) return {};

    Tape& tape = shape->tape();
    const Variable out = tape.result(shape->rows(), shape->columns(), active);
    const int rows = contiguous ? 1 : out.rows(), columns = contiguous ? static_cast<int>(out.size()) : out.columns();
    kernels().combine(rows, columns, present, factors, inputs, strides, out.write(), out.stride(), false);
    tape.count(operations_of_sum(present, factors, false) * operations_of(out));

    if (!out.active()) return out;
    Term* kept = tape.keep(terms, count);
    tape.record(out, [=](Tape& t, const Real* bar) {
        for (int i = 0; i < count; ++i) {
            const Variable& v = kept[i].variable;
            if (!v.exists() || !v.active()) continue;
            pull_copy(t, v, kept[i].factor, bar, out.stride());
        }
    });
    return out;
}

Variable matmul(const Variable& w, const Variable& x, bool transposed, const Variable& bias, int bias_columns)
{
    return sum_of_products({{w, x, transposed}}, bias, bias_columns);
}

Variable sum_of_products(std::initializer_list<Product> products, const Variable& bias, int bias_columns)
{
    constexpr std::size_t most = 4;
    if (products.size() < 1 || products.size() > most)
        throw Error("sum_of_products: between 1 and 4 products can be added at once");
    struct Products {
        int count = 0;
        Product product[most];
    } kept;
    bool active = bias.active();
    for (const Product& p : products) {
        kept.product[kept.count++] = p;
        active = active || p.w.active() || p.x.active();
    }
    const auto rows_of = [](const Product& p) { return p.transposed ? p.w.columns() : p.w.rows(); };
    const int m = rows_of(kept.product[0]), n = kept.product[0].x.columns();
    require_shapes(!bias.exists() || (bias.rows() == m && bias.columns() == 1 && bias_columns <= n), "matmul: bias",
                   kept.product[0].w, kept.product[0].x, bias);
    Tape& tape = kept.product[0].x.tape();
    const Variable out = tape.result(m, n, active);
    const int biased = !bias.exists() ? 0 : bias_columns < 0 ? n : bias_columns;
    bool add = false;
    for (int i = 0; i < kept.count; ++i) {
        const auto& [w, x, transposed] = kept.product[i];
        const int k = x.rows();
        require_shapes(k == (transposed ? w.rows() : w.columns()) && rows_of(kept.product[i]) == m && x.columns() == n,
                       transposed ? "matmul with a transposed factor" : "matmul", w, x);
        gemm(transposed, false, m, n, k, w.data(), w.stride(), x.data(), x.stride(), out.write(), n, add);
        tape.count((2.0 * k - 1) * m * n);
        if (i > 0) tape.count(operations_of(out));
        add = true;
    }
    if (bias.exists()) kernels().spread_column(m, biased, 1, bias.data(), bias.stride(), out.write(), n, true);
    tape.count(1.0 * m * biased);

    tape.record(out, [=](Tape& t, const Real* bar) {
        for (int i = 0; i < kept.count; ++i) {
            const auto& [w, x, transposed] = kept.product[i];
            const int k = x.rows();
            if (w.active()) {
                const Target target(t, w);
                if (transposed)
                    gemm(false, true, k, m, n, x.data(), x.stride(), bar, n, target.memory, target.stride,
                         target.add());
                else
                    gemm(false, true, m, k, n, bar, n, x.data(), x.stride(), target.memory, target.stride,
                         target.add());
                t.count((2.0 * n - !target.add()) * m * k);
            }
            if (x.active()) {
                const Target target(t, x);
                gemm(!transposed, false, k, n, m, w.data(), w.stride(), bar, n, target.memory, target.stride,
                     target.add());
                t.count((2.0 * m - !target.add()) * k * n);
            }
        }
        if (bias.active()) {
            kernels().sum_columns(m, biased, 1, bar, n, nullptr, 0, t.adjoint(bias), bias.stride(), true);
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
    tape.count((1 + (factor != 1)) * operations_of(out));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const int rows = out.rows(), columns = out.columns();
        if (a.active()) {
            const Target target(t, a);
            kernels().multiply(rows, columns, factor, bar, columns, b.data(), repeat.stride, repeat.step, target.memory,
                               target.stride, target.add());
            t.count((1 + (factor != 1) + target.add()) * operations_of(out));
        }
        if (!b.active()) return;
        t.count(2 * operations_of(out));  // entries that are not repeated have a factor or an addition, or neither
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
    require_shapes(column.columns() == 1 && (column.rows() == a.rows() || column.rows() == 1) && columns <= a.columns(),
                   "add_column", a, column);
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
    require_shapes(b.rows() == a.rows() && b.columns() <= a.columns(), "add_first", a, b);
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || b.active());
    copy(a, factor, out);
    const Real* input = b.data();
    const int stride = b.stride();
    kernels().combine(b.rows(), b.columns(), 1, &b_factor, &input, &stride, out.write(), out.stride(), true);
    tape.count((factor != 1) * operations_of(a) + operations_of_sum(1, &b_factor, true) * operations_of(b));
    tape.record(out, [=](Tape& t, const Real* bar) {
        if (a.active()) pull_copy(t, a, factor, bar, out.stride());
        if (b.active()) pull_copy(t, b, b_factor, bar, out.stride());
    });
    return out;
}

Variable add_number(const Variable& a, Real number)
{
    return add_column(a, a.tape().constant(1, 1, number));
}

Variable sum_rows(const Variable& a, Real factor)
{
    return dot_rows(a, {}, factor);
}

Variable dot_rows(const Variable& a, const Variable& b, Real factor)
{
    require_shapes(!b.exists() || same_shape(a, b), "dot_rows", a, b);
    Tape& tape = a.tape();
    const Variable out = tape.result(1, a.columns(), a.active() || b.active());
    kernels().sum_rows(a.rows(), a.columns(), factor, a.data(), a.stride(), b.data(), b.stride(), out.write(), false);
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Target target(t, to);
            for (int r = 0; r < to.rows(); ++r) {
                Real* memory = target.memory + std::ptrdiff_t(r) * target.stride;
                if (other.exists()) {
                    kernels().multiply(1, to.columns(), scale, bar, 0, other.row(r), 0, 1, memory, 0, target.add());
                } else {
                    const int stride = 0;
                    kernels().combine(1, to.columns(), 1, &scale, &bar, &stride, memory, 0, target.add());
                }
            }
            t.count((other.exists() + (scale != 1) + target.add()) * operations_of(to));
        };
        if (a.same_as(b)) return pull(a, a, 2 * factor);
        pull(a, b, factor);
        if (b.exists()) pull(b, a, factor);
    });
    return out;
}

Variable sum_columns(const Variable& a, Real factor)
{
    return dot_columns(a, {}, factor);
}

Variable dot_columns(const Variable& a, const Variable& b, Real factor)
{
    require_shapes(!b.exists() || same_shape(a, b), "dot_columns", a, b);
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), 1, a.active() || b.active());
    kernels().sum_columns(a.rows(), a.columns(), factor, a.data(), a.stride(), b.data(), b.stride(), out.write(), 1,
                          false);
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Target target(t, to);
            if (other.exists())
                kernels().multiply(to.rows(), to.columns(), scale, other.data(), other.stride(), bar, 1, 0,
                                   target.memory, target.stride, target.add());
            else
                kernels().spread_column(to.rows(), to.columns(), scale, bar, 1, target.memory, target.stride,
                                        target.add());
            t.count((other.exists() + target.add()) * operations_of(to));
        };
        if (a.same_as(b)) return pull(a, a, 2 * factor);
        pull(a, b, factor);
        if (b.exists()) pull(b, a, factor);
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

Variable vconcat(std::initializer_list<Variable> parts)
{
    return vconcat(parts.begin(), static_cast<int>(parts.size()));
}

Variable vconcat(const Variable* parts, int count)
{
    constexpr int most = 8;
    if (count < 1 || count > most) throw Error("vconcat: between 1 and 8 parts can be put together at once");
    struct Parts {
        int count;
        Variable part[most];
    } kept{count, {}};
    int rows = 0;
    bool active = false;
    for (int i = 0; i < count; ++i) {
        require_shapes(parts[i].columns() == parts[0].columns(), "vconcat", parts[0], parts[i]);
        kept.part[i] = parts[i];
        rows += parts[i].rows();
        active = active || parts[i].active();
    }
    const Variable out = parts[0].tape().result(rows, parts[0].columns(), active);
    int first = 0;
    for (int i = 0; i < count; ++i) {
        for (int r = 0; r < parts[i].rows(); ++r) std::copy_n(parts[i].row(r), out.columns(), out.write_row(first + r));
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

Variable hconcat(const Variable* parts, int count)
{
    if (count < 1) throw Error("hconcat: there is nothing to put together");
    Tape& tape = parts[0].tape();
    int columns = 0;
    bool active = false;
    for (int i = 0; i < count; ++i) {
        require_shapes(parts[i].rows() == parts[0].rows(), "hconcat", parts[0], parts[i]);
        columns += parts[i].columns();
        active = active || parts[i].active();
    }
    const Variable out = tape.result(parts[0].rows(), columns, active);
    for (int r = 0; r < out.rows(); ++r) {
        Real* to = out.write_row(r);
        for (int i = 0; i < count; ++i) to = std::copy_n(parts[i].row(r), parts[i].columns(), to);
    }
    const Variable* kept = tape.keep(parts, count);
    tape.record(out, [=](Tape& t, const Real* bar) {
        for (int i = 0, first = 0; i < count; first += kept[i++].columns()) {
            const Variable& part = kept[i];
            if (!part.active()) continue;
            Real* to = t.adjoint(part);
            for (int r = 0; r < part.rows(); ++r)
                for (int c = 0; c < part.columns(); ++c)
                    to[std::ptrdiff_t(r) * part.stride() + c] += bar[std::ptrdiff_t(r) * out.stride() + first + c];
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
    require_shapes(packed.contiguous() && packed.rows() * packed.columns() == n * (n + 1) / 2, "unpack_symmetric",
                   packed);
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

Variable trace(const Variable& a, int count)
{
    require_shapes(count <= std::min(a.rows(), a.columns()), "trace", a);
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

}  // namespace mfg
