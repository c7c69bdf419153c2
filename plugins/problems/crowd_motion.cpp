/// crowd_motion: a crowd walks around an obstacle to a target, in any dimension.
///
/// $$ \min_v\; \int_0^T\!\!\int \Big( \tfrac{a_1}2 |v|^2 + a_2\, c(x, \rho) \Big) \rho \,dx\,dt +
///    a_3\, \mathrm{KL}(\rho(T)\,\|\,\rho_1), \qquad
///    c = \lambda_P Q(x) + \lambda_E \log\rho + \lambda_C\, \rho^p + \tfrac12 (k * \rho)(x) $$
///
/// with rho0 = N((0, distance, 0, ...), covariance I) and rho1 = N((0, -distance, 0, ...), covariance I). The cost of
/// an agent has four parts, each with its weight:
///
/// * preference Q: avoid obstacles;
/// * entropy log rho: spread out;
/// * congestion rho^p: avoid high densities (weight 0 by default);
/// * interaction: the mean over the population of a Gaussian kernel k(x,y) = weight exp(-|x - y|^2 / (2 width^2)) in
///   the plane of the first two coordinates; agents keep a distance if the weight is positive (0 by default).
///
/// Q = 50 N(x_{1:2}; 0, diag(1, 0.5)) is a bump between start and target; `--problem.obstacles FILE` replaces it with
/// bumps and boxes from a JSON file (docs/files.md). In 2-D the optimal total is 19.69. Each further coordinate adds
/// its entropy, -0.0082, to the running cost and changes nothing else.
///
///     mfg solve --problem crowd_motion --problem.dimension 10
///
/// Ruthotto, Osher, Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183, section 4.
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/obstacles.hpp"

#include <algorithm>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class CrowdMotion final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real distance = 3, covariance = 0.3;
        Real transport_weight = 1, running_weight = 1, terminal_weight = 5, horizon = 1;
        Real preference_weight = 1, entropy_weight = 0.01;
        Real congestion_weight = 0, congestion_power = 1;
        Real interaction_weight = 0, interaction_width = 0.5;
        std::string obstacles;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(2, 10000));
        o("distance", s.distance, "second coordinate of the initial mean; the target has the opposite sign");
        o("covariance", s.covariance, "covariance of start and target, times the identity", mfg::positive);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("running_weight", s.running_weight, "weight a2 of the running cost", mfg::nonnegative);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("preference_weight", s.preference_weight, "weight of the preference Q, the cost of obstacles",
          mfg::nonnegative);
        o("entropy_weight", s.entropy_weight, "weight of the entropy log rho", mfg::nonnegative);
        o("congestion_weight", s.congestion_weight, "weight of the congestion rho^p", mfg::nonnegative);
        o("congestion_power", s.congestion_power, "power p of the density in the congestion", mfg::positive);
        o("interaction_weight", s.interaction_weight,
          "height of the interaction kernel; if negative, agents attract each other");
        o("interaction_width", s.interaction_width, "width of the interaction kernel", mfg::positive);
        o.file("obstacles", s.obstacles, "JSON file of bumps and boxes that replace the default obstacle");
    }

    explicit CrowdMotion(const Settings& s)
        : s_(s),
          initial_(mfg::Gaussian::isotropic(s.dimension, {0, s.distance}, s.covariance)),
          target_(mfg::Gaussian::isotropic(s.dimension, {0, -s.distance}, s.covariance))
    {
        constexpr Real mass = 50;
        const Real deviation = std::sqrt(Real(0.5));
        if (s.obstacles.empty())
            obstacles_.add_bump(mass / (mfg::two_pi * deviation), {0, 0}, {1, deviation});
        else
            obstacles_ = mfg::Obstacles::read(s.obstacles, s.dimension);
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    mfg::Window window() const override
    {
        const Real width = 4.6 * std::sqrt(s_.covariance), wide = std::max(Real(3.5), width),
                   long_side = std::abs(s_.distance) + width;
        return {-wide, wide, -long_side, long_side};
    }

    mfg::CostWeights weights() const override { return {s_.transport_weight, s_.running_weight, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }

    Jet running_cost(const State& s) const override
    {
        Jet cost = s_.preference_weight * obstacles_.cost(s.x);
        if (s_.entropy_weight > 0) cost = cost + s_.entropy_weight * s.log_density;
        if (s_.congestion_weight > 0) cost = cost + s_.congestion_weight * exp(s_.congestion_power * s.log_density);
        return cost;
    }
    std::optional<mfg::Interaction> interaction() const override
    {
        const Real weight = s_.interaction_weight, width = s_.interaction_width;
        if (weight == 0) return {};
        return mfg::Interaction::of_pairs(
            [=](const Jet& squared) { return weight * exp(-1 / (2 * width * width) * squared); }, 2);
    }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    /// The published characteristics: five and their mirror images, so that the symmetry of the paths shows.
    mfg::Matrix shown_starts() const override
    {
        const Settings published;
        if (s_.distance != published.distance || s_.covariance != published.covariance) return mfg::make_matrix(0, 0);
        constexpr Real starts[][2] = {
            {0.622, 4.041}, {-0.211, 3.356}, {-0.371, 2.641}, {-0.903, 3.391}, {0.379, 2.385}};
        mfg::Matrix points = mfg::make_matrix(10, s_.dimension);
        for (int i = 0; i < 10; ++i) {
            points(i, 0) = starts[i / 2][0] * (i % 2 == 0 ? 1 : -1);
            points(i, 1) = starts[i / 2][1];
        }
        return points;
    }

    /// The published sizes; between them, those of the next larger dimension.
    mfg::Defaults defaults() const override
    {
        const char* samples = s_.dimension <= 2    ? "1024,2304"
                              : s_.dimension <= 10 ? "4096,6400"
                              : s_.dimension <= 50 ? "6400,9216"
                                                   : "8464,12544";
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "4"},
                {"method.hjb_weight", "20"},
                {"method.hjb_terminal_weight", "1"},
                {"training.samples", samples},
                {"training.iterations", "1000,250"},
                {"training.validation_samples", s_.dimension <= 2 ? "1024" : "4096"}};
    }

private:
    Settings s_;
    mfg::Gaussian initial_, target_;
    mfg::Obstacles obstacles_;
};

}  // namespace

MFG_PLUGIN(CrowdMotion, "crowd_motion",
           "a crowd walks around an obstacle: preference, entropy, congestion, interaction");
