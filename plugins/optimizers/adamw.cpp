/// adamw: adam with a decay of the parameters that is separate from the gradient; it keeps them small in long
/// trainings.
///
/// $$ \theta \leftarrow (1 - \eta \lambda)\, \theta - \eta \frac{\hat m}{\sqrt{\hat v} + \varepsilon} $$
///
/// with the moments $\hat m$, $\hat v$ of `adam`. A penalty $\tfrac\lambda2 |\theta|^2$ in the objective would be
/// divided by $\sqrt{\hat v}$ like the rest of the gradient and would least restrain the parameters that move most; the
/// decay $\lambda$ acts on all of them alike. All parameters decay, including offsets. Without decay this is `adam`.
///
///     mfg solve optimal_transport_2d --optimizer adamw --optimizer.weight_decay 0.01 --training.resample_every 1
///
/// I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019, arXiv:1711.05101.
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/first_order.hpp>

#include <cmath>

namespace {

class AdamW final : public mfg::FirstOrderOptimizer {
public:
    struct Settings {
        mfg::FirstOrderSettings first_order;
        mfg::Real beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        s.first_order.declare(o);
        o("beta1", s.beta1, "decay of the first moment", mfg::between(0, 0.9999999));
        o("beta2", s.beta2, "decay of the second moment", mfg::between(0, 0.9999999));
        o("epsilon", s.epsilon, "keeps the step finite if gradients vanish", mfg::positive);
        o("weight_decay", s.weight_decay, "rate lambda at which parameters decay, times the learning rate",
          mfg::nonnegative);
    }

    explicit AdamW(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}

protected:
    void update(mfg::Vector& theta, const mfg::Vector& gradient, mfg::Real rate, std::uint64_t k) override
    {
        const mfg::Real beta1 = settings_.beta1, beta2 = settings_.beta2, epsilon = settings_.epsilon;
        const mfg::Real unbias1 = 1 / (1 - std::pow(beta1, static_cast<mfg::Real>(k)));
        const mfg::Real unbias2 = 1 / (1 - std::pow(beta2, static_cast<mfg::Real>(k)));
        const mfg::Real kept = 1 - rate * settings_.weight_decay;
        const mfg::Real* g = gradient.data();
        mfg::Real *x = theta.data(), *m = first_.data(), *v = second_.data();
        for (std::size_t i = 0; i < theta.size(); ++i) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            x[i] = kept * x[i] - rate * unbias1 * m[i] / (std::sqrt(unbias2 * v[i]) + epsilon);
        }
    }

private:
    Settings settings_;
    mfg::Vector &first_ = memory("first_moment"), &second_ = memory("second_moment");
};

}  // namespace

MFG_PLUGIN(AdamW, "adamw", "adam with decoupled weight decay");
