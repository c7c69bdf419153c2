/// optimal_transport: dynamic optimal transport of Gaussians on a circle to one Gaussian in the middle, soft target.
///
/// $$ \min_v\; a_1 \int_0^1\!\!\int \tfrac12 |v|^2 \rho \,dx\,dt + a_3\, \mathrm{KL}(\rho(1)\,\|\,\rho_1), \qquad
///    \partial_t \rho + \nabla\!\cdot(\rho v) = 0 $$
///
/// rho0 has `centres` equal components N(radius (cos 2 pi k/n, sin 2 pi k/n, 0, ...), covariance I), and rho1 = N(0,
/// target_covariance I). From the third coordinate on, agents are at their target already, so the optimal value does
/// not depend on the dimension. For the published instance (8 components, radius 4, covariance 0.3, a1 = 2, a3 = 5) it
/// is 10.684 = transport 10.057 + terminal 0.627 (Sinkhorn, extrapolated to zero regularisation, +- 0.005).
///
///     mfg solve --problem optimal_transport --problem.dimension 10
///
/// Ruthotto, Osher, Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183, section 4.
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cmath>
#include <iterator>
#include <memory>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class OptimalTransport final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2, centres = 8;
        Real radius = 4, covariance = 0.3, target_covariance = 0.3;
        Real transport_weight = 2, terminal_weight = 5, horizon = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(2, 10000));
        o("centres", s.centres, "number of components of the initial density", mfg::between(1, 1000));
        o("radius", s.radius, "radius of the circle of their centres", mfg::nonnegative);
        o("covariance", s.covariance, "covariance of each component, times the identity", mfg::positive);
        o("target_covariance", s.target_covariance, "covariance of the target, times the identity", mfg::positive);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit OptimalTransport(const Settings& s)
        : s_(s), initial_(initial(s)), target_(mfg::Gaussian::isotropic(s.dimension, {}, s.target_covariance))
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    mfg::Window window() const override
    {
        const Real reach = s_.radius + 3 * std::sqrt(std::max(s_.covariance, s_.target_covariance));
        return {-reach, reach, -reach, reach};
    }

    mfg::CostWeights weights() const override { return {s_.transport_weight, 1, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        if (!published()) return {};
        return mfg::Reference{{}, {}, {{"transport", 10.057}, {"terminal", 0.627}}, "Sinkhorn, extrapolated, +- 0.005"};
    }

    /// Those of the published pictures.
    mfg::Matrix shown_starts() const override
    {
        constexpr Real starts[][2] = {{4.702, -0.122},  {5.367, -0.806},  {3.665, 1.607},   {2.923, 2.062},
                                      {0.591, 4.366},   {-0.057, 4.453},  {-2.992, 4.048},  {-2.673, 3.173},
                                      {-4.142, -0.446}, {-5.036, -0.083}, {-2.820, -2.553}, {-2.767, -2.529},
                                      {-0.521, -4.637}, {0.830, -3.370},  {2.385, -3.640},  {2.623, -2.863}};
        if (!published()) return mfg::make_matrix(0, 0);
        mfg::Matrix points = mfg::make_matrix(std::size(starts), s_.dimension);
        for (std::size_t i = 0; i < std::size(starts); ++i)
            for (std::size_t k = 0; k < 2; ++k) points(i, k) = starts[i][k];
        return points;
    }

    /// The published sizes; between them, those of the next larger dimension.
    mfg::Defaults defaults() const override
    {
        const char* samples = s_.dimension <= 2    ? "1024,2304"
                              : s_.dimension <= 10 ? "4096,6400"
                              : s_.dimension <= 50 ? "12544,16384"
                                                   : "25600,36864";
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "2"},
                {"method.hjb_weight", "3"},
                {"method.hjb_terminal_weight", "3"},
                {"training.samples", samples},
                {"training.iterations", "500,500"},
                {"training.validation_samples", s_.dimension <= 2 ? "1024" : "4096"}};
    }

private:
    /// Whether this is the published instance, in any dimension.
    bool published() const
    {
        const Settings p;
        return s_.centres == p.centres && s_.radius == p.radius && s_.covariance == p.covariance &&
               s_.target_covariance == p.target_covariance && s_.transport_weight == p.transport_weight &&
               s_.terminal_weight == p.terminal_weight && s_.horizon == p.horizon;
    }

    static mfg::GaussianMixture initial(const Settings& s)
    {
        std::vector<mfg::Gaussian> components;
        for (int k = 0; k < s.centres; ++k) {
            const Real angle = mfg::two_pi * k / s.centres;
            components.push_back(mfg::Gaussian::isotropic(
                s.dimension, {s.radius * std::cos(angle), s.radius * std::sin(angle)}, s.covariance));
        }
        return {components, std::vector<Real>(components.size(), 1)};
    }

    Settings s_;
    mfg::GaussianMixture initial_;
    mfg::Gaussian target_;
};

}  // namespace

MFG_PLUGIN(OptimalTransport, "optimal_transport", "Gaussians on a circle to one Gaussian, soft target, any dimension");
