/// my_optimizer: Nesterov's accelerated gradient method, an example to start from.
///
/// $$ y_k = x_k - \eta \nabla f(x_k), \qquad x_{k+1} = y_k + \frac{k - 1}{k + r - 1} (y_k - y_{k-1}) $$
///
/// with the learning rate $\eta$ and the friction $r$; the published method has $r = 3$. For a convex objective whose
/// gradient has the Lipschitz constant $1 / \eta$, the error decreases like $1 / k^2$.
///
///     mfg solve optimal_transport_2d --optimizer my_optimizer --training.iterations 200,50
///
/// Y. Nesterov, A method for solving the convex programming problem with convergence rate O(1/k^2), 1983; W. Su,
/// S. Boyd, E. Candes, A differential equation for modeling Nesterov's accelerated gradient method, JMLR 17, 2016.
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/first_order.hpp>

namespace {

class MyOptimizer final : public mfg::FirstOrderOptimizer {
public:
    /// The options with their defaults. The common ones come first, here with a different learning rate.
    struct Settings {
        mfg::FirstOrderSettings first_order{1e-4};
        mfg::Real friction = 3;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        s.first_order.declare(o);
        o("friction", s.friction, "r: the larger, the sooner the momentum fades", mfg::at_least(3));
    }

    explicit MyOptimizer(const Settings& s) : FirstOrderOptimizer(s.first_order), settings_(s) {}

protected:
    /// Changes `theta`, given the gradient there, the learning rate of this step and its number, from 1.
    void update(mfg::Vector& theta, const mfg::Vector& gradient, mfg::Real rate, std::uint64_t step) override
    {
        const auto k = static_cast<mfg::Real>(step);
        const mfg::Real momentum = (k - 1) / (k + settings_.friction - 1);
        for (std::size_t i = 0; i < theta.size(); ++i) {
            const mfg::Real y = theta(i) - rate * gradient(i);
            theta(i) = y + momentum * (y - previous_(i));
            previous_(i) = y;
        }
    }

private:
    Settings settings_;
    mfg::Vector& previous_ = memory("previous");
};

}  // namespace

MFG_PLUGIN(MyOptimizer, "my_optimizer", "Nesterov's accelerated gradient method");
