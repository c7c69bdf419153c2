/// obstacle_swarm: a crowd turns between two obstacles and spreads, because crowding is costly.
///
/// $$ \min_v\; \int_0^T\!\!\int \Big( \tfrac{a_1}2 |v|^2 + a_2 \big[ Q(x_1,x_2) + \tfrac12 (k * \rho)(x) \big] \Big)
///    \rho \,dx\,dt + a_3 \int \sqrt{|(x_1,x_2) - (2,2)|^2 + \epsilon^2}\, \rho(T)\,dx $$
///
/// with rho0 = N((-2, -2, 0, ...), covariance I). The target is (2,2). Q consists of two walls on the way, one from
/// either side, each a row of bumps across the diagonal; the crowd has to turn between them. The kernel k(x,y) = weight
/// / (1 + |x - y|^2 / width^2) in the plane of the first two coordinates makes crowding costly: agents pay its mean
/// over the population. Costs do not depend on the other coordinates, in which the optimal agents do not move. The
/// optimal cost is therefore the same in every dimension. No exact solution is known; compare with finer time steps and
/// other dimensions.
///
///     mfg solve --problem obstacle_swarm --problem.dimension 50
///
/// `viscosity` adds noise, for methods that solve such games. `--problem.obstacles FILE` replaces the obstacles with
/// bumps and boxes from a JSON file (docs/files.md).
///
/// After A. T. Lin, S. Wu Fung, W. Li, L. Nurbekyan, S. J. Osher, PNAS 118 (2021) e2024713118, section 4, with other
/// constants.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/obstacles.hpp"

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class ObstacleSwarm final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real covariance = 0.1, horizon = 2, viscosity = 0;
        Real transport_weight = 1, running_weight = 1, terminal_weight = 10, terminal_smoothing = 1;
        Real interaction_weight = 12, interaction_width = 0.5;
        std::string obstacles;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(2, 10000));
        o("covariance", s.covariance, "covariance of the initial law, times the identity", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("viscosity", s.viscosity, "viscosity nu; 0: no noise", mfg::nonnegative);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("running_weight", s.running_weight, "weight a2 of the running cost", mfg::nonnegative);
        o("terminal_weight", s.terminal_weight, "weight a3 of the distance from the target", mfg::positive);
        o("terminal_smoothing", s.terminal_smoothing, "length epsilon below which the distance is smoothed",
          mfg::positive);
        o("interaction_weight", s.interaction_weight,
          "height of the interaction kernel; if negative, agents attract each other");
        o("interaction_width", s.interaction_width, "width of the interaction kernel", mfg::positive);
        o.file("obstacles", s.obstacles, "JSON file of bumps and boxes that replace the default obstacles");
    }

    explicit ObstacleSwarm(const Settings& s)
        : s_(s), initial_(mfg::Gaussian::isotropic(s.dimension, {-2, -2}, s.covariance))
    {
        if (!s.obstacles.empty()) {
            obstacles_ = mfg::Obstacles::read(s.obstacles, s.dimension);
            return;
        }
        // Rows along (1,-1) that begin beside the diagonal.
        const Real height = 30, deviation = 0.3, apart = 0.5;
        for (int i = 0; i < 4; ++i) {
            const Real start = Real(0.7), along = Real(0.25) + apart * i;
            obstacles_.add_bump(height, {-start - along, -start + along}, {deviation, deviation});
            obstacles_.add_bump(height, {start + along, start - along}, {deviation, deviation});
        }
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    mfg::Window window() const override { return {-3.5, 3.5, -3.5, 3.5}; }

    mfg::CostWeights weights() const override { return {s_.transport_weight, s_.running_weight, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet running_cost(const State& s) const override { return obstacles_.cost(s.x); }
    std::optional<mfg::Interaction> interaction() const override
    {
        const Real weight = s_.interaction_weight, width = s_.interaction_width;
        if (weight == 0) return {};
        return mfg::Interaction::of_pairs(
            [=](const Jet& squared) { return weight / (1 + 1 / (width * width) * squared); }, 2);
    }
    Jet terminal_cost(const State& s) const override
    {
        const Real e = s_.terminal_smoothing;
        return sqrt(square(s.x[0] - 2) + square(s.x[1] - 2) + e * e);
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"network.width", "24"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "8"},
                {"method.interaction_samples", "128"},
                {"method.hjb_weight", "1"},
                {"method.hjb_terminal_weight", "1"},
                {"training.samples", "512"},
                {"training.iterations", "300"},
                {"training.validation_samples", "1024"},
                {"training.validate_every", "10"}};
    }

private:
    Settings s_;
    mfg::Gaussian initial_;
    mfg::Obstacles obstacles_;
};

}  // namespace

MFG_PLUGIN(ObstacleSwarm, "obstacle_swarm", "a crowd turns between two obstacles and spreads, any dimension");
