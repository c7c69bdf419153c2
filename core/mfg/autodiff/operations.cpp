#include <mfg/autodiff/operation_support.hpp>
#include <mfg/autodiff/operations.hpp>
#include <mfg/autodiff/separate_adjoints.hpp>
#include <mfg/base/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace mfg {
namespace {

/// to = factor from; contiguous arrays are a single long row, which keeps kernels in their fast loop.
void copy(const Variable& from, Real factor, const Variable& to)
{
    const bool merge = from.contiguous() && to.contiguous();
    const Kernels::In input = from;
    kernels().combine(merge ? 1 : from.rows(), merge ? from.size() : from.columns(), 1, &factor, &input, assigned(to));
}

/// The pullback of a scaled copy: adds factor bar to the adjoint of v.
void pull_copy(Tape& tape, const Variable& v, Real factor, Kernels::In bar)
{
    const Kernels::Out target = adjoint(tape, v);
    const bool merge = v.contiguous() && (bar.stride == v.columns() || v.rows() == 1);
    kernels().combine(merge ? 1 : v.rows(), merge ? v.size() : v.columns(), 1, &factor, &bar, target);
    tape.count(operations_of_sum(1, &factor, target.add) * operations_of(v));
}

}  // namespace

Variable combine(std::initializer_list<Term> terms)
{
    return combine(terms.begin(), terms.size());
}

Variable combine(const Term* terms, Index count)
{
    constexpr int most = 8;
    if (count > most) throw Error("combine: at most 8 terms can be added at once");
    Real factors[most];
    Kernels::In inputs[most];
    Index present = 0;
    const Variable* shape = nullptr;
    bool active = false, contiguous = true;
    for (Index i = 0; i < count; ++i) {
        const Variable& v = terms[i].variable;
        if (!v.exists()) continue;
        if (!shape) shape = &v;
        require_shapes(same_shape(v, *shape), "combine", *shape, v);
        factors[present] = terms[i].factor;
        inputs[present++] = v;
        active = active || v.active();
        contiguous = contiguous && v.contiguous();
    }
    if (!shape) return {};

    Tape& tape = shape->tape();
    const Variable out = tape.result(shape->rows(), shape->columns(), active);
    const Index rows = contiguous ? 1 : out.rows(), columns = contiguous ? out.size() : out.columns();
    kernels().combine(rows, columns, present, factors, inputs, assigned(out));
    tape.count(operations_of_sum(present, factors, false) * operations_of(out));

    if (!out.active()) return out;
    Term* kept = tape.keep(terms, count);
    tape.record(out, [=](Tape& t, const Real* bar) {
        for (Index i = 0; i < count; ++i) {
            const Variable& v = kept[i].variable;
            if (v.active()) pull_copy(t, v, kept[i].factor, {bar, out.stride()});
        }
    });
    return out;
}

Variable matmul(const Variable& w, const Variable& x, bool transposed, const Variable& bias)
{
    return sum_of_products({{w, x, transposed}}, bias);
}

Variable sum_of_products(std::initializer_list<Product> products, const Variable& bias)
{
    constexpr std::size_t most = 4;
    if (products.size() < 1 || products.size() > most)
        throw Error("sum_of_products: between 1 and 4 products can be added at once");
    std::array<Product, most> kept;
    std::copy(products.begin(), products.end(), kept.begin());
    const Index count = length(products);
    bool active = bias.active();
    for (const Product& p : products) active = active || p.w.active() || p.x.active();
    const auto rows_of = [](const Product& p) { return p.transposed ? p.w.columns() : p.w.rows(); };
    const Index m = rows_of(kept[0]), n = kept[0].x.columns();
    require_shapes(!bias.exists() || (bias.rows() == m && bias.columns() == 1), "matmul: bias", kept[0].w, kept[0].x,
                   bias);
    Tape& tape = kept[0].x.tape();
    const Variable out = tape.result(m, n, active);
    for (Index i = 0; i < count; ++i) {
        const auto& [w, x, transposed] = kept[i];
        const Index k = x.rows();
        require_shapes(k == (transposed ? w.rows() : w.columns()) && rows_of(kept[i]) == m && x.columns() == n,
                       transposed ? "matmul with a transposed factor" : "matmul", w, x);
        gemm(transposed, false, m, n, k, w, x, i == 0 ? assigned(out) : added(out));
        tape.count((2.0 * k - (i == 0)) * m * n);
    }
    if (bias.exists()) {
        kernels().spread_column(m, n, 1, bias, added(out));
        tape.count(1.0 * m * n);
    }

    tape.record(out, [=](Tape& t, const Real* bar) {
        for (Index i = 0; i < count; ++i) {
            const auto& [w, x, transposed] = kept[i];
            const Index k = x.rows();
            if (w.active() && t.separation(w)) {
                if (transposed)
                    pull_products(t, w, k, n, x, {{bar, n}, m});
                else
                    pull_products(t, w, m, n, {bar, n}, {x, k});
            } else if (w.active()) {
                const Kernels::Out target = adjoint(t, w);
                if (transposed)
                    gemm(false, true, k, m, n, x, {bar, n}, target);
                else
                    gemm(false, true, m, k, n, {bar, n}, x, target);
                t.count((2.0 * n - !target.add) * m * k);
            }
            if (x.active()) {
                const Kernels::Out target = adjoint(t, x);
                gemm(!transposed, false, k, n, m, w, {bar, n}, target);
                t.count((2.0 * m - !target.add) * k * n);
            }
        }
        if (bias.active()) {
            pull_sums(t, bias, m, n, 1, {bar, n}, {});
            t.count(1.0 * m * n);
        }
    });
    return out;
}

Variable gram(const Variable& x)
{
    const Index m = x.rows(), n = x.columns();
    Tape& tape = x.tape();
    const Variable out = tape.result(m, m, x.active());
    gemm(false, true, m, m, n, x, x, assigned(out));
    tape.count(2.0 * m * m * n);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Kernels::Out target = adjoint(t, x);
        gemm(false, false, m, n, m, {bar, m}, x, target);
        target.add = true;
        gemm(true, false, m, n, m, {bar, m}, x, target);
        t.count(4.0 * m * m * n);
    });
    return out;
}

Variable multiply(const Variable& a, const Variable& b, Real factor)
{
    if (a.size() < b.size()) return multiply(b, a, factor);
    require_shapes((b.rows() == a.rows() || b.rows() == 1) && (b.columns() == a.columns() || b.columns() == 1),
                   "multiply", a, b);
    const Index b_stride = b.rows() == 1 ? 0 : b.stride(), b_step = b.columns() == 1 && a.columns() != 1 ? 0 : 1;
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || b.active());
    kernels().multiply(a.rows(), a.columns(), factor, a, {b.data(), b_stride}, b_step, assigned(out));
    tape.count((1 + (factor != 1)) * operations_of(out));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const Index rows = out.rows(), columns = out.columns();
        const Kernels::In in(bar, columns);
        if (a.active()) {
            const Kernels::Out target = adjoint(t, a);
            kernels().multiply(rows, columns, factor, in, {b.data(), b_stride}, b_step, target);
            t.count((1 + (factor != 1) + target.add) * operations_of(out));
        }
        if (!b.active()) return;
        t.count(2 * operations_of(out));  // entries that are not repeated have a factor or an addition, or neither
        if (b_step == 1 && b.rows() == rows)
            kernels().multiply(rows, columns, factor, in, a, 1, adjoint(t, b));
        else if (b_step == 1)
            kernels().sum_rows(rows, columns, factor, in, a, added_adjoint(t, b));
        else
            pull_sums(t, b, rows, columns, factor, in, a);
    });
    return out;
}

Variable add_column(const Variable& a, const Variable& column, Index columns)
{
    require_shapes(column.columns() == 1 && (column.rows() == a.rows() || column.rows() == 1) && columns <= a.columns(),
                   "add_column", a, column);
    const Index stride = column.rows() == 1 ? 0 : column.stride(), count = columns < 0 ? a.columns() : columns;
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || column.active());
    copy(a, 1, out);
    kernels().spread_column(a.rows(), count, 1, {column.data(), stride}, added(out));
    tape.count(1.0 * a.rows() * count);

    tape.record(out, [=](Tape& t, const Real* bar) {
        const Kernels::In in(bar, out.stride());
        if (a.active()) pull_copy(t, a, 1, in);
        if (column.active()) pull_sums(t, column, out.rows(), count, 1, in, {});
    });
    return out;
}

Variable add_first(const Variable& a, Real factor, const Variable& b, Real b_factor)
{
    require_shapes(b.rows() == a.rows() && b.columns() <= a.columns(), "add_first", a, b);
    Tape& tape = a.tape();
    const Variable out = tape.result(a.rows(), a.columns(), a.active() || b.active());
    copy(a, factor, out);
    const Kernels::In input = b;
    kernels().combine(b.rows(), b.columns(), 1, &b_factor, &input, added(out));
    tape.count((factor != 1) * operations_of(a) + operations_of_sum(1, &b_factor, true) * operations_of(b));
    tape.record(out, [=](Tape& t, const Real* bar) {
        if (a.active()) pull_copy(t, a, factor, {bar, out.stride()});
        if (b.active()) pull_copy(t, b, b_factor, {bar, out.stride()});
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
    kernels().sum_rows(a.rows(), a.columns(), factor, a, b, assigned(out));
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Kernels::Out target = adjoint(t, to);
            const Kernels::In in(bar, 0);
            if (other.exists())
                kernels().multiply(to.rows(), to.columns(), scale, in, other, 1, target);
            else
                kernels().combine(to.rows(), to.columns(), 1, &scale, &in, target);
            t.count((other.exists() + (scale != 1) + target.add) * operations_of(to));
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
    kernels().sum_columns(a.rows(), a.columns(), factor, a, b, assigned(out));
    tape.count((b.exists() ? 2 : 1) * operations_of(a));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](const Variable& to, const Variable& other, Real scale) {
            if (!to.active()) return;
            const Kernels::Out target = adjoint(t, to);
            if (other.exists())
                kernels().multiply(to.rows(), to.columns(), scale, other, {bar, 1}, 0, target);
            else
                kernels().spread_column(to.rows(), to.columns(), scale, {bar, 1}, target);
            t.count((other.exists() + target.add) * operations_of(to));
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
    for (Index r = 0; r < a.rows(); ++r)
        kernels().function[static_cast<int>(Function::absolute)](a.columns(), 0, a.row(r), out.write_row(r),
                                                                 sign.write_row(r), nullptr, nullptr);
    tape.count(operations_of(out));
    tape.record(out, [=](Tape& t, const Real* bar) {
        kernels().multiply(a.rows(), a.columns(), 1, {bar, out.stride()}, sign, 1, adjoint(t, a));
        t.count(operations_of(out));
    });
    return out;
}

Variable vconcat(std::initializer_list<Variable> parts)
{
    return vconcat(parts.begin(), parts.size());
}

Variable vconcat(const Variable* parts, Index count)
{
    constexpr int most = 8;
    if (count < 1 || count > most) throw Error("vconcat: between 1 and 8 parts can be put together at once");
    std::array<Variable, most> kept;
    Index rows = 0;
    bool active = false;
    for (Index i = 0; i < count; ++i) {
        require_shapes(parts[i].columns() == parts[0].columns(), "vconcat", parts[0], parts[i]);
        kept[i] = parts[i];
        rows += parts[i].rows();
        active = active || parts[i].active();
    }
    const Variable out = parts[0].tape().result(rows, parts[0].columns(), active);
    Index first = 0;
    for (Index i = 0; i < count; ++i) {
        for (Index r = 0; r < parts[i].rows(); ++r)
            std::copy_n(parts[i].row(r), out.columns(), out.write_row(first + r));
        first += parts[i].rows();
    }
    out.tape().record(out, [=](Tape& t, const Real* bar) {
        const Real one = 1;
        Kernels::In from(bar, out.stride());
        for (Index i = 0; i < count; ++i) {
            const Variable& part = kept[i];
            if (part.active()) kernels().combine(part.rows(), part.columns(), 1, &one, &from, adjoint(t, part));
            from.data = from.row(part.rows());
        }
    });
    return out;
}

Variable hconcat(const Variable* parts, Index count)
{
    if (count < 1) throw Error("hconcat: there is nothing to put together");
    Tape& tape = parts[0].tape();
    Index columns = 0;
    bool active = false;
    for (Index i = 0; i < count; ++i) {
        require_shapes(parts[i].rows() == parts[0].rows(), "hconcat", parts[0], parts[i]);
        columns += parts[i].columns();
        active = active || parts[i].active();
    }
    const Variable out = tape.result(parts[0].rows(), columns, active);
    for (Index r = 0; r < out.rows(); ++r) {
        Real* to = out.write_row(r);
        for (Index i = 0; i < count; ++i) to = std::copy_n(parts[i].row(r), parts[i].columns(), to);
    }
    const Variable* kept = tape.keep(parts, count);
    tape.record(out, [=](Tape& t, const Real* bar) {
        for (Index i = 0, first = 0; i < count; first += kept[i++].columns()) {
            const Variable& part = kept[i];
            if (!part.active()) continue;
            Real* to = t.adjoint(part);
            for (Index r = 0; r < part.rows(); ++r)
                for (Index c = 0; c < part.columns(); ++c)
                    to[r * part.stride() + c] += bar[r * out.stride() + first + c];
        }
    });
    return out;
}

Variable transpose(const Variable& a)
{
    Tape& tape = a.tape();
    const Variable out = tape.result(a.columns(), a.rows(), a.active());
    for (Index r = 0; r < out.rows(); ++r)
        for (Index c = 0; c < out.columns(); ++c) out.write_row(r)[c] = a(c, r);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(a);
        for (Index r = 0; r < out.rows(); ++r)
            for (Index c = 0; c < out.columns(); ++c) to[c * a.stride() + r] += bar[r * out.stride() + c];
    });
    return out;
}

Variable unpack_symmetric(const Variable& packed, Index n)
{
    require_shapes(packed.contiguous() && packed.rows() * packed.columns() == n * (n + 1) / 2, "unpack_symmetric",
                   packed);
    const Real root = std::sqrt(Real(0.5));
    Tape& tape = packed.tape();
    const Variable out = tape.result(n, n, packed.active());
    const Real* p = packed.data();
    for (Index i = 0; i < n; ++i) {
        out.write_row(i)[i] = *p++;
        for (Index j = i + 1; j < n; ++j) out.write_row(i)[j] = out.write_row(j)[i] = root * *p++;
    }
    tape.count(0.5 * n * n);
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(packed);
        for (Index i = 0; i < n; ++i) {
            *to++ += bar[i * n + i];
            for (Index j = i + 1; j < n; ++j) *to++ += root * (bar[i * n + j] + bar[j * n + i]);
        }
        t.count(1.5 * n * n);
    });
    return out;
}

Variable trace(const Variable& a, Index count)
{
    require_shapes(count <= std::min(a.rows(), a.columns()), "trace", a);
    Tape& tape = a.tape();
    const Variable out = tape.result(1, 1, a.active());
    Real sum = 0;
    for (Index i = 0; i < count; ++i) sum += a(i, i);
    *out.write() = sum;
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* to = t.adjoint(a);
        for (Index i = 0; i < count; ++i) to[i * a.stride() + i] += *bar;
    });
    return out;
}

}  // namespace mfg
