#include <mfg/autodiff/jet.hpp>
#include <mfg/autodiff/jet_support.hpp>
#include <mfg/base/constants.hpp>

#include <algorithm>

namespace mfg {

Jet::Jet(const Variable& value) : array_(value), samples_(value.columns()) {}

Jet Jet::coordinates(const Variable& points, const JetShape& shape)
{
    Jet jet(points);
    if (shape.order == 0) return jet;
    require_shapes(points.rows() <= shape.directions, "coordinates", points);
    jet.shape_ = shape;
    jet.structure_ = Structure::coordinates;
    int* direction = reinterpret_cast<int*>(points.tape().scratch(points.rows()));
    for (int i = 0; i < points.rows(); ++i) direction[i] = i;
    jet.direction_ = direction;
    return jet;
}

Jet Jet::from_components(const Variable& components, const JetShape& shape)
{
    require_shapes(components.columns() % shape.components() == 0, "from_components", components);
    Jet jet;
    jet.shape_ = shape;
    jet.samples_ = components.columns() / shape.components();
    return jet.with(components, shape.order == 0 ? Structure::constant : Structure::dense);
}

Jet Jet::along(const Variable& points, const Variable& directions)
{
    require_shapes(!directions.active() && same_shape(directions, points), "along", points, directions);
    const Index n = points.columns();
    const Variable derivatives = points.tape().constant(points.rows(), 3 * n, 0);
    for (Index r = 0; r < points.rows(); ++r) std::copy_n(directions.row(r), n, derivatives.write_row(r) + n);
    Jet jet(add_first(derivatives, 1, points, 1));
    jet.samples_ = n;
    jet.shape_ = {2, 1, 1};
    jet.structure_ = Structure::dense;
    return jet;
}

Jet Jet::scalar(const Variable& value, const Variable& gradient, const Variable& laplacian, const JetShape& shape)
{
    if (shape.order == 0) return Jet(value);
    const Index n = gradient.columns();
    require_shapes(gradient.rows() == shape.directions && (!value.exists() || value.rows() * value.columns() == n) &&
                       (shape.order < 2 || laplacian.rows() * laplacian.columns() == n),
                   "scalar", value, gradient, laplacian);
    Jet jet;
    jet.array_ = value;
    jet.samples_ = n;
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

Jet Jet::features(Index first, Index count) const
{
    require_present(*this);
    const Index present = structure_ == Structure::parts ? 1 : features();
    if (first < 0 || count < 0 || count > present - first)
        throw Error(
            fmt::format("formula: there is no entry [{}] in a vector of {}; the first one is [0], the last [{}]",
                        first < 0 ? first : std::max(first, present), present, present - 1));
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
    const Index n = samples_, stored = shape_.order + 1;
    const Variable out = tape.result(array_.rows(), stored * n, array_.active());
    for (Index r = 0; r < array_.rows(); ++r) {
        std::copy_n(array_.row(r), n, out.write_row(r));
        std::fill_n(out.write_row(r) + n, n, Real(1));
        if (stored == 3) std::fill_n(out.write_row(r) + 2 * n, n, Real(0));
    }
    tape.record(out, [in = array_, out, n](Tape& t, const Real* bar) {
        const Real one = 1;
        const Kernels::In from(bar, out.stride());
        kernels().combine(in.rows(), n, 1, &one, &from, added_adjoint(t, in));
    });
    return with(out, Structure::diagonal);
}

Jet Jet::dense() const
{
    if (shape_.order == 0 || structure_ == Structure::dense) return *this;
    if (structure_ == Structure::parts) {
        if (!array_.exists())
            throw Error("jet: a formula needs the value of a field of which only derivatives were asked for");
        const Index n = samples_;
        Variable parts[3] = {array_, gradient_, laplacian_};
        return with(mfg::vconcat(parts, shape_.order == 2 ? 3 : 2).reshape(1, shape_.components() * n),
                    Structure::dense);
    }
    return diagonal().written_out(array_.rows());
}

Jet Jet::written_out(Index rows) const
{
    const Variable in = array_;
    const Index n = samples_, features = in.rows();
    const JetShape shape = shape_;
    const Variable out = in.tape().result(rows, shape.components() * n, in.active());
    std::fill_n(out.write(), out.size(), Real(0));
    const Index stride = rows == 1 ? 0 : out.stride();
    // Calls each(feature, stored component, dense component) for what goes where.
    const auto entries = [features, shape, direction = direction_](auto each) {
        for (Index f = 0; f < features; ++f) {
            each(f, 0, 0);
            each(f, 1, 1 + direction[f]);
            if (shape.order == 2 && direction[f] < shape.spatial) each(f, 2, 1 + shape.directions);
        }
    };
    const auto add = [n](const Real* from, Real* to) {
        const Real one = 1;
        const Kernels::In input(from, 0);
        kernels().combine(1, n, 1, &one, &input, {to, 0, true});
    };
    entries([&](Index f, Index from, Index to) { add(in.row(f) + from * n, out.write() + f * stride + to * n); });
    in.tape().record(out, [=](Tape& t, const Real* bar) {
        Real* in_bar = t.adjoint(in);
        entries([&](Index f, Index to, Index from) {
            add(bar + f * stride + from * n, in_bar + f * in.stride() + to * n);
        });
    });
    return with(out, Structure::dense);
}

Variable Jet::derivative(int direction) const
{
    if (direction < 0 || direction >= shape_.directions)
        throw Error("jet: it has no such derivative; ask for a higher order");
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
    if (shape_.order < 2) throw Error("jet: it has no Laplacian; ask for order 2");
    if (structure_ == Structure::parts) return laplacian_;
    const Jet all = dense();
    return all.array_.columns((1 + shape_.directions) * samples_, samples_);
}

Jet combine(Real a_factor, const Jet& a, Real b_factor, const Jet& b)
{
    using Structure = Jet::Structure;
    if (a.is_zero() && b.is_zero()) return {};
    if (b.is_zero()) {
        const Jet in = a.stored();
        return in.with(combine({{a_factor, in.array_}}), in.structure_);
    }
    if (a.is_zero()) return combine(b_factor, b, 0, a);

    require_same_size(a.features(), b.features());
    const bool a_constant = a.structure_ == Structure::constant, b_constant = b.structure_ == Structure::constant;
    if (a_constant && !b_constant) return combine(b_factor, b, a_factor, a);
    if (b_constant && !a_constant) {
        const Jet in = a.stored();
        return in.with(add_first(in.array_, a_factor, b.array_, b_factor), in.structure_);
    }
    require_same_derivatives(a, b);
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

Jet operator*(const Vector& factors, Jet a)
{
    if (a.is_zero()) return {};
    require_same_size(length(factors), a.features());
    const Jet in = a.stored();
    return in.with(multiply(in.array_, in.tape().constant(factors)), in.structure_);
}

Jet operator+(const Jet& a, Real number)
{
    if (number == 0) return a;
    require_present(a);
    const Jet in = a.stored();
    return in.with(add_column(in.array_, in.tape().constant(1, 1, number), in.samples_), in.structure_);
}

Jet shifted(const Jet& a, const Vector& shift, Real sign)
{
    require_present(a);
    require_same_size(a.features(), length(shift));
    const Jet in = a.stored();
    const Variable column = in.tape().constant(shift);
    for (Index i = 0; i < length(shift); ++i) column.write()[i] *= sign;
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
    if (a.directed()) return a.diagonal().written_out(1);
    return a.structure_ == Structure::parts ? a : a.with(sum_rows(a.array_), a.structure_);
}

Jet of_scaled_coordinates(const Jet& a, Real factor, Real length, Real time)
{
    using Structure = Jet::Structure;
    if (a.is_zero() || a.structure_ == Structure::constant) return factor * a;
    const JetShape shape = a.shape_;
    const auto derivative = [&](Index direction) { return factor / (direction < shape.spatial ? length : time); };
    const Real laplacian = factor / (length * length);
    if (a.structure_ == Structure::parts) {
        const Variable column = a.tape().constant(shape.directions, 1);
        for (Index k = 0; k < shape.directions; ++k) *column.write_row(k) = derivative(k);
        return Jet::scalar(combine({{factor, a.array_}}), multiply(a.gradient_, column),
                           combine({{laplacian, a.laplacian_}}), shape);
    }
    // A row for each component of each feature.
    const Jet in = a.dense();
    const Index components = shape.components(), n = a.samples_, rows = in.features() * components;
    const Variable column = a.tape().constant(rows, 1);
    for (Index row = 0; row < rows; ++row) {
        const Index component = row % components;
        *column.write_row(row) = component == 0                 ? factor
                                 : component > shape.directions ? laplacian
                                                                : derivative(component - 1);
    }
    return in.with(multiply(in.array_.reshape(rows, n), column).reshape(in.features(), components * n),
                   Structure::dense);
}

Jet vconcat(const Jet& a, const Jet& b)
{
    using Structure = Jet::Structure;
    const bool constants = a.structure_ == Structure::constant && b.structure_ == Structure::constant;
    if (constants) return Jet(vconcat({a.array_, b.array_}));
    if (!a.directed() || !b.directed()) {
        const auto written_out = [](const Jet& j, const Jet& other) {
            if (j.structure_ != Structure::constant) return j.dense();
            const Variable zeros = j.tape().constant(j.features(), other.shape_.components() * j.samples_, 0);
            return other.with(add_first(zeros, 1, j.array_, 1), Structure::dense);
        };
        const Jet left = written_out(a, b), right = written_out(b, a);
        require_same_derivatives(left, right);
        return left.with(vconcat({left.array_, right.array_}), Structure::dense);
    }
    require_same_derivatives(a, b);
    const Jet left = a.diagonal(), right = b.diagonal();
    const Index count = left.features() + right.features();
    int* direction = reinterpret_cast<int*>(left.tape().scratch(count));
    std::copy_n(left.direction_, left.features(), direction);
    std::copy_n(right.direction_, right.features(), direction + left.features());
    Jet jet = left.with(vconcat({left.array_, right.array_}), Structure::diagonal);
    jet.direction_ = direction;
    return jet;
}

Jet log_sum_exp(const Jet& a)
{
    require_present(a);
    const Variable values = a.value();
    const Index rows = values.rows(), n = values.columns();
    // The largest value is taken out as a constant: it cancels in the value and in every derivative.
    const Variable largest = a.tape().constant(1, n);
    const Variable shift = a.tape().constant(rows, n);
    for (Index j = 0; j < n; ++j) {
        Real top = values(0, j);
        for (Index r = 1; r < rows; ++r) top = std::max(top, values(r, j));
        largest.write()[j] = top;
        for (Index r = 0; r < rows; ++r) shift.write_row(r)[j] = top;
    }
    return log(sum(exp(a - Jet(shift)))) + Jet(largest);
}

Jet periodic_embedding(const Jet& x, int harmonics)
{
    Jet features = vconcat(sin(two_pi * x), cos(two_pi * x));
    for (Index k = 2; k <= harmonics; ++k)
        features = vconcat(features, vconcat(sin(two_pi * k * x), cos(two_pi * k * x)));
    return features;
}

}  // namespace mfg
