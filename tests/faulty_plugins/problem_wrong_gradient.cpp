/// wrong_gradient: a cost whose derivatives were found by hand, with a factor forgotten in the gradient.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

namespace {

using mfg::Jet;
using mfg::State;

class WrongGradient final : public mfg::MeanFieldGame {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit WrongGradient(const Settings&) {}

    int dimension() const override { return 2; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet terminal_cost(const State& s) const override { return square_norm(s.x); }

private:
    /// |x|^2, whose gradient is 2 x.
    static Jet square_norm(const Jet& x)
    {
        const Jet right = sum(square(x));
        if (right.shape().order == 0) return right;
        mfg::Variable gradient = mfg::combine({{0.5, right.derivative(0)}}), laplacian;
        for (int k = 1; k < right.shape().directions; ++k)
            gradient = mfg::vconcat({gradient, mfg::combine({{0.5, right.derivative(k)}})});
        if (right.shape().order == 2) laplacian = right.laplacian();
        return Jet::scalar(right.value(), gradient, laplacian, right.shape());
    }

    mfg::Gaussian initial_ = mfg::Gaussian::isotropic(2, {1}, 0.5);
};

}  // namespace

MFG_PLUGIN(WrongGradient, "wrong_gradient", "a terminal cost whose gradient lacks a factor 2");
