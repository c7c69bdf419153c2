/// mean_attraction: a linear-quadratic game in R^d, with noise, whose agents are attracted to their mean.
///
/// $$ dX = v\,dt + c_\sigma\,dW, \qquad
///    \min_v\; E\Big[ \int_0^T \tfrac12 |v|^2 + \tfrac{c_3}2 |X - \bar m(t)|^2\,dt + \tfrac{c_5}2 |X(T)|^2 \Big] $$
///
/// with c3 = `attraction`/d, c5 = `terminal_attraction`/d and c_sigma = `noise`/sqrt d, so that costs do not grow with
/// the dimension. Agents start on the diagonal, x = s (1, ..., 1) with s uniform in [-1,1], a law without density, or
/// from a Gaussian; `initial_mean` shifts both along the diagonal. The population enters through its mean alone, so no
/// density is needed (`--method.density none`). The value function p(t) |x|^2/2 + s(t) sum_i x_i + r(t) and the law of
/// the agents are known in closed form (docs/equations.md, "mean_attraction").
///
///     mfg solve --problem mean_attraction --problem.dimension 100 --method.sampling density
///
/// Agents stay close to the diagonal, where points with independent coordinates (`sampling = uniform`) hardly ever lie
/// in high dimensions. Errors are evaluated at agents.
///
/// Some settings make the problem easy: the network resnet has a quadratic term, which contains p |x|^2/2 except for
/// its change in time, and the ansatz of `--method.conditions terminal` contains c5 |x|^2/2. The network mlp has no
/// such term.
///
/// LQ-1 in Table 1 of arXiv 2604.26782 is `--problem.terminal_constant 0.5`: there r(T) = 1/2. No agent feels this
/// constant, but relative errors of the value function are smaller with it, in 1000 dimensions three times.
#include <mfg/densities/diagonal_segment.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "exact_solution.hpp"

#include <cmath>
#include <memory>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class MeanAttraction final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real attraction = 1, terminal_attraction = 1, terminal_constant = 0, noise = 0.5, horizon = 1;
        std::string initial = "diagonal";
        Real initial_mean = 0, initial_deviation = 0.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("attraction", s.attraction, "d times the weight c3 of the distance from the mean", mfg::nonnegative);
        o("terminal_attraction", s.terminal_attraction, "d times the weight c5 of the distance from 0 at the end",
          mfg::nonnegative);
        o("terminal_constant", s.terminal_constant,
          "a constant cost at the end: part of the value function, felt by no agent");
        o("noise", s.noise, "sqrt(d) times the standard deviation c_sigma of the noise", mfg::nonnegative);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("initial", s.initial, "initial law of the agents: uniform on the diagonal, or a Gaussian",
          {"diagonal", "normal"});
        o("initial_mean", s.initial_mean, "each coordinate of the initial mean");
        o("initial_deviation", s.initial_deviation, "initial standard deviation of the Gaussian in each coordinate",
          mfg::positive);
    }

    explicit MeanAttraction(const Settings& s) : s_(s), exact_(solution_settings(s))
    {
        if (normal())
            initial_ = std::make_unique<mfg::Gaussian>(
                mfg::make_vector(s.dimension, s.initial_mean),
                mfg::make_vector(s.dimension, s.initial_deviation * s.initial_deviation));
        else
            initial_ = std::make_unique<mfg::DiagonalSegment>(s.dimension, s.initial_mean, 1);
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.noise * s_.noise / (2 * s_.dimension); }
    mfg::Window window() const override
    {
        const Real m = s_.initial_mean, wide = normal() ? 3 * s_.initial_deviation : Real(1.2);
        return {m - wide, m + wide, m - wide, m + wide};
    }

    const mfg::Density& initial_density() const override { return *initial_; }
    std::optional<mfg::Interaction> interaction() const override
    {
        if (s_.attraction == 0) return {};
        const Real c3 = s_.attraction / s_.dimension;
        return mfg::Interaction::with_mean([c3](const Jet& offset) { return c3 / 2 * norm_squared(offset); });
    }
    Jet terminal_cost(const State& s) const override
    {
        const Jet attraction = s_.terminal_attraction / (2 * s_.dimension) * norm_squared(s.x);
        return s_.terminal_constant == 0 ? attraction : attraction + s_.terminal_constant;
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x, s.t) + s_.terminal_constant; };
        if (normal())
            exact.log_density = [this](const State& s) {
                return exact_.log_density(s.x, s.t, s_.initial_deviation * s_.initial_deviation);
            };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return population(stream, count); };
        exact.mean = [this](Real t) { return mfg::make_vector(s_.dimension, exact_.mean(t)); };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},
                {"method.density", "none"},
                {"method.conditions", "terminal"},
                {"network", "resnet"},
                {"optimizer", "lbfgs"},
                {"training.samples", "1024"},
                {"training.iterations", "500"},
                {"training.resample_every", "50"},
                {"training.validate_every", "10"}};
    }

private:
    bool normal() const { return s_.initial == "normal"; }

    static mfg::MeanAttractionSolution::Settings solution_settings(const Settings& s)
    {
        const Real d = s.dimension;
        return {s.dimension, s.attraction / d, s.terminal_attraction / d, s.noise / std::sqrt(d),
                s.horizon,   s.initial_mean};
    }

    mfg::Matrix population(const mfg::RandomStream& stream, int count) const
    {
        mfg::Matrix points =
            mfg::with_uniform_times(initial_->sample(stream.part("starts"), count), stream, s_.horizon);
        const mfg::Index d = mfg::columns(points) - 1;
        mfg::Vector noise = mfg::make_vector(d);
        for (mfg::Index i = 0; i < mfg::rows(points); ++i) {
            const Real t = points(i, d), mean = exact_.mean(t), a = exact_.contraction(t), sigma = exact_.deviation(t);
            stream.part("noise").normal(i, s_.dimension, noise.data());
            for (mfg::Index k = 0; k < d; ++k)
                points(i, k) = mean + a * (points(i, k) - s_.initial_mean) + sigma * noise(k);
        }
        return points;
    }

    Settings s_;
    mfg::MeanAttractionSolution exact_;
    std::unique_ptr<mfg::Density> initial_;
};

}  // namespace

MFG_PLUGIN(MeanAttraction, "mean_attraction",
           "linear-quadratic game of agents attracted to their mean, exact solution");
