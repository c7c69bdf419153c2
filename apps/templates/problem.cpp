/// my_problem: a crowd that is attracted to a place and driven apart by its density.
///
/// $$ \min_v\; \int_0^T\!\!\int \Big( \tfrac12 |v|^2 + c(x, m) \Big) m \,dx\,dt +
///    \tfrac1\omega \int c(x, m(T))\, m(T) \,dx, \qquad
///    c = \tfrac{\omega^2}2 |x|^2 + \varepsilon \log m $$
///
/// In the initial law N(mu, (eps/omega^2) I) attraction and aversion balance, so the crowd keeps its shape. With
/// $\mu_t = \mu e^{-\omega t}$ the solution is
///
/// $$ m(t) = N(\mu_t, \tfrac{\varepsilon}{\omega^2} I), \qquad
///    \phi(t,x) = \omega\,\mu_t\cdot x - \tfrac\omega2 |\mu_t|^2 + C \big( \tfrac1\omega + T - t \big), \qquad
///    C = \varepsilon - \tfrac{\varepsilon d}2 \log\frac{2\pi\varepsilon}{\omega^2} $$
///
///     mfg solve --problem my_problem
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <algorithm>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class MyProblem final : public mfg::MeanFieldGame {
public:
    /// The options with their defaults.
    struct Settings {
        int dimension = 2;
        Real start = 3, attraction = 1, aversion = 0.5, horizon = 1;
    };

    /// Declares each option: name, variable, description and range. `mfg describe problem my_problem` shows them; users
    /// write --problem.start 2.
    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 1000));
        o("start", s.start, "first coordinate of the initial mean mu; the others are 0");
        o("attraction", s.attraction, "rate omega at which the crowd approaches the place", mfg::positive);
        o("aversion", s.aversion, "weight eps of the logarithm of the density", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit MyProblem(const Settings& s)
        : s_(s), variance_(s.aversion / (s.attraction * s.attraction)), initial_(law(s.start))
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    /// The part of the plane that pictures show.
    mfg::Window window() const override
    {
        const Real width = 3 * std::sqrt(variance_);
        return {std::min(s_.start, Real(0)) - width, std::max(s_.start, Real(0)) + width, -width, width};
    }

    /// Weights of |v|^2/2, of the running cost and of the terminal cost.
    mfg::CostWeights weights() const override { return {1, 1, 1 / s_.attraction}; }
    const mfg::Density& initial_density() const override { return initial_; }

    // The model. Formulas use jets, which carry all derivatives, also those in w = log m that give the coupling
    // c + dc/dw of the Hamilton-Jacobi equation. For a plain game, whose coupling is c, override coupling(); agents
    // that meet others at a distance have an interaction().
    Jet running_cost(const State& s) const override { return cost(s); }
    Jet terminal_cost(const State& s) const override { return cost(s); }

    /// The exact solution: runs report their errors against it, and `mfg check` tests whether it solves the equations.
    /// Delete it and everything that only it needs when you change the model.
    std::optional<mfg::Reference> reference() const override
    {
        const Real omega = s_.attraction, end = mean(s_.horizon);
        // Attraction and aversion cancel except in the cost of the mean.
        const Real spread = s_.aversion * s_.dimension / 2 * log_volume();
        const Real transport = omega / 4 * (s_.start * s_.start - end * end);
        mfg::Reference exact;
        exact.value = [this](const State& s) { return value(s); };
        exact.log_density = [this](const State& s) { return log_density(s); };
        exact.terms = {{"transport", transport},
                       {"running", transport - s_.horizon * spread},
                       {"terminal", omega / 2 * end * end - spread / omega}};
        exact.source = "closed form";
        return exact;
    }

    /// Defaults of other plugins and of the training for this problem.
    std::vector<std::pair<std::string, std::string>> defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "4"},
                {"method.hjb_weight", "1"},
                {"method.hjb_terminal_weight", "1"},
                {"training.samples", "1024"},
                {"training.iterations", "200"}};
    }

private:
    /// c(x, w)
    Jet cost(const State& s) const
    {
        return s_.attraction * s_.attraction / 2 * norm_squared(s.x) + s_.aversion * s.log_density;
    }

    /// First coordinate of the mean of the crowd, for a number and for a jet.
    Real mean(Real t) const { return s_.start * std::exp(-s_.attraction * t); }
    Jet mean(const Jet& t) const { return s_.start * exp(-s_.attraction * t); }
    Real log_volume() const { return mfg::log_two_pi + std::log(variance_); }

    Jet value(const State& s) const
    {
        const Real omega = s_.attraction, constant = s_.aversion * (1 - s_.dimension / Real(2) * log_volume());
        const Jet mu = mean(s.t);
        return omega * (mu * s.x[0] - square(mu) / 2) + constant * (1 / omega + s_.horizon - s.t);
    }

    Jet log_density(const State& s) const
    {
        const Jet mu = mean(s.t), distance_squared = norm_squared(s.x) - 2 * mu * s.x[0] + square(mu);
        return -distance_squared / (2 * variance_) - s_.dimension / Real(2) * log_volume();
    }

    mfg::Gaussian law(Real first) const { return mfg::Gaussian::isotropic(s_.dimension, {first}, variance_); }

    Settings s_;
    Real variance_;
    mfg::Gaussian initial_;
};

}  // namespace

MFG_PLUGIN(MyProblem, "my_problem", "a crowd attracted to a place and driven apart by its density, exact solution");
