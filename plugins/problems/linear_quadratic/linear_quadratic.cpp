/// linear_quadratic: a game in R^d with quadratic costs, noise and logarithmic congestion; exact solution, any d.
///
/// $$ 0 = -\partial_t\phi - \nu\Delta\phi + \tfrac12|\nabla\phi|^2 - \tfrac{\beta}{2}|x|^2 - \gamma \log m, \qquad
///    0 = \partial_t m - \nu\Delta m - \nabla\cdot(m\nabla\phi), \qquad \phi(T) = \tfrac{\alpha}{2}|x|^2 $$
///
/// With $\alpha = (-\gamma + \sqrt{\gamma^2 + 4\nu^2\beta})/(2\nu)$ the law $m = N(0, (\nu/\alpha) I)$ is stationary,
/// and
///
/// $$ \phi = \tfrac{\alpha}{2}|x|^2 + k (T - t), \qquad k = \nu\alpha d + \gamma \tfrac d2 \log\frac{\alpha}{2\pi\nu}
/// $$
///
/// The options `initial_mean` and `initial_deviation` choose another initial Gaussian, m(0) = N(mu0, s^2 I). The
/// population then stays Gaussian and phi quadratic; the coefficients solve a boundary-value problem in time, to 1e-10
/// (docs/equations.md, "linear_quadratic"). Where this is too stiff, with a long horizon or an initial deviation far
/// from the stationary one, no errors are reported.
///
/// A network with a quadratic term, such as resnet, contains the solution, and so does the ansatz phi(T) + (T - t) N.
/// For a fair test, compare with a network without that term and use soft conditions.
///
///     mfg solve --problem linear_quadratic --problem.initial_mean 1 --problem.initial_deviation 0.4
///
/// Linear-quadratic games: A. Bensoussan, K. C. J. Sung, S. C. P. Yam, S. P. Yung, J. Optim. Theory Appl. 169 (2016)
/// 496.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "exact_solution.hpp"
#include "problems/common/computable.hpp"
#include "problems/common/galerkin_training.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace {

using mfg::Jet;
using mfg::Matrix;
using mfg::Real;
using mfg::State;

class LinearQuadratic final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real beta = 1, gamma = 0.3, viscosity = 0.5, horizon = 1;
        std::vector<Real> initial_mean{0};
        Real initial_deviation = 0;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("beta", s.beta, "weight of the cost |x|^2/2", mfg::positive);
        o("gamma", s.gamma, "weight of the congestion cost log m", mfg::nonnegative);
        o("viscosity", s.viscosity, "viscosity nu", mfg::nonnegative);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("initial_mean", s.initial_mean, "first coordinates of the initial mean; the others are 0");
        o("initial_deviation", s.initial_deviation,
          "initial standard deviation of every coordinate; 0: that of the stationary law", mfg::nonnegative);
    }

    explicit LinearQuadratic(const Settings& s)
        : s_(s),
          curvature_(mfg::LinearQuadraticSolution::stationary_curvature(solution_settings(s))),
          stationary_(std::sqrt(mfg::LinearQuadraticSolution::stationary_variance(solution_settings(s)))),
          solution_(mfg::if_computable<mfg::LinearQuadraticSolution>(solution_settings(s))),
          initial_(initial_law(s, first_deviation()))
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    mfg::Window window() const override
    {
        // Without the exact one, the last deviation is nearly the stationary one, to which the population goes.
        const Real last = solution_ ? solution_->deviation(s_.horizon) : stationary_;
        const Real width = 4 * std::max(first_deviation(), last);
        const Real first = s_.initial_mean.empty() ? 0 : s_.initial_mean[0];
        const Real second = s_.initial_mean.size() > 1 ? s_.initial_mean[1] : 0;
        return {std::min(first, Real(0)) - width, std::max(first, Real(0)) + width, std::min(second, Real(0)) - width,
                std::max(second, Real(0)) + width};
    }

    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet running_cost(const State& s) const override
    {
        const Jet place = s_.beta / 2 * norm_squared(s.x);
        return s_.gamma > 0 ? place + s_.gamma * s.log_density : place;
    }
    Jet terminal_cost(const State& s) const override { return curvature_ / 2 * norm_squared(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        if (!solution_) return {};
        mfg::Reference exact;
        exact.value = [this](const State& s) { return solution_->value(s.x, s.t); };
        exact.log_density = [this](const State& s) { return solution_->log_density(s.x, s.t); };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return population(stream, count); };
        exact.source = "closed form, coefficients from a boundary-value problem in time";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    /// Of every coordinate at the start.
    Real first_deviation() const
    {
        if (solution_) return solution_->deviation(0);
        return s_.initial_deviation > 0 ? s_.initial_deviation : stationary_;
    }

    Matrix population(const mfg::RandomStream& stream, int count) const
    {
        const mfg::Gaussian standard = mfg::Gaussian::isotropic(s_.dimension, {}, 1);
        Matrix points = mfg::with_uniform_times(standard.sample(stream, count), stream, s_.horizon);
        const mfg::Index d = mfg::columns(points) - 1;
        for (mfg::Index i = 0; i < mfg::rows(points); ++i) {
            const Real t = points(i, d), deviation = solution_->deviation(t), factor = solution_->mean_factor(t);
            for (mfg::Index k = 0; k < d; ++k)
                points(i, k) =
                    deviation * points(i, k) + (k < mfg::length(s_.initial_mean) ? factor * s_.initial_mean[k] : 0);
        }
        return points;
    }

    static mfg::LinearQuadraticSolution::Settings solution_settings(const Settings& s)
    {
        mfg::Vector mean = mfg::make_vector(s.dimension);
        if (s.initial_mean.size() > mean.size())
            throw mfg::Error("problem 'linear_quadratic': initial_mean has more coordinates than the space");
        std::copy(s.initial_mean.begin(), s.initial_mean.end(), mean.begin());
        return {s.beta, s.gamma, s.viscosity, s.horizon, mean, s.initial_deviation * s.initial_deviation};
    }
    static mfg::Gaussian initial_law(const Settings& s, Real deviation)
    {
        return mfg::Gaussian::isotropic(s.dimension, s.initial_mean, deviation * deviation);
    }

    Settings s_;
    Real curvature_;   // alpha
    Real stationary_;  // deviation of the stationary law
    std::optional<mfg::LinearQuadraticSolution> solution_;
    mfg::Gaussian initial_;
};

}  // namespace

MFG_PLUGIN(LinearQuadratic, "linear_quadratic",
           "quadratic costs, noise and logarithmic congestion in R^d, exact solution");
