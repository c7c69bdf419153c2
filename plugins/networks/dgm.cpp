/// dgm: the gated network of the Deep Galerkin Method.
///
/// L gated layers of width M; `act` is the activation, o the product unit by unit, and every layer has separate
/// weights:
///
/// $$ S_1 = act(W s + b) $$
/// $$ Z = act(U_z s + W_z S_l + b_z), \quad R = act(U_r s + W_r S_l + b_r), \quad G = act(U_g s + W_g S_1 + b_g) $$
/// $$ H = act(U_h s + W_h (S_l \circ R) + b_h), \quad S_{l+1} = (1 - G) \circ H + Z \circ S_l, \quad
///    f(s) = w \cdot S_{L+1} + b $$
///
/// With `gate = opening`, G sees S_1 in all layers, as the source prints it; with `current` it sees S_l, the usual
/// variant. The parameters of a layer stack its four gates in the order Z, R, G, H: `layerL.input` contains the U
/// `[4M x features]`, `layerL.state` the W `[4M x M]`, `layerL.bias` the b. Initial weights follow Glorot's law;
/// initial biases are zero.
///
///     mfg solve ergodic_log_10d --network dgm
///
/// Sirignano, Spiliopoulos, J. Comput. Phys. 375 (2018) 1339, eq. 4.2; Carmona, Lauriere, SIAM J. Numer. Anal. 59
/// (2021) 1455.
#include <mfg/layers.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::Variable;

class GatedNetwork final : public mfg::Network {
public:
    struct Settings {
        int width = 50, layers = 3;
        Real output_scale = 0;
        std::string activation = "tanh", gate = "opening";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("width", s.width, "units M in each layer", mfg::between(1, 4096));
        o("layers", s.layers, "gated layers L", mfg::between(1, 20));
        o("activation", s.activation, "activation between layers", mfg::Activation::names());
        o("output_scale", s.output_scale, "initial output weights: Glorot's law times this factor", mfg::nonnegative);
        o("gate", s.gate, "input of the gate G: the opening layer S_1, or the current state", {"opening", "current"});
    }

    explicit GatedNetwork(const Settings& s) : settings_(s), act_(s.activation) {}

    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        const int m = settings_.width, n = input.features();
        std::vector<mfg::ParameterBlock> list{{"opening.weight", m, n}, {"opening.bias", m, 1}};
        for (int l = 1; l <= settings_.layers; ++l) {
            const std::string layer = "layer" + std::to_string(l);
            list.push_back({layer + ".input", 4 * m, n});
            list.push_back({layer + ".state", 4 * m, m});
            list.push_back({layer + ".bias", 4 * m, 1});
        }
        list.push_back({"output.weight", input.outputs, m});
        list.push_back({"output.bias", input.outputs, 1});
        return list;
    }

    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    Real* values) const override
    {
        mfg::initialise_block(blocks(input)[block], stream, block, settings_.width, settings_.output_scale, values);
    }

    Jet evaluate(mfg::Tape&, const mfg::VariableList& p, const Jet& s) const override
    {
        const int m = settings_.width;
        const Jet opening = act_(affine(p[0], s, p[1]));
        Jet state = opening;
        int next = 2;
        for (int l = 1; l <= settings_.layers; ++l, next += 3) {
            const Variable input = p[next], weight = p[next + 1], bias = p[next + 2];
            const auto gates = [&](int first, int count, const Jet& seen) {
                const auto part = [&](const Variable& v) { return v.rows(first * m, count * m); };
                return act_(affine({{part(input), s}, {part(weight), seen}}, part(bias)));
            };
            // Gates that see the same are one product.
            const bool together = l == 1 || settings_.gate == "current";
            const Jet zrg = gates(0, together ? 3 : 2, state);
            const Jet z = zrg.features(0, m), r = zrg.features(m, m);
            const Jet g = together ? zrg.features(2 * m, m) : gates(2, 1, opening);
            state = gated(g, gates(3, 1, state * r), z, state);
        }
        return affine(p[next], state, p[next + 1]);
    }

private:
    Settings settings_;
    mfg::Activation act_;
};

}  // namespace

MFG_PLUGIN(GatedNetwork, "dgm", "gated network of the Deep Galerkin Method");
