#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/jet_support.hpp>

#include <algorithm>
#include <array>

namespace mfg {
namespace {

/// z = f(y) for arrays of jets of one shape.
Variable function_of(Function function, const Variable& y, const JetShape& shape, Index n, Real parameter)
{
    Tape& tape = y.tape();
    const Index rows = y.rows();
    const bool derivatives = shape.order > 0, laplacian = shape.order == 2, active = tape.recording() && y.active();
    const Variable out = tape.result(rows, y.columns(), y.active());
    const auto table = [&](bool wanted) { return wanted ? tape.constant(rows, n) : Variable{}; };
    const Variable s1 = table(active || derivatives), s2 = table(derivatives), s3 = table(active && laplacian);
    const auto row = [](const Variable& v, Index r) { return v.exists() ? v.write_row(r) : nullptr; };
    for (Index r = 0; r < rows; ++r)
        kernels().function[static_cast<int>(function)](n, parameter, y.row(r), out.write_row(r), row(s1, r), row(s2, r),
                                                       row(s3, r));
    const Kernels::Jets jets = arrays_of(shape, rows, n);
    if (derivatives) kernels().jet_function(jets, s1.data(), s2.data(), y, assigned(out));
    tape.count(1.0 * rows * n * (1 + 3 * shape.directions));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const Kernels::Out target = adjoint(t, y);
        const Kernels::In in(bar, out.stride());
        if (derivatives)
            kernels().jet_function_reverse(jets, s1.data(), s2.data(), s3.data(), y, in, target);
        else
            kernels().multiply(rows, n, 1, in, s1, 1, target);
        t.count(1.0 * rows * n * (2 + (7 + target.add) * jets.directions));
    });
    return out;
}

/// f g for arrays of jets of one shape; f may be a single row for all rows of g.
Variable product_of(const Variable& f, const Variable& g, const JetShape& shape, Index n)
{
    require_shapes((f.rows() == g.rows() || f.rows() == 1) && f.columns() == g.columns(), "product", f, g);
    Tape& tape = g.tape();
    const Kernels::Jets jets = arrays_of(shape, g.rows(), n);
    const Kernels::In left(f.data(), f.rows() == 1 ? 0 : f.stride());
    const Variable out = tape.result(jets.rows, g.columns(), f.active() || g.active());
    kernels().jet_product(jets, left, g, assigned(out));
    tape.count(1.0 * jets.rows * n * (1 + 5 * jets.directions));
    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](Kernels::Out to, Kernels::In other) {
            kernels().jet_product_reverse(jets, other, {bar, out.stride()}, to);
            t.count(1.0 * jets.rows * n * (1 + to.add + (5 + to.add) * jets.directions));
        };
        if (f.active()) pull(f.rows() == jets.rows ? adjoint(t, f) : Kernels::Out{t.adjoint(f), 0, true}, g);
        if (g.active()) pull(adjoint(t, g), left);
    });
    return out;
}

bool overlap_in_part(const Variable& a, const Variable& b)
{
    const auto end = [](const Variable& v) { return v.row(v.rows() - 1) + v.columns(); };
    return a.exists() && b.exists() && a.data() != b.data() && a.data() < end(b) && b.data() < end(a);
}

}  // namespace

Jet apply(Function function, const Jet& a, Real parameter)
{
    require_present(a);
    const Jet in = a.stored();
    return in.with(function_of(function, in.array_, in.stored_shape(), in.samples_, parameter), in.structure_);
}

Jet operator*(const Jet& a, const Jet& b)
{
    using Structure = Jet::Structure;
    if (a.is_zero() || b.is_zero()) return {};
    if (a.features() > b.features()) return b * a;
    if (a.features() != 1) require_same_size(a.features(), b.features());
    const bool a_constant = a.structure_ == Structure::constant, b_constant = b.structure_ == Structure::constant;
    if (a_constant && b_constant) return Jet(multiply(b.array_, a.array_));

    if (a.directed() && b.directed() && a.features() == b.features() &&
        std::equal(a.direction_, a.direction_ + a.features(), b.direction_)) {
        const Jet left = a.diagonal(), right = b.diagonal();
        return left.with(product_of(left.array_, right.array_, left.stored_shape(), left.samples_), left.structure_);
    }
    if (a_constant || b_constant) {
        // Every component is multiplied by the constant's value.
        const Jet& constant = a_constant ? a : b;
        const Jet& other = a_constant ? b : a;
        const Jet in = other.stored();
        if (constant.features() == in.features()) {
            const Index blocks = in.array_.columns() / in.samples_;
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
    require_same_derivatives(a, b);
    const Jet left = a.dense(), right = b.dense();
    return right.with(product_of(left.array_, right.array_, right.shape_, right.samples_), Structure::dense);
}

Jet gated(const Jet& gate, const Jet& fresh, const Jet& keep, const Jet& state)
{
    using Structure = Jet::Structure;
    const Jet* jets[4] = {&gate, &fresh, &keep, &state};
    bool alike = true;
    for (const Jet* jet : jets) {
        require_present(*jet);
        require_same_size(jet->features(), gate.features());
        alike = alike && jet->structure_ == gate.structure_;
        // Their adjoints are written together: no two may share some rows and not others.
        for (const Jet* other : jets) alike = alike && !overlap_in_part(jet->array_, other->array_);
    }
    if (!alike || (gate.structure_ != Structure::dense && gate.structure_ != Structure::constant))
        return (1 - gate) * fresh + keep * state;
    for (const Jet* jet : jets) {
        if (gate.structure_ == Structure::dense) require_same_derivatives(gate, *jet);
        require_shapes(same_shape(jet->array_, gate.array_), "gated", gate.array_, jet->array_);
    }

    const std::array<Variable, 4> in{gate.array_, fresh.array_, keep.array_, state.array_};
    const std::array<Kernels::In, 4> data{in[0], in[1], in[2], in[3]};
    const bool active = std::any_of(in.begin(), in.end(), [](const Variable& v) { return v.active(); });
    const Kernels::Jets size = arrays_of(gate.stored_shape(), gate.features(), gate.samples_);
    const double entries = 1.0 * size.rows * size.n;
    Tape& tape = gate.tape();
    const Variable out = tape.result(size.rows, gate.array_.columns(), active);
    kernels().jet_gate(size, data.data(), assigned(out));
    tape.count(entries * (4 + (7 + 4 * size.laplacian) * size.directions + 9 * size.laplacian));
    tape.record(out, [=](Tape& t, const Real* bar) {
        Kernels::Out bars[4];
        Index targets = 0, additions = 0;
        for (Index i = 0; i < 4; ++i) {
            if (!in[i].active()) continue;
            bars[i] = adjoint(t, in[i]);
            ++targets;
            additions += bars[i].add;
        }
        kernels().jet_gate_reverse(size, data.data(), {bar, out.stride()}, bars);
        t.count(entries *
                (4 + (8 + (1 + 2 * size.laplacian) * targets + additions) * size.directions + 12 * size.laplacian));
    });
    return gate.with(out, gate.structure_);
}

}  // namespace mfg
