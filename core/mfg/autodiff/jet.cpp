#include <mfg/autodiff/blas.hpp>
#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/jet.hpp>
#include <mfg/error.hpp>

#include <algorithm>
#include <cassert>
#include <string>

namespace mfg {
namespace {

constexpr Real two_pi = 6.283185307179586476925286766559;

/// z = f(y) for arrays of jets of one shape.
Variable function_of(Function function, const Variable& y, const JetShape& shape, int n, Real parameter)
{
    Tape& tape = y.tape();
    const int rows = y.rows();
    const bool derivatives = shape.order > 0, laplacian = shape.order == 2, active = tape.recording() && y.active();
    const Variable out = tape.result(rows, y.columns(), y.active());
    const auto table = [&](bool wanted) { return wanted ? tape.constant(rows, n) : Variable{}; };
    // Without derivatives the value is the result; with them it is one of its components.
    const Variable s0 = derivatives ? tape.constant(rows, n) : out;
    const Variable s1 = table(active || derivatives), s2 = table(derivatives), s3 = table(active && laplacian);
    const auto row = [](const Variable& v, int r) { return v.exists() ? v.write_row(r) : nullptr; };
    for (int r = 0; r < rows; ++r)
        kernels().function[static_cast<int>(function)](n, parameter, y.row(r), row(s0, r), row(s1, r), row(s2, r),
                                                       row(s3, r));
    if (derivatives)
        kernels().jet_function(rows, n, shape.directions, shape.spatial, laplacian, s0.data(), s1.data(), s2.data(),
                               y.data(), y.stride(), out.write(), out.stride());
    tape.count(1.0 * rows * n * (1 + 3 * shape.directions));

    tape.record(out, [=](Tape& t, const Real* bar) {
        if (derivatives) {
            kernels().jet_function_reverse(rows, n, shape.directions, shape.spatial, laplacian, s1.data(), s2.data(),
                                           s3.data(), y.data(), y.stride(), bar, out.stride(), t.adjoint(y),
                                           y.stride());
        } else {
            bool fresh = false;
            Real* y_bar = t.adjoint(y, fresh);
            kernels().multiply(rows, n, 1, bar, n, s1.data(), n, 1, y_bar, y.stride(), !fresh);
        }
        t.count(1.0 * rows * n * (2 + 8 * shape.directions));
    });
    return out;
}

/// f g for arrays of jets of one shape; f may be a single row for all rows of g.
Variable product_of(const Variable& f, const Variable& g, const JetShape& shape, int n)
{
    assert(f.rows() == g.rows() || f.rows() == 1);
    Tape& tape = g.tape();
    const int rows = g.rows(), f_stride = f.rows() == 1 ? 0 : f.stride();
    const bool laplacian = shape.order == 2;
    const Variable out = tape.result(rows, g.columns(), f.active() || g.active());
    kernels().jet_product(rows, n, shape.directions, shape.spatial, laplacian, f.data(), f_stride, g.data(), g.stride(),
                          out.write(), out.stride());
    tape.count(1.0 * rows * n * (1 + 5 * shape.directions));
    tape.record(out, [=](Tape& t, const Real* bar) {
        if (f.active())
            kernels().jet_product_reverse(rows, n, shape.directions, shape.spatial, laplacian, g.data(), g.stride(),
                                          bar, out.stride(), t.adjoint(f), f_stride);
        if (g.active())
            kernels().jet_product_reverse(rows, n, shape.directions, shape.spatial, laplacian, f.data(), f_stride, bar,
                                          out.stride(), t.adjoint(g), g.stride());
        t.count(1.0 * rows * n * (4 + 12 * shape.directions));
    });
    return out;
}

/// Formulas are written by users: what does not fit is an Error, not memory out of bounds.
void require_present(const Jet& a)
{
    if (a.is_zero())
        throw Error("formula: a function of something that is not there (the log density, or a drift or cost of zero)");
}

void require_same_size(int a, int b)
{
    if (a != b)
        throw Error("formula: vectors of different size, " + std::to_string(a) + " and " + std::to_string(b) +
                    " features");
}

/// The linear map that takes features with one direction each to dense jets: calls
/// `each(feature, stored component, dense component)` for what goes where.
template <class Each>
void diagonal_entries(const int* direction, int features, const JetShape& shape, Each each)
{
    for (int f = 0; f < features; ++f) {
        each(f, 0, 0);
        each(f, 1, 1 + direction[f]);
        if (shape.order == 2 && direction[f] < shape.spatial) each(f, 2, 1 + shape.directions);
    }
}

}  // namespace

Jet::Jet(const Variable& value) : array_(value), samples_(value.columns()) {}

Jet Jet::coordinates(const Variable& points, const JetShape& shape)
{
    Jet jet(points);
    if (shape.order == 0) return jet;
    assert(points.rows() <= shape.directions);
    jet.shape_ = shape;
    jet.structure_ = Structure::coordinates;
    const int count = points.rows();
    int* direction = reinterpret_cast<int*>(points.tape().scratch(static_cast<std::size_t>(count)));
    for (int i = 0; i < count; ++i) direction[i] = i;
    jet.direction_ = direction;
    return jet;
}

Jet Jet::from_components(const Variable& components, const JetShape& shape)
{
    assert(components.columns() % shape.components() == 0);
    Jet jet;
    jet.shape_ = shape;
    jet.samples_ = components.columns() / shape.components();
    return jet.with(components, shape.order == 0 ? Structure::constant : Structure::dense);
}

Jet Jet::along(const Variable& points, const Variable& directions)
{
    assert(!directions.active() && directions.rows() == points.rows() && directions.columns() == points.columns());
    const int n = points.columns();
    const Variable derivatives = points.tape().constant(points.rows(), 3 * n, 0);
    for (int r = 0; r < points.rows(); ++r) std::copy_n(directions.row(r), n, derivatives.write_row(r) + n);
    Jet jet(add_first(derivatives, 1, points, 1));
    jet.samples_ = n;
    jet.shape_ = {2, 1, 1};
    jet.structure_ = Structure::dense;
    return jet;
}

Jet Jet::scalar(const Variable& value, const Variable& gradient, const Variable& laplacian, const JetShape& shape)
{
    if (shape.order == 0) return Jet(value);
    Jet jet;
    jet.array_ = value;
    jet.samples_ = gradient.columns();
    jet.shape_ = shape;
    jet.structure_ = Structure::parts;
    jet.gradient_ = gradient;
    jet.laplacian_ = laplacian;
    return jet;
}

Jet Jet::with(const Variable& array, Structure structure) const
{
    Jet jet = *this;
    jet.array_ = array;
    jet.structure_ = structure;
    return jet;
}

/// The shape of the stored array: a diagonal one is a jet in one direction.
JetShape Jet::stored_shape() const
{
    if (structure_ == Structure::constant) return {};
    return structure_ == Structure::diagonal ? JetShape{shape_.order, 1, 1} : shape_;
}

Jet Jet::features(int first, int count) const
{
    if (structure_ == Structure::parts) return *this;
    // Some of the coordinates are no longer the point that a closed form expects.
    if (structure_ == Structure::coordinates && count != array_.rows()) return diagonal().features(first, count);
    Jet jet = *this;
    jet.array_ = array_.rows(first, count);
    if (direction_) jet.direction_ = direction_ + first;
    return jet;
}

Jet Jet::diagonal() const
{
    if (structure_ != Structure::coordinates) return *this;
    Tape& tape = array_.tape();
    const int n = samples_, stored = shape_.order + 1;
    const Variable out = tape.result(array_.rows(), stored * n, array_.active());
    for (int r = 0; r < array_.rows(); ++r) {
        std::copy_n(array_.row(r), n, out.write_row(r));
        std::fill_n(out.write_row(r) + n, n, Real(1));
        if (stored == 3) std::fill_n(out.write_row(r) + 2 * n, n, Real(0));
    }
    const Variable in = array_;
    tape.record(out, [in, out, n](Tape& t, const Real* bar) {
        const Real one = 1;
        const int stride = out.stride();
        kernels().combine(in.rows(), n, 1, &one, &bar, &stride, t.adjoint(in), in.stride(), true);
    });
    return with(out, Structure::diagonal);
}

Jet Jet::dense() const
{
    if (shape_.order == 0 || structure_ == Structure::dense) return *this;
    if (structure_ == Structure::parts) {
        if (!array_.exists())
            throw Error("jet: a formula needs the value of a field of which only derivatives were asked for");
        const int n = samples_;
        Variable parts[3] = {array_, gradient_, laplacian_};
        return with(mfg::stack(parts, shape_.order == 2 ? 3 : 2).reshape(1, shape_.components() * n), Structure::dense);
    }
    if (structure_ == Structure::coordinates) return diagonal().dense();

    Tape& tape = array_.tape();
    const int n = samples_;
    const Variable in = array_;
    const Variable out = tape.result(in.rows(), shape_.components() * n, in.active());
    std::fill_n(out.write(), out.size(), Real(0));
    const int* direction = direction_;
    const JetShape shape = shape_;
    diagonal_entries(direction, in.rows(), shape,
                     [&](int f, int from, int to) { std::copy_n(in.row(f) + from * n, n, out.write_row(f) + to * n); });
    tape.record(out, [=](Tape& t, const Real* bar) {
        Real* in_bar = t.adjoint(in);
        diagonal_entries(direction, in.rows(), shape, [&](int f, int to, int from) {
            const Real one = 1;
            const Real* part = bar + std::ptrdiff_t(f) * out.stride() + from * n;
            const int stride = 0;
            kernels().combine(1, n, 1, &one, &part, &stride, in_bar + std::ptrdiff_t(f) * in.stride() + to * n, 0,
                              true);
        });
    });
    return with(out, Structure::dense);
}

Variable Jet::derivative(int direction) const
{
    if (direction >= shape_.directions) throw Error("jet: it carries no such derivative; ask for a higher order");
    if (structure_ == Structure::parts) return gradient_.rows(direction, 1);
    const Jet all = dense();
    return all.array_.columns((1 + direction) * samples_, samples_);
}

Variable Jet::gradient() const
{
    if (structure_ == Structure::parts) return gradient_.rows(0, shape_.spatial);
    if (shape_.order == 0 || features() != 1) throw Error("jet: only a scalar of order 1 or 2 has a gradient");
    const Jet all = dense();
    return all.array_.columns(samples_, shape_.spatial * samples_).reshape(shape_.spatial, samples_);
}

Variable Jet::laplacian() const
{
    if (shape_.order < 2) throw Error("jet: it carries no Laplacian; ask for order 2");
    if (structure_ == Structure::parts) return laplacian_;
    const Jet all = dense();
    return all.array_.columns((1 + shape_.directions) * samples_, samples_);
}

Jet apply(Function function, const Jet& a, Real parameter)
{
    require_present(a);
    const Jet in = a.structure_ == Jet::Structure::parts ? a.dense() : a.diagonal();
    return in.with(function_of(function, in.array_, in.stored_shape(), in.samples_, parameter), in.structure_);
}

Jet combine(Real a_factor, const Jet& a, Real b_factor, const Jet& b)
{
    using Structure = Jet::Structure;
    if (a.is_zero() && b.is_zero()) return {};
    if (b.is_zero()) {
        const Jet in = a.structure_ == Structure::parts ? a.dense() : a.diagonal();
        return in.with(combine({{a_factor, in.array_}}), in.structure_);
    }
    if (a.is_zero()) return combine(b_factor, b, 0, a);

    require_same_size(a.features(), b.features());
    const bool a_constant = a.structure_ == Structure::constant, b_constant = b.structure_ == Structure::constant;
    if (a_constant && !b_constant) return combine(b_factor, b, a_factor, a);
    if (b_constant && !a_constant) {
        const Jet in = a.structure_ == Structure::parts ? a.dense() : a.diagonal();
        return in.with(add_first(in.array_, a_factor, b.array_, b_factor), in.structure_);
    }
    assert(a.shape_ == b.shape_);
    Jet left = a.diagonal(), right = b.diagonal();
    const bool same = left.structure_ == right.structure_ && left.structure_ != Structure::parts &&
                      (left.structure_ != Structure::diagonal ||
                       std::equal(left.direction_, left.direction_ + left.features(), right.direction_));
    if (!same) {
        left = left.dense();
        right = right.dense();
    }
    return left.with(combine({{a_factor, left.array_}, {b_factor, right.array_}}), left.structure_);
}

Jet operator*(const Jet& a, const Jet& b)
{
    using Structure = Jet::Structure;
    if (a.is_zero() || b.is_zero()) return {};
    if (a.features() > b.features()) return b * a;
    if (a.features() != 1) require_same_size(a.features(), b.features());
    const bool a_constant = a.structure_ == Structure::constant, b_constant = b.structure_ == Structure::constant;
    if (a_constant && b_constant) return Jet(multiply(b.array_, a.array_));

    const bool diagonals = !a_constant && !b_constant && a.direction_ && b.direction_ &&
                           a.structure_ != Structure::dense && b.structure_ != Structure::dense &&
                           a.features() == b.features() &&
                           std::equal(a.direction_, a.direction_ + a.features(), b.direction_);
    if (diagonals) {
        const Jet left = a.diagonal(), right = b.diagonal();
        return left.with(product_of(left.array_, right.array_, left.stored_shape(), left.samples_), left.structure_);
    }
    if (a_constant || b_constant) {
        // Every component is multiplied by the constant's value.
        const Jet& constant = a_constant ? a : b;
        const Jet& other = a_constant ? b : a;
        const Jet in = other.structure_ == Structure::parts ? other.dense() : other.diagonal();
        if (constant.features() == in.features()) {
            const int blocks = in.array_.columns() / in.samples_;
            return in.with(scale_blocks(constant.array_, in.array_, blocks), in.structure_);
        }
        // A constant with zero derivatives written out.
        const Jet full = constant.features() == 1 ? in : in.dense();
        const Variable zeros = constant.tape().constant(constant.features(), full.array_.columns(), 0);
        const Variable padded = add_first(zeros, 1, constant.array_, 1);
        const bool constant_first = constant.features() == 1;
        return full.with(product_of(constant_first ? padded : full.array_, constant_first ? full.array_ : padded,
                                    full.stored_shape(), full.samples_),
                         full.structure_);
    }
    assert(a.shape_ == b.shape_);
    const Jet left = a.dense(), right = b.dense();
    return right.with(product_of(left.array_, right.array_, right.shape_, right.samples_), Structure::dense);
}

Jet operator*(const Vector& factors, Jet a)
{
    if (a.is_zero()) return {};
    require_same_size(static_cast<int>(factors.size()), a.features());
    const Jet in = a.structure_ == Jet::Structure::parts ? a.dense() : a.diagonal();
    return in.with(multiply(in.array_, in.tape().constant(factors)), in.structure_);
}

Jet affine(const Matrix& weight, const Jet& a)
{
    require_present(a);
    return affine(
        a.tape().constant_view(weight.data(), static_cast<int>(weight.shape(0)), static_cast<int>(weight.shape(1))), a);
}

Jet affine(const Variable& weight, const Jet& a, const Variable& bias)
{
    using Structure = Jet::Structure;
    require_present(a);
    require_same_size(weight.columns(), a.features());
    const int n = a.samples_;
    if (a.structure_ == Structure::constant) return Jet(matmul(weight, a.array_, false, bias));
    if (a.structure_ == Structure::dense || a.structure_ == Structure::parts) {
        const Jet in = a.dense();
        return in.with(matmul(weight, in.array_, false, bias, n), Structure::dense);
    }

    // Each feature has one derivative only: W times a diagonal matrix instead of a product of full ones.
    const Jet in = a.diagonal();
    const Variable x = in.array_;
    const JetShape shape = in.shape_;
    const int* direction = in.direction_;
    const int m = weight.rows(), features = x.rows();
    Tape& tape = x.tape();
    const Variable out = tape.result(m, shape.components() * n, weight.active() || x.active() || bias.active());
    std::fill_n(out.write(), out.size(), Real(0));
    gemm(false, false, m, n, features, weight.data(), weight.stride(), x.data(), x.stride(), out.write(), out.stride(),
         false);
    if (bias.exists()) kernels().spread_column(m, n, 1, bias.data(), bias.stride(), out.write(), out.stride(), true);
    const auto derivatives = [=](auto each) {
        diagonal_entries(direction, features, shape, [&](int f, int from, int to) {
            if (from > 0) each(f, from * n, to * n);
        });
    };
    derivatives([&](int f, int from, int to) {
        for (int r = 0; r < m; ++r)
            kernels().multiply(1, n, 1, x.row(f) + from, 0, weight.row(r) + f, 0, 0, out.write_row(r) + to, 0, true);
    });
    const double operations = 2.0 * m * n * features * (shape.order + 1);
    tape.count(operations);

    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto bar_row = [&](int r, int column) { return bar + std::ptrdiff_t(r) * out.stride() + column; };
        if (weight.active()) {
            Real* to = t.adjoint(weight);
            gemm(false, true, m, features, n, bar, out.stride(), x.data(), x.stride(), to, weight.stride(), true);
            derivatives([&](int f, int from, int at) {
                for (int r = 0; r < m; ++r)
                    kernels().sum_columns(1, n, 1, bar_row(r, at), 0, x.row(f) + from, 0,
                                          to + std::ptrdiff_t(r) * weight.stride() + f, 1, true);
            });
            t.count(operations);
        }
        if (x.active()) {
            Real* to = t.adjoint(x);
            gemm(true, false, features, n, m, weight.data(), weight.stride(), bar, out.stride(), to, x.stride(), true);
            derivatives([&](int f, int from, int at) {
                for (int r = 0; r < m; ++r)
                    kernels().multiply(1, n, 1, bar_row(r, at), 0, weight.row(r) + f, 0, 0,
                                       to + std::ptrdiff_t(f) * x.stride() + from, 0, true);
            });
            t.count(operations);
        }
        if (bias.active())
            kernels().sum_columns(m, n, 1, bar, out.stride(), nullptr, 0, t.adjoint(bias), bias.stride(), true);
    });
    return in.with(out, Structure::dense);
}

Jet operator+(const Jet& a, Real number)
{
    if (number == 0) return a;
    require_present(a);
    const Jet in = a.structure_ == Jet::Structure::parts ? a.dense() : a.diagonal();
    return in.with(add_column(in.array_, in.tape().constant(1, 1, number), in.samples_), in.structure_);
}

Jet shifted(const Jet& a, const Vector& shift, Real sign)
{
    require_present(a);
    require_same_size(a.features(), static_cast<int>(shift.size()));
    const Jet in = a.structure_ == Jet::Structure::parts ? a.dense() : a.diagonal();
    const Variable column = in.tape().constant(shift);
    for (std::size_t i = 0; i < shift.size(); ++i) column.write()[i] *= sign;
    return in.with(add_column(in.array_, column, in.samples_), in.structure_);
}

Jet operator+(Jet a, const Vector& shift)
{
    return shifted(a, shift, 1);
}
Jet operator-(Jet a, const Vector& shift)
{
    return shifted(a, shift, -1);
}

Jet sum(const Jet& a)
{
    using Structure = Jet::Structure;
    if (a.is_zero()) return {};
    const bool has_directions = a.structure_ == Structure::coordinates || a.structure_ == Structure::diagonal;
    if (!has_directions) return a.structure_ == Structure::parts ? a : a.with(sum_rows(a.array_), a.structure_);

    const Jet in = a.diagonal();
    const Variable x = in.array_;
    const int n = in.samples_;
    const JetShape shape = in.shape_;
    const int* direction = in.direction_;
    const Variable out = x.tape().result(1, shape.components() * n, x.active());
    std::fill_n(out.write(), out.size(), Real(0));
    const auto add = [n](const Real* from, Real* to) {
        const Real one = 1;
        const int stride = 0;
        kernels().combine(1, n, 1, &one, &from, &stride, to, 0, true);
    };
    diagonal_entries(direction, x.rows(), shape,
                     [&](int f, int from, int to) { add(x.row(f) + from * n, out.write() + to * n); });
    x.tape().record(out, [=](Tape& t, const Real* bar) {
        Real* x_bar = t.adjoint(x);
        diagonal_entries(direction, x.rows(), shape, [&](int f, int to, int from) {
            add(bar + from * n, x_bar + std::ptrdiff_t(f) * x.stride() + to * n);
        });
    });
    return in.with(out, Structure::dense);
}

Jet stack(const Jet& a, const Jet& b)
{
    using Structure = Jet::Structure;
    const bool constants = a.structure_ == Structure::constant && b.structure_ == Structure::constant;
    if (constants) return Jet(stack({a.array_, b.array_}));
    const auto has_directions = [](const Jet& j) {
        return j.structure_ == Structure::coordinates || j.structure_ == Structure::diagonal;
    };
    if (!has_directions(a) || !has_directions(b)) {
        const auto written_out = [](const Jet& j, const Jet& other) {
            if (j.structure_ != Structure::constant) return j.dense();
            const Variable zeros = j.tape().constant(j.features(), other.shape_.components() * j.samples_, 0);
            return other.with(add_first(zeros, 1, j.array_, 1), Structure::dense);
        };
        const Jet left = written_out(a, b), right = written_out(b, a);
        assert(left.shape_ == right.shape_);
        return left.with(stack({left.array_, right.array_}), Structure::dense);
    }
    assert(a.shape_ == b.shape_);
    const Jet left = a.diagonal(), right = b.diagonal();
    const int count = left.features() + right.features();
    int* direction = reinterpret_cast<int*>(left.tape().scratch(static_cast<std::size_t>(count)));
    std::copy_n(left.direction_, left.features(), direction);
    std::copy_n(right.direction_, right.features(), direction + left.features());
    Jet jet = left.with(stack({left.array_, right.array_}), Structure::diagonal);
    jet.direction_ = direction;
    return jet;
}

Jet log_sum_exp(const Jet& a)
{
    require_present(a);
    const Variable values = a.value();
    const int rows = values.rows(), n = values.columns();
    // The largest value is taken out as a constant: it cancels in the value and in every derivative.
    const Variable largest = a.tape().constant(1, n);
    const Variable shift = a.tape().constant(rows, n);
    for (int j = 0; j < n; ++j) {
        Real top = values(0, j);
        for (int r = 1; r < rows; ++r) top = std::max(top, values(r, j));
        largest.write()[j] = top;
        for (int r = 0; r < rows; ++r) shift.write_row(r)[j] = top;
    }
    return log(sum(exp(a - Jet(shift)))) + Jet(largest);
}

Jet periodic_embedding(const Jet& x, int harmonics)
{
    Jet features = stack(sin(two_pi * x), cos(two_pi * x));
    for (int k = 2; k <= harmonics; ++k) features = stack(features, stack(sin(two_pi * k * x), cos(two_pi * k * x)));
    return features;
}

}  // namespace mfg
