/// swarm: agents in three or more dimensions fly through a corridor with obstacles and keep their distance.
///
/// $$ \min_v\; \int_0^T\!\!\int \Big( \tfrac{a_1}2 |v|^2 + a_2 \big[ Q(x) + \lambda_E \log\rho +
///    \tfrac12 (k * \rho)(x) \big] \Big) \rho \,dx\,dt + a_3\, \mathrm{KL}(\rho(T)\,\|\,\rho_1) $$
///
/// with rho0 = N((0, -4, 0, ...), covariance I) at one end of a corridor along the second coordinate and rho1 = N((0,
/// 4, 0, ...), covariance I) at the other. Between them, Q has a pillar (unbounded in the third coordinate) next to the
/// middle of the way, a ball behind it, a beam across the corridor that agents must pass above or below, and the two
/// walls. The kernel k(x,y) = weight exp(-|x - y|^2 / (2 width^2)) over the first three coordinates keeps agents apart.
/// No exact solution is known; a finer time step and the Hamilton-Jacobi violation show how good an answer is.
///
///     mfg solve swarm_3d
///
/// `--problem.obstacles FILE` replaces the obstacles with bumps and boxes from a JSON file (docs/files.md).
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/obstacles.hpp"

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class Swarm final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 3;
        Real covariance = 0.3, horizon = 1;
        Real transport_weight = 1, running_weight = 1, terminal_weight = 5;
        Real entropy_weight = 0.01, interaction_weight = 2, interaction_width = 0.5;
        std::string obstacles;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(3, 10000));
        o("covariance", s.covariance, "covariance of start and target, times the identity", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("running_weight", s.running_weight, "weight a2 of the running cost", mfg::nonnegative);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
        o("entropy_weight", s.entropy_weight, "weight of the entropy log rho", mfg::nonnegative);
        o("interaction_weight", s.interaction_weight,
          "height of the interaction kernel; if negative, agents attract each other");
        o("interaction_width", s.interaction_width, "width of the interaction kernel", mfg::positive);
        o.file("obstacles", s.obstacles, "JSON file of bumps and boxes that replace the default obstacles");
    }

    explicit Swarm(const Settings& s)
        : s_(s),
          initial_(mfg::Gaussian::isotropic(s.dimension, {0, -4}, s.covariance)),
          target_(mfg::Gaussian::isotropic(s.dimension, {0, 4}, s.covariance))
    {
        if (!s.obstacles.empty()) {
            obstacles_ = mfg::Obstacles::read(s.obstacles, s.dimension);
            return;
        }
        const Real height = 10, edge = 0.4;
        obstacles_.add_bump(height, {0.7, -1.5}, {0.5, 0.5});
        obstacles_.add_bump(height, {-0.8, 0, 0.3}, {0.5, 0.5, 0.5});
        obstacles_.add_box(height, {-6, 1.2, -0.4}, {6, 1.8, 0.4}, edge);
        obstacles_.add_box(height, {-6, -8}, {-2.5, 8}, edge);
        obstacles_.add_box(height, {2.5, -8}, {6, 8}, edge);
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    mfg::Window window() const override { return {-3.5, 3.5, -6, 6}; }

    mfg::CostWeights weights() const override { return {s_.transport_weight, s_.running_weight, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }
    Jet running_cost(const State& s) const override { return obstacles_.cost(s.x) + s_.entropy_weight * s.log_density; }
    std::optional<mfg::Interaction> interaction() const override
    {
        const Real weight = s_.interaction_weight, width = s_.interaction_width;
        if (weight == 0) return {};
        return mfg::Interaction::of_pairs(
            [=](const Jet& squared) { return weight * exp(-1 / (2 * width * width) * squared); }, 3);
    }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    mfg::Defaults defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"network.width", "24"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "4"},
                {"method.interaction_samples", "128"},
                {"method.hjb_weight", "5"},
                {"method.hjb_terminal_weight", "1"},
                {"training.samples", "1024,2048"},
                {"training.iterations", "300,100"},
                {"training.validation_samples", "1024"},
                {"training.validate_every", "5"}};
    }

private:
    Settings s_;
    mfg::Gaussian initial_, target_;
    mfg::Obstacles obstacles_;
};

}  // namespace

MFG_PLUGIN(Swarm, "swarm", "agents fly through a corridor with obstacles and keep their distance, 3-D or more");
