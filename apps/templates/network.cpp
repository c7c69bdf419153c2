/// my_network: two layers of tanh units plus a linear function.
///
/// $$ u_1 = \tanh(W_1 s + b_1), \qquad u_2 = \tanh(W_2 u_1 + b_2), \qquad f(s) = W_3 u_2 + A s + b $$
///
/// s = (x, t), or x alone in stationary problems. Inner weights start with Glorot's law, all others at zero, so f
/// starts at 0. Most unknowns are scalar functions; if a method needs a map, f has as many rows as the map has values.
///
///     mfg solve optimal_transport_2d --network my_network
#include <mfg/layers.hpp>
#include <mfg/network.hpp>
#include <mfg/plugin/plugin.hpp>

#include <algorithm>

namespace {

using mfg::Jet;
using mfg::Real;

class MyNetwork final : public mfg::Network {
public:
    /// The options with their defaults.
    struct Settings {
        int width = 16;
    };

    /// Declares each option: name, variable, description and range. Users write --network.width 32.
    static void options(mfg::Options& o, Settings& s)
    {
        o("width", s.width, "units in each layer", mfg::between(1, 4096));
    }

    explicit MyNetwork(const Settings& s) : s_(s) {}

    /// Names and shapes of the parameters, in the order of the parameter vector.
    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        const int m = s_.width, n = input.features(), k = input.outputs;
        return {{"layer1.weight", m, n}, {"layer1.bias", m, 1},   {"layer2.weight", m, m}, {"layer2.bias", m, 1},
                {"output.weight", k, m}, {"linear.weight", k, n}, {"output.bias", k, 1}};
    }

    /// Initial values of one block. All random numbers come from `stream`, so that a seed determines the network.
    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    Real* values) const override
    {
        const mfg::ParameterBlock shape = blocks(input)[static_cast<std::size_t>(block)];
        const int count = shape.rows * shape.columns;
        if (shape.name == "layer1.weight" || shape.name == "layer2.weight")
            mfg::glorot(stream, static_cast<std::uint64_t>(block), shape.columns, shape.rows, count, values);
        else
            std::fill_n(values, count, Real(0));
    }

    /// The formula. `p` are the blocks; `s` carries the derivatives that the method needs, and those of f follow.
    Jet evaluate(mfg::Tape&, const mfg::VariableList& p, const Jet& s) const override
    {
        const Jet u1 = tanh(affine(p[0], s, p[1]));
        const Jet u2 = tanh(affine(p[2], u1, p[3]));
        return affine({{p[4], u2}, {p[5], s}}, p[6]);
    }

private:
    Settings s_;
};

}  // namespace

MFG_PLUGIN(MyNetwork, "my_network", "two tanh layers and a linear function");
