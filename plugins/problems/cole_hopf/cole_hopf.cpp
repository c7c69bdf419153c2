/// cole_hopf: the Hamilton-Jacobi-Bellman equation of the literature on deep backward equations, exact solution, any d.
///
/// $$ 0 = -\partial_t\phi - \Delta\phi + |\nabla\phi|^2, \qquad \phi(T,x) = \log\frac{1 + |x|^2}2 $$
///
/// Agents with noise, dX = v dt + sqrt 2 dW, pay |v|^2/4 per time and phi(T) at the end; they do not feel each other.
/// Cole and Hopf's transform gives
///
/// $$ \phi(t,x) = -\log E\Big[\frac2{1 + |x + \sqrt{2(T-t)}\,W|^2}\Big], \qquad W \sim N(0, I), $$
///
/// a smooth integral over one variable, which is computed to rounding (docs/equations.md, "cole_hopf"). The law of the
/// agents is known, too: m0 is that of agents who started at the origin a little earlier, so that they spread over
/// about `initial_deviation` in each coordinate.
///
/// The number that papers compare is phi(0,0), which is 4.5902 in 100 dimensions and 6.9063 in 1000, for T = 1; its
/// relative error is `errors.origin`. E, Han and Jentzen print 1.7e-3 in 100 dimensions.
///
///     mfg solve cole_hopf_100d
///
/// W. E, J. Han, A. Jentzen, Commun. Math. Stat. 5 (2017) 349; J. Han, A. Jentzen, W. E, PNAS 115 (2018) 8505.
#include <mfg/base/views.hpp>
#include <mfg/densities/density.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "exact_solution.hpp"

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Matrix;
using mfg::Real;
using mfg::State;

/// The agents at t = 0.
class StartLaw final : public mfg::Density {
public:
    StartLaw(int dimension, const mfg::ColeHopfSolution& exact) : dimension_(dimension), exact_(exact) {}

    int dimension() const override { return dimension_; }
    Jet log_density(const Jet& x) const override
    {
        return exact_.log_density(x, Jet(x.tape().constant(1, x.samples(), 0)));
    }

private:
    Matrix draw(const mfg::RandomStream& stream, mfg::Index count) const override
    {
        return exact_.positions(stream, mfg::make_vector(count, 0));
    }

    int dimension_;
    const mfg::ColeHopfSolution& exact_;
};

class ColeHopf final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 10;
        Real initial_deviation = 0.1, horizon = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("initial_deviation", s.initial_deviation,
          "standard deviation in each coordinate of the agents at the start, without their control", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit ColeHopf(const Settings& s)
        : s_(s),
          exact_({s.dimension, s.horizon, s.initial_deviation * s.initial_deviation}),
          initial_(s.dimension, exact_)
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return 1; }
    mfg::Window window() const override
    {
        const Real width = 2 * std::sqrt(s_.initial_deviation * s_.initial_deviation + 2 * s_.horizon);
        return {-width, width, -width, width};
    }

    mfg::CostWeights weights() const override { return {0.5, 1, 1}; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet terminal_cost(const State& s) const override { return log((1 + norm_squared(s.x)) / 2); }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x, s.t); };
        exact.log_density = [this](const State& s) { return exact_.log_density(s.x, s.t); };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return population(stream, count); };
        exact.points = {{"origin", mfg::make_vector(s_.dimension + 1, 0)}};
        exact.source = "closed form up to an integral over one variable";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},          {"method.density", "none"},    {"network", "mlp"},
                {"network.width", "12"},         {"network.layers", "2"},       {"network.norm", "yes"},
                {"network.input_scale", "0.03"}, {"optimizer", "gauss_newton"}, {"gauss_newton.damping", "1e-8"},
                {"training.samples", "300"},     {"training.iterations", "40"}, {"training.resample_every", "1"},
                {"training.validate_every", "5"}};
    }

private:
    Matrix population(const mfg::RandomStream& stream, int count) const
    {
        Matrix points =
            mfg::with_uniform_times(mfg::make_matrix(count, s_.dimension), stream.part("times"), s_.horizon);
        const mfg::Vector times = xt::col(points, s_.dimension);
        mfg::first_columns(points, s_.dimension) = exact_.positions(stream, times);
        return points;
    }

    Settings s_;
    mfg::ColeHopfSolution exact_;
    StartLaw initial_;
};

}  // namespace

MFG_PLUGIN(ColeHopf, "cole_hopf",
           "Hamilton-Jacobi-Bellman equation with Cole and Hopf's exact solution, any dimension");
