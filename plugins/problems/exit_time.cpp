/// exit_time: agents who want to leave a box, with an exact solution, any dimension.
///
/// An agent in [0,1]^d pays r per time and |v|^2/2 for its velocity until it leaves, and a fine if it is still inside
/// at the time T. Agents do not meet: this is a problem of control for each of them.
///
/// $$ 0 = -\partial_t\phi - \nu \Delta\phi + \tfrac12 |\nabla\phi|^2 - r, \qquad
///    0 = \partial_t m - \nu \Delta m - \nabla\cdot(m \nabla\phi), \qquad \phi = e, \; m = 0 \text{ on the faces} $$
///
/// The Cole-Hopf transform $u = e^{-\phi/2\nu}$ makes it linear, $\partial_t u + \nu\Delta u = r u / 2\nu$. In one
/// dimension leaving is free, e = 0. With $\kappa = \sqrt{r/2d}/\nu$, $\lambda = \nu(\pi^2 + \kappa^2)$ and
///
/// $$ u(t,x) = \frac{\cosh \kappa (x - \frac12) - p\, e^{-\lambda(T - t)} \sin \pi x}{\cosh \frac\kappa2}, \qquad
///    \phi = -2\nu \sum_k \log u(t, x_k), \qquad m = \prod_k \frac{e^{-\lambda t}}N \sin(\pi x_k)\, u(t, x_k) $$
///
/// is the solution with the fine that makes $\phi(T)$ what it says, for those who start from m(0); N is the integral of
/// sin(pi x) u(0,x). In d dimensions an exit costs e = phi on the faces: what the other coordinates still ask for.
///
///     mfg solve exit_time_1d
///
/// W. H. Fleming, H. M. Soner, Controlled Markov Processes and Viscosity Solutions, Springer 2006, chapter VI.
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

struct Settings {
    int dimension = 1;
    Real rate = 1, fine = 0.5, viscosity = 0.2, horizon = 1;
};

/// u and its factor sin, one coordinate each; numbers that do not overflow for large kappa.
class Corridor {
public:
    explicit Corridor(const Settings& s)
        : kappa_(std::sqrt(s.rate / (2 * s.dimension)) / s.viscosity),
          lambda_(s.viscosity * (mfg::pi * mfg::pi + kappa_ * kappa_)),
          fine_(2 * s.fine * std::exp(-kappa_ / 2)),
          horizon_(s.horizon)
    {
    }

    Jet log_u(const Jet& x, const Jet& t) const
    {
        return log(exp(kappa_ * (x - 1)) + exp(-kappa_ * x) -
                   fine_ * (exp(lambda_ * (t - horizon_)) * sin(mfg::pi * x))) -
               std::log1p(std::exp(-kappa_));
    }
    /// The integral of sin(pi s) u(0,s) from 0 to x.
    Real share(Real x) const
    {
        const Real pi = mfg::pi, s = std::sin(pi * x), c = std::cos(pi * x), grown = std::exp(-kappa_ * (1 - x)),
                   decayed = std::exp(-kappa_ * x), all = std::exp(-kappa_);
        const Real walls = (grown * (kappa_ * s - pi * c) - decayed * (kappa_ * s + pi * c) + pi * (1 + all)) /
                           (kappa_ * kappa_ + pi * pi);
        const Real middle = fine_ * std::exp(-lambda_ * horizon_) * (x / 2 - std::sin(2 * pi * x) / (4 * pi));
        return (walls - middle) / (1 + all);
    }
    Real lambda() const { return lambda_; }

private:
    Real kappa_, lambda_, fine_, horizon_;
};

/// m(0), whose coordinates are independent; samples invert the integral.
class Crowd final : public mfg::Density {
public:
    Crowd(int dimension, const Corridor& corridor) : dimension_(dimension), corridor_(corridor) {}

    int dimension() const override { return dimension_; }
    Jet log_density(const Jet& x) const override { return at(x, 0 * x[0]); }
    /// log m(t)
    Jet at(const Jet& x, const Jet& t) const
    {
        return sum(log(sin(mfg::pi * x)) + corridor_.log_u(x, t)) -
               dimension_ * (corridor_.lambda() * t + std::log(corridor_.share(1)));
    }

private:
    mfg::Matrix draw(const mfg::RandomStream& stream, mfg::Index count) const override
    {
        mfg::Matrix x = mfg::make_matrix(count, dimension_);
        for (mfg::Index i = 0; i < count; ++i) stream.uniform(i, dimension_, &x(i, 0));
        for (Real& place : x) {
            const Real wanted = place * corridor_.share(1);
            Real low = 0, high = 1;
            for (int step = 0; step < 52; ++step) {
                const Real middle = (low + high) / 2;
                (corridor_.share(middle) < wanted ? low : high) = middle;
            }
            place = (low + high) / 2;
        }
        return x;
    }

    int dimension_;
    Corridor corridor_;
};

class ExitTime final : public mfg::MeanFieldGame {
public:
    using Settings = ::Settings;

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the box", mfg::between(1, 100));
        o("rate", s.rate, "cost r per time inside", mfg::nonnegative);
        o("fine", s.fine, "p, which makes the fine at the end: 0 for what leaving then would cost, more near 1",
          mfg::between(0, 0.99));
        o("viscosity", s.viscosity, "viscosity nu", mfg::between(0.01, 100));
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit ExitTime(const Settings& s) : s_(s), corridor_(s), crowd_(s.dimension, corridor_) {}

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    std::optional<mfg::Box> domain() const override { return mfg::Box::unit(s_.dimension, mfg::Face::exit); }
    mfg::Window window() const override { return {0, 1, 0, 1}; }

    const mfg::Density& initial_density() const override { return crowd_; }
    Jet running_cost(const State& s) const override { return s_.rate + 0 * sum(s.x); }
    Jet terminal_cost(const State& s) const override { return value(s.x, s_.horizon + 0 * s.x[0]); }
    Jet exit_cost(const State& s) const override { return s_.dimension == 1 ? Jet{} : value(s.x, s.t); }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return value(s.x, s.t); };
        exact.log_density = [this](const State& s) { return crowd_.at(s.x, s.t); };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},           {"method.density", "none"},
                {"method.weights", "1,10,10"},    {"network", "mlp"},
                {"network.width", "32"},          {"optimizer", "gauss_newton"},
                {"training.samples", "500"},      {"training.iterations", "100"},
                {"training.resample_every", "1"}, {"training.validate_every", "5"}};
    }

private:
    Jet value(const Jet& x, const Jet& t) const { return -2 * s_.viscosity * sum(corridor_.log_u(x, t)); }

    Settings s_;
    Corridor corridor_;
    Crowd crowd_;
};

}  // namespace

MFG_PLUGIN(ExitTime, "exit_time", "agents who want to leave a box, exact solution");
