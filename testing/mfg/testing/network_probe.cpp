#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/network_probe.hpp>

namespace mfg {

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
    const Index outputs = order == 0 ? 1 : order + input_.features();
    return map_points(points, outputs, [&](Tape& tape, const Variable& in) {
        return output(tape, parameters, nullptr, in, order, form);
    });
}

NetworkProbe::Adjoints NetworkProbe::reverse(const Vector& parameters, const Matrix& points, int order, Form form,
                                             const Matrix& seeds) const
{
    Tape tape;
    tape.begin(true);
    const Matrix in = linalg::transpose(points);
    Matrix in_bar = make_matrix(rows(in), columns(in));
    Adjoints result{make_vector(layout_.size()), {}};
    const Variable x = tape.leaf(in.data(), in_bar.data(), rows(in), columns(in));
    const Variable out = output(tape, parameters, result.parameters.data(), x, order, form);
    if (out.active()) {
        Real* bar = tape.adjoint(out);
        for (int i = 0; i < out.columns(); ++i)
            for (int q = 0; q < out.rows(); ++q) bar[static_cast<std::ptrdiff_t>(q) * out.stride() + i] += seeds(i, q);
        tape.reverse();
    }
    result.points = linalg::transpose(in_bar);
    return result;
}

Vector moved_parameters(const ParameterLayout& layout, std::uint64_t seed)
{
    Vector theta = layout.initialise(seed), normal = make_vector(layout.size());
    RandomStream(seed, "moved").normal(0, layout.size(), normal.data());
    for (const auto& [block, offset] : layout.entries()) {
        const Real scale = Real(0.4) * std::min(Real(1), 2 / std::sqrt(Real(block.columns)));
        entries(theta, offset, block.size()) += scale * entries(normal, offset, block.size());
    }
    return theta;
}

}  // namespace mfg
