/// my_optimizer: Nesterov's accelerated gradient method.
///
/// $$ x_k = \theta_{k-1} - \eta\, \nabla f(\theta_{k-1}), \qquad
///    \theta_k = x_k + \tfrac{k - 1}{k + 2} (x_k - x_{k-1}) $$
///
/// For a convex function whose gradient has Lipschitz constant L, and eta <= 1/L, f(x_k) falls as 1/k^2. Expect to try
/// a few rates: the parameters' scale is the problem's.
///
///     mfg solve optimal_transport_2d --optimizer my_optimizer
///
/// Y. Nesterov, A method for solving the convex programming problem with convergence rate O(1/k^2), 1983.
#include <mfg/optimizer.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class MyOptimizer final : public mfg::FirstOrderOptimizer {
public:
    /// What users can set, with its defaults.
    struct Settings {
        mfg::Real learning_rate = 1e-3;
    };

    /// The same once more: name, variable, meaning and range. Users write --optimizer.learning_rate 1e-4.
    static void options(mfg::Options& o, Settings& s)
    {
        o("learning_rate", s.learning_rate, "step length eta per unit of the gradient", mfg::positive);
    }

    explicit MyOptimizer(const Settings& s) : s_(s) {}

protected:
    /// The rule: changes `theta` given the gradient there; k counts from 1.
    void update(mfg::Vector& theta, const mfg::Vector& gradient, std::uint64_t k) override
    {
        // Before the first step, and after a reset, there is no x_{k-1}: its factor is 0.
        if (k == 1) before_ = theta;
        const auto step = static_cast<mfg::Real>(k);
        const mfg::Real momentum = (step - 1) / (step + 2);
        for (std::size_t i = 0; i < theta.size(); ++i) {
            const mfg::Real x = theta(i) - s_.learning_rate * gradient(i);
            theta(i) = x + momentum * (x - before_(i));
            before_(i) = x;
        }
    }

    /// All that the next step depends on: with it, `mfg resume` goes on as if the run had never stopped.
    void save_state(mfg::Archive& archive) override { archive("before", before_); }

private:
    Settings s_;
    mfg::Vector before_;  // x_{k-1}
};

}  // namespace

MFG_PLUGIN(MyOptimizer, "my_optimizer", "Nesterov's accelerated gradient method");
