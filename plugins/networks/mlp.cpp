/// mlp: a plain feed-forward network.
///
/// L layers of M units, or each of its own width, with the activation `act`, unit by unit:
///
/// $$ u_1 = act(W_1 s + b_1), \quad u_l = act(W_l u_{l-1} + b_l), \quad f(s) = w \cdot u_L + b $$
///
/// Initial weights follow Glorot's law; initial biases are zero. With `norm`, the first layer also sees the mean square
/// of the d coordinates, and time, with weights of their own; `input_scale` is kappa in
///
/// $$ u_1 = act(\kappa W_1 s + V (|x|^2/d, t) + b_1) $$
///
/// That is for functions of very many coordinates that change with the distance: a few units of tanh cannot square a
/// thousand numbers, and time is but one of a thousand inputs. With a small kappa the thousand weights of each unit do
/// not fit the noise of a sample before V has learned what is common to all points.
///
///     mfg solve optimal_transport_2d --network mlp --network.width 32
///
/// Glorot, Bengio, AISTATS (2010) 249, for the initial weights.
#include <mfg/base/error.hpp>
#include <mfg/layers.hpp>
#include <mfg/plugin/plugin.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using mfg::Jet;
using mfg::Real;

class FeedForwardNetwork final : public mfg::Network {
public:
    struct Settings {
        std::vector<int> width{50};
        int layers = 3;
        Real input_scale = 1, output_scale = 0;
        bool norm = false;
        std::string activation = "tanh";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("width", s.width, "units M in each layer: one number, or one for each", mfg::between(1, 4096));
        o("layers", s.layers, "layers L with an activation", mfg::between(1, 20));
        o("activation", s.activation, "activation between layers", mfg::Activation::names());
        o("norm", s.norm, "whether the first layer also sees |x|^2/d, and time, with weights of their own");
        o("input_scale", s.input_scale, "factor kappa of the inputs before the first layer", mfg::positive);
        o("output_scale", s.output_scale, "initial output weights: Glorot's law times this factor", mfg::nonnegative);
    }

    explicit FeedForwardNetwork(const Settings& s) : settings_(s), widths_(s.width), act_(s.activation)
    {
        const std::size_t layers = static_cast<std::size_t>(s.layers);
        if (widths_.size() == 1) widths_.assign(layers, s.width.front());
        if (widths_.size() != layers)
            throw mfg::Error("network 'mlp': option width has " + std::to_string(widths_.size()) +
                             " entries, layers = " + std::to_string(layers) + "; give one number, or one a layer");
    }

    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        std::vector<mfg::ParameterBlock> list;
        int inputs = input.features();
        for (const int m : widths_) {
            const std::string layer = "layer" + std::to_string(list.size() / 2 + 1);
            list.push_back({layer + ".weight", m, inputs});
            list.push_back({layer + ".bias", m, 1});
            inputs = m;
        }
        list.push_back({"output.weight", input.outputs, inputs});
        list.push_back({"output.bias", input.outputs, 1});
        if (settings_.norm) list.push_back({"layer1.norm", widths_.front(), input.time ? 2 : 1});
        return list;
    }

    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    Real* values) const override
    {
        const int widest = *std::max_element(widths_.begin(), widths_.end());
        mfg::initialise_block(blocks(input)[block], stream, block, widest, settings_.output_scale, values);
    }

    Jet evaluate(mfg::Tape&, const mfg::VariableList& p, const Jet& s) const override
    {
        const Jet scaled = settings_.input_scale == 1 ? s : settings_.input_scale * s;
        Jet u =
            act_(settings_.norm ? affine({{p[0], scaled}, {p[norm_block()], norm_and_time(s, p[norm_block()])}}, p[1])
                                : affine(p[0], scaled, p[1]));
        for (int l = 1; l < settings_.layers; ++l) u = act_(affine(p[2 * l], u, p[2 * l + 1]));
        return affine(p[2 * settings_.layers], u, p[2 * settings_.layers + 1]);
    }

private:
    int norm_block() const { return 2 * settings_.layers + 2; }

    static Jet norm_and_time(const Jet& s, const mfg::Variable& weights)
    {
        const bool time = weights.columns() == 2;
        const mfg::Index d = s.features() - (time ? 1 : 0);
        const Jet mean_square = norm_squared(s.features(0, d)) / static_cast<Real>(d);
        return time ? vconcat(mean_square, s[d]) : mean_square;
    }

    Settings settings_;
    std::vector<int> widths_;  // of all layers
    mfg::Activation act_;
};

}  // namespace

MFG_PLUGIN(FeedForwardNetwork, "mlp", "plain feed-forward network");
