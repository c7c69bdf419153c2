/// rmsprop: gradient steps divided, in each component, by the root of the running mean of its squares.
///
/// $$ v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad b \leftarrow \mu b + \frac{g}{\sqrt{v} + \varepsilon}, \qquad
///    \theta \leftarrow \theta - \eta b $$
///
/// With `centred`, the running mean $m$ of the gradients is subtracted, $\sqrt{v - m^2}$: the standard deviation
/// instead of the root mean square. The means start at zero without a correction, so the first step moves every
/// component by $\eta / \sqrt{1 - \alpha}$ (10 $\eta$); `warm_up` softens it.
///
///     mfg solve optimal_transport_2d --optimizer rmsprop --optimizer.momentum 0.9 --optimizer.learning_rate 1e-4
///
/// T. Tieleman, G. Hinton, Lecture 6.5: rmsprop, Neural networks for machine learning, Coursera 2012; A. Graves,
/// Generating sequences with recurrent neural networks, arXiv:1308.0850 (centred).
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/first_order.hpp>

#include <algorithm>
#include <cmath>

namespace {

class RmsProp final : public mfg::FirstOrderOptimizer {
public:
    struct Settings {
        mfg::FirstOrderSettings first_order;
        mfg::Real alpha = 0.99, momentum = 0, epsilon = 1e-8;
        bool centred = false;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        s.first_order.declare(o);
        o("alpha", s.alpha, "decay of the running means", mfg::between(0, 0.9999999));
        o("momentum", s.momentum, "fraction mu of the last step that is kept", mfg::between(0, 1));
        o("epsilon", s.epsilon, "keeps the step finite if gradients vanish", mfg::positive);
        o("centred", s.centred, "divide by the standard deviation of the gradients instead");
    }

    explicit RmsProp(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}

protected:
    void update(mfg::Vector& theta, const mfg::Vector& gradient, mfg::Real rate, std::uint64_t) override
    {
        const mfg::Real alpha = settings_.alpha;
        const mfg::Real* g = gradient.data();
        mfg::Real *x = theta.data(), *v = square_.data(), *m = mean_.data(), *b = step_.data();
        for (std::size_t i = 0; i < theta.size(); ++i) {
            v[i] = alpha * v[i] + (1 - alpha) * g[i] * g[i];
            m[i] = alpha * m[i] + (1 - alpha) * g[i];
            // Round-off may leave less than nothing of a variance.
            const mfg::Real scale = settings_.centred ? std::max(mfg::Real(0), v[i] - m[i] * m[i]) : v[i];
            b[i] = settings_.momentum * b[i] + g[i] / (std::sqrt(scale) + settings_.epsilon);
            x[i] -= rate * b[i];
        }
    }

private:
    Settings settings_;
    mfg::Vector &square_ = memory("square"), &mean_ = memory("mean"), &step_ = memory("step");
};

}  // namespace

MFG_PLUGIN(RmsProp, "rmsprop", "gradient steps divided by a running root mean square");
