/// sgd: gradient descent with momentum, on whatever sample the objective holds.
///
/// $$ v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta v $$
///
/// With `nesterov` the step is $\eta (g + \beta v)$: the gradient is corrected by where the momentum is going. Meant as
/// the plain method to compare with, and as the shortest example of an optimizer. The rate that is stable is below
/// $2 / L$ for a gradient with Lipschitz constant $L$ (without momentum), so it depends on the problem.
///
/// The rate $\eta$ may change from step to step (`schedule`, `warm_up`).
///
///     mfg solve optimal_transport_2d --optimizer sgd --optimizer.learning_rate 1e-3 --optimizer.momentum 0.9
///
/// B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964; I. Sutskever, J. Martens,
/// G. Dahl, G. Hinton, On the importance of initialization and momentum in deep learning, ICML 2013.
#include <mfg/optimizer.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/learning_rate.hpp>

namespace {

class Sgd final : public mfg::FirstOrderOptimizer {
public:
    struct Settings {
        mfg::Real learning_rate = 1e-3, momentum = 0;
        bool nesterov = false;
        mfg::LearningRate rates;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("learning_rate", s.learning_rate, "step length eta per unit of the gradient", mfg::positive);
        o("momentum", s.momentum, "share beta of the last step that is kept", mfg::between(0, 1));
        o("nesterov", s.nesterov, "look ahead along the momentum");
        s.rates.declare(o);
    }

    explicit Sgd(const Settings& s) : settings_(s) {}

protected:
    void update(mfg::Vector& theta, const mfg::Vector& gradient, std::uint64_t k) override
    {
        if (k == 1 || velocity_.size() != theta.size()) velocity_ = mfg::make_vector(theta.size());
        const mfg::Real rate = settings_.learning_rate * settings_.rates.factor(k, planned()),
                        beta = settings_.momentum;
        const mfg::Real* g = gradient.data();
        mfg::Real *x = theta.data(), *v = velocity_.data();
        for (std::size_t i = 0; i < theta.size(); ++i) {
            v[i] = beta * v[i] + g[i];
            x[i] -= rate * (settings_.nesterov ? g[i] + beta * v[i] : v[i]);
        }
    }

    void save_state(mfg::Archive& archive) override { archive("velocity", velocity_); }

private:
    Settings settings_;
    mfg::Vector velocity_;
};

}  // namespace

MFG_PLUGIN(Sgd, "sgd", "gradient descent with momentum");
