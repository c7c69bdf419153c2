/// wrong_laplacian: a network of one layer that overrides the closed form of its Laplacian, and gets it wrong.
///
/// $$ f(s) = a \cdot \tanh(B s + c), \qquad \Delta f = -2 \sum_i a_i \tanh(u_i) (1 - \tanh^2 u_i) |b_i|^2 $$
///
/// where |b_i|^2 runs over the space coordinates only; here time is counted, too.
#include <mfg/network.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

using mfg::Jet;
using mfg::Variable;

class WrongLaplacian final : public mfg::Network {
public:
    struct Settings {
        int width = 4;
    };
    static void options(mfg::Options& o, Settings& s) { o("width", s.width, "units", mfg::between(1, 1000)); }

    explicit WrongLaplacian(const Settings& s) : width_(s.width) {}

    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        return {{"layer.weight", width_, input.features()},
                {"layer.bias", width_, 1},
                {"output.weight", input.outputs, width_}};
    }

    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    mfg::Real* values) const override
    {
        const std::size_t count = blocks(input)[static_cast<std::size_t>(block)].size();
        stream.normal(static_cast<std::uint64_t>(block), static_cast<int>(count), values);
    }

    Jet evaluate(mfg::Tape&, const mfg::VariableList& p, const Jet& input) const override
    {
        const Jet f = affine(p[2], tanh(affine(p[0], input, p[1])));
        const mfg::JetShape shape = f.shape();
        if (!input.is_coordinates() || shape.order < 2 || f.features() > 1) return f;
        const Variable t = tanh(affine(p[0], Jet(input.value()), p[1])).value();
        const Variable curvature = add_first(t, 1, multiply(multiply(t, t), t), -1);
        const Variable squares = sum_columns(multiply(p[0], p[0]));
        const Variable scaled = multiply(transpose(squares), p[2], -2);
        Variable gradient = f.derivative(0);
        for (int k = 1; k < shape.directions; ++k) gradient = mfg::vconcat({gradient, f.derivative(k)});
        return Jet::scalar(f.value(), gradient, matmul(scaled, curvature), shape);
    }

private:
    int width_;
};

}  // namespace

MFG_PLUGIN(WrongLaplacian, "wrong_laplacian", "one layer, with time in the Laplacian");
