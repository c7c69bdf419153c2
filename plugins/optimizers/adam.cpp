/// adam: gradient steps scaled by running moments of each component; the usual choice if samples change in every step.
///
/// $$ m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
///    \theta \leftarrow \theta - \eta \frac{\hat m}{\sqrt{\hat v} + \varepsilon} $$
///
/// with $\hat m = m / (1 - \beta_1^k)$ and $\hat v = v / (1 - \beta_2^k)$ in step $k$. A step moves a component by
/// about $\eta$, whatever the scale of the objective; the first step moves it by exactly $\eta$ against the sign of the
/// gradient.
///
///     mfg solve optimal_transport_2d --optimizer adam --optimizer.learning_rate 1e-3 --training.resample_every 1
///
/// D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980.
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/first_order.hpp>

#include <cmath>

namespace {

class Adam final : public mfg::FirstOrderOptimizer {
public:
    struct Settings {
        mfg::FirstOrderSettings first_order;
        mfg::Real beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        s.first_order.declare(o);
        o("beta1", s.beta1, "decay of the first moment", mfg::between(0, 0.9999999));
        o("beta2", s.beta2, "decay of the second moment", mfg::between(0, 0.9999999));
        o("epsilon", s.epsilon, "keeps the step finite if gradients vanish", mfg::positive);
    }

    explicit Adam(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}

protected:
    void update(mfg::Vector& theta, const mfg::Vector& gradient, mfg::Real rate, std::uint64_t k) override
    {
        const mfg::Real beta1 = settings_.beta1, beta2 = settings_.beta2, epsilon = settings_.epsilon;
        // The moments start at zero; these factors undo the bias.
        const mfg::Real unbias1 = 1 / (1 - std::pow(beta1, static_cast<mfg::Real>(k)));
        const mfg::Real unbias2 = 1 / (1 - std::pow(beta2, static_cast<mfg::Real>(k)));
        const mfg::Real* g = gradient.data();
        mfg::Real *x = theta.data(), *m = first_.data(), *v = second_.data();
        for (std::size_t i = 0; i < theta.size(); ++i) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            x[i] -= rate * unbias1 * m[i] / (std::sqrt(unbias2 * v[i]) + epsilon);
        }
    }

private:
    Settings settings_;
    mfg::Vector &first_ = memory("first_moment"), &second_ = memory("second_moment");
};

}  // namespace

MFG_PLUGIN(Adam, "adam", "adaptive moments: gradient steps scaled for each component");
