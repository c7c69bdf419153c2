/// sgd: gradient descent with momentum, on the current sample of the objective.
///
/// $$ v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta v $$
///
/// With `nesterov` the step is $\eta (g + \beta v)$, which corrects the gradient by the direction of the momentum. This
/// is the plain method for comparison, and the shortest example of an optimizer. A stable rate is below $2 / L$ for a
/// gradient with Lipschitz constant $L$ (without momentum), so it depends on the problem.
///
///     mfg solve optimal_transport_2d --optimizer sgd --optimizer.learning_rate 1e-3 --optimizer.momentum 0.9
///
/// B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964; I. Sutskever, J. Martens, G.
/// Dahl, G. Hinton, On the importance of initialization and momentum in deep learning, ICML 2013.
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/first_order.hpp>

namespace {

class Sgd final : public mfg::FirstOrderOptimizer {
public:
    struct Settings {
        mfg::FirstOrderSettings first_order;
        mfg::Real momentum = 0;
        bool nesterov = false;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        s.first_order.declare(o);
        o("momentum", s.momentum, "fraction beta of the last step that is kept", mfg::between(0, 1));
        o("nesterov", s.nesterov, "look ahead along the momentum");
    }

    explicit Sgd(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}

protected:
    void update(mfg::Vector& theta, const mfg::Vector& gradient, mfg::Real rate, std::uint64_t) override
    {
        const mfg::Real beta = settings_.momentum;
        const mfg::Real* g = gradient.data();
        mfg::Real *x = theta.data(), *v = velocity_.data();
        for (std::size_t i = 0; i < theta.size(); ++i) {
            v[i] = beta * v[i] + g[i];
            x[i] -= rate * (settings_.nesterov ? g[i] + beta * v[i] : v[i]);
        }
    }

private:
    Settings settings_;
    mfg::Vector& velocity_ = memory("velocity");
};

}  // namespace

MFG_PLUGIN(Sgd, "sgd", "gradient descent with momentum");
