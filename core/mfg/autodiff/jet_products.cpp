#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/jet_support.hpp>

#include <algorithm>

namespace mfg {
namespace {

/// z = f(y) for arrays of jets of one shape.
Variable function_of(Function function, const Variable& y, const JetShape& shape, int n, Real parameter)
{
    Tape& tape = y.tape();
    const int rows = y.rows();
    const bool derivatives = shape.order > 0, laplacian = shape.order == 2, active = tape.recording() && y.active();
    const Variable out = tape.result(rows, y.columns(), y.active());
    const auto table = [&](bool wanted) { return wanted ? tape.constant(rows, n) : Variable{}; };
    const Variable s1 = table(active || derivatives), s2 = table(derivatives), s3 = table(active && laplacian);
    const auto row = [](const Variable& v, int r) { return v.exists() ? v.write_row(r) : nullptr; };
    for (int r = 0; r < rows; ++r)
        kernels().function[static_cast<int>(function)](n, parameter, y.row(r), out.write_row(r), row(s1, r), row(s2, r),
                                                       row(s3, r));
    if (derivatives)
        kernels().jet_function(rows, n, shape.directions, shape.spatial, laplacian, s1.data(), s2.data(), y.data(),
                               y.stride(), out.write(), out.stride());
    tape.count(1.0 * rows * n * (1 + 3 * shape.directions));

    tape.record(out, [=](Tape& t, const Real* bar) {
        const Target target(t, y);
        if (derivatives)
            kernels().jet_function_reverse(rows, n, shape.directions, shape.spatial, laplacian, s1.data(), s2.data(),
                                           s3.data(), y.data(), y.stride(), bar, out.stride(), target.memory,
                                           target.stride, target.add());
        else
            kernels().multiply(rows, n, 1, bar, n, s1.data(), n, 1, target.memory, target.stride, target.add());
        t.count(1.0 * rows * n * (2 + (7 + target.add()) * shape.directions));
    });
    return out;
}

/// f g for arrays of jets of one shape; f may be a single row for all rows of g.
Variable product_of(const Variable& f, const Variable& g, const JetShape& shape, int n)
{
    require_shapes((f.rows() == g.rows() || f.rows() == 1) && f.columns() == g.columns(), "product", f, g);
    Tape& tape = g.tape();
    const int rows = g.rows(), f_stride = f.rows() == 1 ? 0 : f.stride();
    const bool laplacian = shape.order == 2;
    const Variable out = tape.result(rows, g.columns(), f.active() || g.active());
    kernels().jet_product(rows, n, shape.directions, shape.spatial, laplacian, f.data(), f_stride, g.data(), g.stride(),
                          out.write(), out.stride());
    tape.count(1.0 * rows * n * (1 + 5 * shape.directions));
    tape.record(out, [=](Tape& t, const Real* bar) {
        const auto pull = [&](Real* to, int to_stride, bool add, const Variable& other, int other_stride) {
            kernels().jet_product_reverse(rows, n, shape.directions, shape.spatial, laplacian, other.data(),
                                          other_stride, bar, out.stride(), to, to_stride, add);
            t.count(1.0 * rows * n * (1 + add + (5 + add) * shape.directions));
        };
        if (f.active() && f.rows() == rows) {
            const Target target(t, f);
            pull(target.memory, target.stride, target.add(), g, g.stride());
        } else if (f.active()) {
            pull(t.adjoint(f), f_stride, true, g, g.stride());
        }
        if (g.active()) {
            const Target target(t, g);
            pull(target.memory, target.stride, target.add(), f, f_stride);
        }
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
    const Jet in = a.structure_ == Jet::Structure::parts ? a.dense() : a.diagonal();
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

    struct Inputs {
        Variable of[4];
    } in;
    const Real* data[4];
    int strides[4];
    bool active = false;
    for (int i = 0; i < 4; ++i) {
        in.of[i] = jets[i]->array_;
        data[i] = in.of[i].data();
        strides[i] = in.of[i].stride();
        active = active || in.of[i].active();
    }
    const JetShape shape = gate.stored_shape();
    const int rows = gate.features(), n = gate.samples_;
    const bool laplacian = shape.order == 2;
    Tape& tape = gate.tape();
    const Variable out = tape.result(rows, gate.array_.columns(), active);
    kernels().jet_gate(rows, n, shape.directions, shape.spatial, laplacian, data, strides, out.write(), out.stride());
    tape.count(1.0 * rows * n * (4 + (7 + 4 * laplacian) * shape.directions + 9 * laplacian));
    tape.record(out, [=](Tape& t, const Real* bar) {
        const Real* from[4];
        Real* to[4];
        int steps[4];
        bool add[4];
        int targets = 0, additions = 0;
        for (int i = 0; i < 4; ++i) {
            from[i] = in.of[i].data();
            steps[i] = in.of[i].stride();
            to[i] = nullptr;
            if (!in.of[i].active()) continue;
            const Target target(t, in.of[i]);
            to[i] = target.memory;
            add[i] = target.add();
            ++targets;
            additions += target.add();
        }
        kernels().jet_gate_reverse(rows, n, shape.directions, shape.spatial, laplacian, from, steps, bar, out.stride(),
                                   to, add);
        t.count(1.0 * rows * n *
                (4 + (8 + (1 + 2 * laplacian) * targets + additions) * shape.directions + 12 * laplacian));
    });
    return gate.with(out, gate.structure_);
}

}  // namespace mfg
