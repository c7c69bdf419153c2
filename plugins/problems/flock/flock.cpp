/// flock: agents with a position and a velocity, who steer their acceleration, keep to the mean velocity, and aim at a
/// place; exact solution, any dimension.
///
/// $$ dx = v\,dt, \qquad dv = u\,dt + \sqrt{2\nu}\,dW, \qquad
///    \min_u\; E\Big[\int_0^T \tfrac12 |u|^2 + \tfrac\kappa2 |v - \bar v(t)|^2\,dt + \tfrac\gamma2 |x(T) - x^*|^2\Big]
///    $$
///
/// A state has 2 d coordinates, the positions first. Control and noise act on the velocities alone: the Hamiltonian is
/// $H = |p_v|^2/2 - v\cdot p_x$, with $\nu = 0$ in the positions. The value function is quadratic, with coefficients
/// from a Riccati equation (`exact_solution.hpp`), and the population Gaussian. Costs see the population's mean alone,
/// so that no density is needed.
///
///     mfg solve --problem flock
///
/// M. Nourian, P. E. Caines, R. P. Malhame, "Mean field analysis of controlled Cucker-Smale type flocking", Proc. 18th
/// IFAC World Congress (2011) 4471.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "exact_solution.hpp"

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Matrix;
using mfg::Real;
using mfg::State;
using mfg::Vector;

class Flock final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real alignment = 1, aim_weight = 2, aim = 1, viscosity = 0.1, horizon = 1;
        Real initial_velocity = 0, position_deviation = 0.5, velocity_deviation = 0.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of positions, and of velocities", mfg::between(1, 1000));
        o("alignment", s.alignment, "weight kappa of the distance from the mean velocity", mfg::nonnegative);
        o("aim_weight", s.aim_weight, "weight gamma of the distance from the aim at the end", mfg::nonnegative);
        o("aim", s.aim, "each coordinate of the aim x*; the agents start around 0");
        o("viscosity", s.viscosity, "noise nu of the velocities", mfg::nonnegative);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("initial_velocity", s.initial_velocity, "each coordinate of the mean velocity at the start");
        o("position_deviation", s.position_deviation, "standard deviation of positions at the start", mfg::positive);
        o("velocity_deviation", s.velocity_deviation, "standard deviation of velocities at the start", mfg::positive);
    }

    explicit Flock(const Settings& s)
        : s_(s),
          initial_(both(0, s.initial_velocity),
                   both(s.position_deviation * s.position_deviation, s.velocity_deviation * s.velocity_deviation)),
          exact_({s.dimension, s.alignment, s.aim_weight, s.aim, s.viscosity, s.horizon, s.initial_velocity,
                  s.position_deviation * s.position_deviation, s.velocity_deviation * s.velocity_deviation})
    {
    }

    int dimension() const override { return 2 * s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    Vector viscosities() const override { return both(0, s_.viscosity); }
    mfg::Window window() const override
    {
        const Real low = std::min<Real>(0, s_.aim) - 3 * s_.position_deviation,
                   high = std::max<Real>(0, s_.aim) + 3 * s_.position_deviation;
        return {low, high, low, high};
    }

    const mfg::Density& initial_density() const override { return initial_; }
    Jet hamiltonian(const State& s, const Jet& p) const override
    {
        return 0.5 * norm_squared(velocity(p)) - dot(velocity(s.x), position(p));
    }
    std::optional<mfg::Interaction> interaction() const override
    {
        return mfg::Interaction::with_mean(
            [this](const Jet& offset) { return s_.alignment / 2 * norm_squared(velocity(offset)); });
    }
    Jet terminal_cost(const State& s) const override
    {
        return s_.aim_weight / 2 * norm_squared(position(s.x) - s_.aim);
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x, s.t); };
        exact.log_density = [this](const State& s) { return exact_.log_density(s.x, s.t); };
        exact.mean = [this](Real t) { return both(exact_.mean_position(t), exact_.mean_velocity(t)); };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return population(stream, count); };
        exact.source = "Riccati equation";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},           {"method.density", "none"},     {"network", "mlp"},
                {"optimizer", "gauss_newton"},    {"network.width", "32"},        {"network.layers", "2"},
                {"training.samples", "500"},      {"training.iterations", "200"}, {"training.resample_every", "1"},
                {"training.validate_every", "10"}};
    }

private:
    Jet position(const Jet& z) const { return z.features(0, s_.dimension); }
    Jet velocity(const Jet& z) const { return z.features(s_.dimension, s_.dimension); }
    /// A number for each position, another one for each velocity.
    Vector both(Real of_position, Real of_velocity) const
    {
        Vector all = mfg::make_vector(2 * s_.dimension, of_position);
        for (int k = s_.dimension; k < 2 * s_.dimension; ++k) all(k) = of_velocity;
        return all;
    }

    Matrix population(const mfg::RandomStream& stream, int count) const
    {
        const int d = s_.dimension;
        Matrix points = mfg::make_matrix(count, 2 * d + 1);
        for (int i = 0; i < count; ++i) {
            Real* row = &points(i, 0);
            stream.part("times").uniform(i, 1, row + 2 * d);
            const Real t = row[2 * d] *= s_.horizon;
            stream.part("agents").normal(i, 2 * d, row);
            const auto [xx, vv, xv] = exact_.covariance(t);
            const Real along = xv / std::sqrt(xx), rest = std::sqrt(vv - along * along);
            for (int k = 0; k < d; ++k) {
                row[d + k] = exact_.mean_velocity(t) + along * row[k] + rest * row[d + k];
                row[k] = exact_.mean_position(t) + std::sqrt(xx) * row[k];
            }
        }
        return points;
    }

    Settings s_;
    mfg::Gaussian initial_;
    mfg::FlockSolution exact_;
};

}  // namespace

MFG_PLUGIN(Flock, "flock", "positions and velocities, with control and noise in the velocities alone, exact solution");
