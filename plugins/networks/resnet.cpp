/// resnet: a residual network plus a quadratic function, for value functions.
///
/// With s = (x,t), width M, L layers, step h = 1/L, sigma(y) = |y| + log(1 + exp(-2|y|)), sigma' = tanh:
///
/// $$ u_0 = \sigma(K_0 s + b_0), \quad u_i = u_{i-1} + h\,\sigma(K_i u_{i-1} + b_i), \quad
///    \Phi(s) = w \cdot u_L + \tfrac12 s^\top A s + c \cdot s + z $$
///
/// A is symmetric, or of low rank, A = B' diag(e) B. Gradient and Laplacian are closed forms: one reverse sweep z_i =
/// z_{i+1} + h K_i' (tanh(a_i) o z_{i+1}) from z_{L+1} = w, and
///
/// $$ \Delta\Phi = \sum_i h_i \sum_k (1 - \tanh^2 a_{i,k})\, z_{i+1,k}\, |J_{i,k}|^2 + \mathrm{tr}_x A $$
///
/// with J_i the Jacobian of a_i in x. `laplacian = gram` computes |J_i,k|^2 from K_0x K_0x' alone, at a cost that does
/// not depend on the dimension; `direct` computes the d columns of J_i; `jet` differentiates the formula for Phi
/// instead.
///
///     mfg solve optimal_transport_2d --network.width 32 --network.layers 2
///
/// Ruthotto, Osher, Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183, eqs. 30-35.
#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/network.hpp>
#include <mfg/plugin/plugin.hpp>

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::Tape;
using mfg::Variable;
using mfg::VariableList;

class ResidualNetwork final : public mfg::Network {
public:
    struct Settings {
        int width = 16, layers = 1, rank = 0;
        Real initial_scale = 0.01;
        std::string laplacian = "auto";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("width", s.width, "units M in each layer", mfg::between(1, 4096));
        o("layers", s.layers, "residual layers L", mfg::between(1, 20));
        o("rank", s.rank, "rank of the quadratic term; 0: full", mfg::between(0, 4096));
        o("initial_scale", s.initial_scale, "initial standard deviation of the weights K", mfg::positive);
        o("laplacian", s.laplacian, "computation of the Laplacian; auto selects the cheaper closed form",
          {"auto", "gram", "direct", "jet"});
    }

    explicit ResidualNetwork(const Settings& s) : settings_(s), h_(Real(1) / s.layers) {}

    std::vector<mfg::ParameterBlock> blocks(const mfg::NetworkInput& input) const override
    {
        const int m = settings_.width, n = input.features();
        std::vector<mfg::ParameterBlock> list{{"opening.weight", m, n}, {"opening.bias", m, 1}};
        for (int i = 1; i <= settings_.layers; ++i) {
            const std::string layer = "layer" + std::to_string(i);
            list.push_back({layer + ".weight", m, m});
            list.push_back({layer + ".bias", m, 1});
        }
        if (input.outputs > 1) {
            list.push_back({"output.weight", input.outputs, m});
            list.push_back({"linear.weight", input.outputs, n});
            list.push_back({"constant", input.outputs, 1});
            return list;
        }
        list.push_back({"output.weight", m, 1});
        if (settings_.rank == 0) {
            list.push_back({"quadratic.upper", n * (n + 1) / 2, 1});
        } else {
            list.push_back({"quadratic.factor", settings_.rank, n});
            list.push_back({"quadratic.sign", settings_.rank, 1});
        }
        list.push_back({"linear.weight", n, 1});
        list.push_back({"constant", 1, 1});
        return list;
    }

    void initialise(const mfg::NetworkInput& input, const mfg::RandomStream& stream, int block,
                    Real* values) const override
    {
        const mfg::ParameterBlock shape = blocks(input)[block];
        const mfg::Index count = shape.size();
        Real scale = 0, shift = 0;
        if (shape.name == "output.weight" && input.outputs == 1) shift = 1;
        if (shape.name == "quadratic.factor") scale = 1 / std::sqrt(Real(input.features()));
        if (block < output()) scale = block % 2 == 0 ? settings_.initial_scale : 0.1;
        stream.normal(block, count, values);
        for (int i = 0; i < count; ++i) values[i] = shift + scale * values[i];
    }

    VariableList prepare(Tape& tape, const VariableList& p, const mfg::NetworkInput& input) const override
    {
        if (input.outputs > 1) return p;
        const int n = input.features(), d = input.dimension;
        VariableList q(tape, prepared_count());
        for (int i = 0; i < p.size(); ++i) q[i] = p[i];
        const Variable k0x = p[0].columns(0, d);
        if (settings_.rank == 0) {
            q[matrix()] = mfg::unpack_symmetric(p[quadratic()], n);
            q[trace()] = mfg::trace(q[matrix()], d);
        } else {
            const Variable bx = p[quadratic()].columns(0, d);
            q[trace()] = mfg::dot_columns(mfg::dot_columns(bx, bx).reshape(1, settings_.rank),
                                          p[quadratic() + 1].reshape(1, settings_.rank));
        }
        q[opening_norms()] = mfg::dot_columns(k0x, k0x);
        if (use_gram(d)) {
            // |J_1,k|^2 = sum_{a <= b} (2 - delta_ab) K1_ka K1_kb G_ab t_a t_b: one GEMM a tile.
            q[metric()] = mfg::gram(k0x);
            q[pairs()] = mfg::multiply(mfg::pair_products(mfg::transpose(p[2])), mfg::pack_quadratic_form(q[metric()]));
        }
        return q;
    }

    Jet evaluate(Tape& tape, const VariableList& p, const Jet& s) const override
    {
        if (p.size() < prepared_count()) return evaluate_map(p, s);
        if (s.shape().order > 0 && (settings_.laplacian == "jet" || !s.is_coordinates())) return evaluate_jet(p, s);

        const int layers = settings_.layers;
        const Variable x = s.value();
        VariableList slopes(tape, layers + 1);
        auto [u, slope] = mfg::log_cosh_and_slope(mfg::matmul(p[0], x, false, p[1]));
        slopes[0] = slope;
        for (int i = 1; i <= layers; ++i) {
            const bool wanted = i < layers || s.shape().value;
            const mfg::LogCosh layer = mfg::log_cosh_and_slope(mfg::matmul(p[2 * i], u, false, p[2 * i + 1]), wanted);
            slopes[i] = layer.t;
            if (wanted) u = mfg::combine({{1, u}, {h_, layer.u}});
        }
        const mfg::Product curved = quadratic_gradient(p, x);
        Variable value;
        if (s.shape().value)
            value = mfg::combine(
                {{1, mfg::sum_of_products({{p[output()], u, true}, {p[linear()], x, true}}, p[constant()])},
                 {1, mfg::dot_rows(x, mfg::sum_of_products({curved}), 0.5)}});
        if (s.shape().order == 0) return Jet(value);

        // The reverse sweep: z is z_{i+1}, the derivative of Phi in u_i; after the last layer it is w for all samples.
        const bool second = s.shape().order == 2;
        const Variable w = p[output()];
        const VariableList norms = second ? jacobian_norms(tape, p, slopes, s.shape().spatial) : VariableList{};
        Variable z, laplacian;
        for (int i = layers; i >= 1; --i) {
            const bool last = i == layers;
            if (second)
                laplacian = mfg::combine({{1, laplacian},
                                          {h_, last ? mfg::slope_sum(w, slopes[i], norms[i])
                                                    : mfg::slope_sum(tape.constant(settings_.width, 1, 1), slopes[i],
                                                                     mfg::multiply(z, norms[i]))}});
            const Variable weighted = mfg::multiply(slopes[i], last ? w : z, h_);
            z = last ? mfg::matmul(p[2 * i], weighted, true, w)
                     : mfg::combine({{1, z}, {1, mfg::matmul(p[2 * i], weighted, true)}});
        }
        const Variable gradient =
            mfg::sum_of_products({{p[0], mfg::multiply(slopes[0], z), true}, curved}, p[linear()]);
        if (second)
            laplacian = mfg::add_column(
                mfg::combine({{1, laplacian}, {1, mfg::slope_sum(p[opening_norms()], slopes[0], z)}}), p[trace()]);
        return Jet::scalar(value, gradient, laplacian, s.shape());
    }

private:
    // Places in the parameter list, then of what `prepare` adds.
    int output() const { return 2 + 2 * settings_.layers; }
    int quadratic() const { return output() + 1; }
    int linear() const { return quadratic() + (settings_.rank == 0 ? 1 : 2); }
    int constant() const { return linear() + 1; }
    int matrix() const { return constant() + 1; }
    int trace() const { return constant() + 2; }
    int opening_norms() const { return constant() + 3; }
    int metric() const { return constant() + 4; }
    int pairs() const { return constant() + 5; }
    int prepared_count() const { return constant() + 6; }

    /// Measured: products of pairs pay from d = 8 on with m = 16, L = 1; deeper layers carry m directions instead of d.
    bool use_gram(int d) const
    {
        if (settings_.laplacian == "gram") return true;
        if (settings_.laplacian != "auto") return false;
        return settings_.layers == 1 ? 2 * d >= settings_.width : d > 2 * settings_.width;
    }

    /// |J_i,k|^2 for layers i = 1..L, entry 0 unused; J_i carries d columns, or m with the metric G = K0x K0x'.
    VariableList jacobian_norms(Tape& tape, const VariableList& p, const VariableList& slopes, int d) const
    {
        const int m = settings_.width, layers = settings_.layers;
        const bool by_gram = use_gram(d);
        VariableList norms(tape, layers + 1);
        if (by_gram)
            norms[1] = mfg::pair_form(p[pairs()], slopes[0]);
        else if (layers == 1)
            norms[1] = mfg::product_norms(p[2], slopes[0], p[0].columns(0, d));
        if (layers == 1) return norms;

        const int columns = by_gram ? m : d;
        Variable jacobian = mfg::outer_blocks(slopes[0], by_gram ? identity(tape, m) : p[0].columns(0, d));
        for (int i = 1; i <= layers; ++i) {
            const Variable image = mfg::matmul(p[2 * i], jacobian);
            if (!norms[i].exists())
                norms[i] = mfg::dot_blocks(image, by_gram ? mfg::mix_blocks(p[metric()], image, m) : image, columns);
            if (i < layers)
                jacobian = mfg::combine({{1, jacobian}, {h_, mfg::scale_blocks(slopes[i], image, columns)}});
        }
        return norms;
    }

    static Variable identity(Tape& tape, int m)
    {
        const Variable unit = tape.constant(m, m, 0);
        for (int i = 0; i < m; ++i) unit.write_row(i)[i] = 1;
        return unit;
    }

    /// u_L, on jets.
    Jet last_layer(const VariableList& p, const Jet& s) const
    {
        Jet u = log_cosh(affine(p[0], s, p[1]));
        for (int i = 1; i <= settings_.layers; ++i) u = u + h_ * log_cosh(affine(p[2 * i], u, p[2 * i + 1]));
        return u;
    }

    /// Several outputs: W u_L + C s + z, without a quadratic term.
    Jet evaluate_map(const VariableList& p, const Jet& s) const
    {
        return affine({{p[output()], last_layer(p, s)}, {p[output() + 1], s}}, p[output() + 2]);
    }

    /// The definition of Phi, on jets.
    Jet evaluate_jet(const VariableList& p, const Jet& s) const
    {
        const Jet u = last_layer(p, s);
        const Variable w = p[output()].reshape(1, settings_.width), c = p[linear()].reshape(1, p[linear()].rows());
        Jet curved;
        if (settings_.rank == 0) {
            curved = dot(s, affine(p[matrix()], s));
        } else {
            const Variable sign = p[quadratic() + 1].reshape(1, settings_.rank);
            curved = affine(sign, square(affine(p[quadratic()], s)));
        }
        return affine(w, u, p[constant()]) + affine(c, s) + Real(0.5) * curved;
    }

    /// A s, not yet multiplied.
    mfg::Product quadratic_gradient(const VariableList& p, const Variable& s) const
    {
        if (settings_.rank == 0) return {p[matrix()], s};
        const Variable image = mfg::multiply(mfg::matmul(p[quadratic()], s), p[quadratic() + 1]);
        return {p[quadratic()], image, true};
    }

    Settings settings_;
    Real h_;  // step of the residual layers
};

}  // namespace

MFG_PLUGIN(ResidualNetwork, "resnet", "residual network plus quadratic term, closed-form gradient and Laplacian");
