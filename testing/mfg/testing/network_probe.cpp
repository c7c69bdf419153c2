#include <mfg/base/error.hpp>
#include <mfg/testing/network_probe.hpp>

namespace mfg {
namespace {

Matrix transposed(const Matrix& a)
{
    Matrix result = make_matrix(a.shape(1), a.shape(0));
    for (std::size_t i = 0; i < a.shape(0); ++i)
        for (std::size_t k = 0; k < a.shape(1); ++k) result(k, i) = a(i, k);
    return result;
}

}  // namespace

NetworkProbe::NetworkProbe(const Network& network, const NetworkInput& input) : network_(network), input_(input)
{
    layout_.add("network", network, input);
}

Variable NetworkProbe::output(Tape& tape, const Vector& parameters, Real* gradient, const Variable& points, int order,
                              Form form) const
{
    const VariableList list = layout_.variables(tape, parameters.data(), gradient);
    const VariableList prepared = network_.prepare(tape, list, input_);
    JetShape shape = JetShape::of(order, input_.dimension, input_.time);
    shape.value = order == 0 || form != Form::derivatives;
    const Jet coordinates = Jet::coordinates(points, shape);
    const Jet phi = network_.evaluate(tape, prepared, form == Form::general ? coordinates.dense() : coordinates);
    if (phi.is_zero() || (shape.value && phi.features() != 1) || phi.samples() != points.columns())
        throw Error("network: the result must be one feature of all samples");
    if (!(phi.shape() == coordinates.shape())) throw Error("network: the result lacks derivatives that were asked for");
    if (order == 0) return phi.value();
    Variable parts[4] = {shape.value ? phi.value() : tape.constant(1, points.columns(), 0), phi.gradient()};
    int count = 2;
    if (input_.time) parts[count++] = phi.time_derivative();
    if (order == 2) parts[count++] = phi.laplacian();
    return vconcat(parts, count);
}

Matrix NetworkProbe::evaluate(const Vector& parameters, const Matrix& points, int order, Form form) const
{
    Tape tape;
    tape.begin(false);
    const Matrix in = transposed(points);
    const Variable x = tape.constant_view(in.data(), rows(in), columns(in));
    const Variable out = output(tape, parameters, nullptr, x, order, form);
    Matrix result = make_matrix(points.shape(0), out.rows());
    for (int i = 0; i < out.columns(); ++i)
        for (int q = 0; q < out.rows(); ++q) result(i, q) = out(q, i);
    return result;
}

NetworkProbe::Adjoints NetworkProbe::reverse(const Vector& parameters, const Matrix& points, int order, Form form,
                                             const Matrix& seeds) const
{
    Tape tape;
    tape.begin(true);
    const Matrix in = transposed(points);
    Matrix in_bar = make_matrix(in.shape(0), in.shape(1));
    Adjoints result{make_vector(layout_.size()), {}};
    const Variable x = tape.leaf(in.data(), in_bar.data(), rows(in), columns(in));
    const Variable out = output(tape, parameters, result.parameters.data(), x, order, form);
    if (out.active()) {
        Real* bar = tape.adjoint(out);
        for (int i = 0; i < out.columns(); ++i)
            for (int q = 0; q < out.rows(); ++q) bar[static_cast<std::ptrdiff_t>(q) * out.stride() + i] += seeds(i, q);
        tape.reverse();
    }
    result.points = transposed(in_bar);
    return result;
}

}  // namespace mfg
