/// discounted: a linear-quadratic game in R^d without an end, whose agents discount what they will pay; exact solution,
/// any dimension.
///
/// $$ 0 = \rho\phi - \nu\Delta\phi + \tfrac12|\nabla\phi|^2 - \tfrac\beta2 |x|^2 - \gamma\log m, \qquad
///    0 = -\nu\Delta m - \nabla\cdot(m\nabla\phi), \qquad \int m = 1 $$
///
/// The value function is the expectation of the costs with the weight $e^{-\rho t}$, so that there is no ergodic
/// constant and nothing is left open in it. With the positive root of $\alpha^2 + (\rho + \gamma/\nu)\alpha = \beta$,
///
/// $$ \phi = \tfrac\alpha2|x|^2 + k, \qquad m = N(0, \tfrac\nu\alpha I), \qquad
///    \rho k = \nu\alpha d + \gamma\tfrac d2 \log\frac{\alpha}{2\pi\nu} $$
///
/// The initial law says where a training looks for the population at first: its standard deviation is `start` times
/// that of the exact law, and its mean is not 0. A network with a quadratic term, such as resnet, contains the
/// solution.
///
///     mfg solve --problem discounted
///
/// M. Huang, P. E. Caines, R. P. Malhame, "Large-population cost-coupled LQG problems with nonuniform agents", IEEE
/// Trans. Automat. Control 52 (2007) 1560.
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class Discounted final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 3;
        Real discount = 0.5, beta = 1, gamma = 0.3, viscosity = 0.5, start = 1.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 1000));
        o("discount", s.discount, "rate rho of the discount", mfg::positive);
        o("beta", s.beta, "weight of the cost |x|^2/2", mfg::positive);
        o("gamma", s.gamma, "weight of the congestion cost log m", mfg::nonnegative);
        o("viscosity", s.viscosity, "noise nu", mfg::positive);
        o("start", s.start, "deviation of the initial law in multiples of the exact one", mfg::between(0.2, 5));
    }

    explicit Discounted(const Settings& s)
        : s_(s),
          alpha_(root(s.discount + s.gamma / s.viscosity, s.beta)),
          law_(centred(1, 0)),
          initial_(centred(s.start, 0.5))
    {
        const Real d = s.dimension;
        constant_ =
            (s.viscosity * alpha_ * d + s.gamma * d / 2 * std::log(alpha_ / (2 * mfg::pi * s.viscosity))) / s.discount;
    }

    int dimension() const override { return s_.dimension; }
    bool stationary() const override { return true; }
    Real viscosity() const override { return s_.viscosity; }
    Real discount() const override { return s_.discount; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    mfg::Window window() const override
    {
        const Real wide = 4 * deviation();
        return {-wide, wide, -wide, wide};
    }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet running_cost(const State& s) const override
    {
        return s_.beta / 2 * norm_squared(s.x) + s_.gamma * s.log_density;
    }
    Jet terminal_cost(const State&) const override { return {}; }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return alpha_ / 2 * norm_squared(s.x) + constant_; };
        exact.log_density = [this](const State& s) { return law_.log_density(s.x); };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return law_.sample(stream, count); };
        exact.source = "algebraic Riccati equation";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},           {"network", "mlp"},
                {"optimizer", "gauss_newton"},    {"network.width", "32"},
                {"network.layers", "2"},          {"network.activation", "log_cosh"},
                {"training.samples", "500"},      {"training.iterations", "150"},
                {"training.resample_every", "1"}, {"training.validate_every", "10"}};
    }

private:
    /// The positive root of a^2 + p a = q.
    static Real root(Real p, Real q) { return 2 * q / (p + std::sqrt(p * p + 4 * q)); }
    Real deviation() const { return std::sqrt(s_.viscosity / alpha_); }
    mfg::Gaussian centred(Real wider, Real shift) const
    {
        const Real width = wider * deviation();
        return {mfg::make_vector(s_.dimension, shift * deviation()), mfg::make_vector(s_.dimension, width * width)};
    }

    Settings s_;
    Real alpha_, constant_ = 0;
    mfg::Gaussian law_, initial_;
};

}  // namespace

MFG_PLUGIN(Discounted, "discounted", "linear-quadratic game in R^d without an end, with discount and exact solution");
