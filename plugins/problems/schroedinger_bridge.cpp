/// schroedinger_bridge: agents with noise move from one Gaussian to another at least cost, soft target, exact solution.
///
/// $$ \min_v\; a_1 E \int_0^T \tfrac12 |v|^2 \,dt + a_3\, \mathrm{KL}(m(T)\,\|\,N(\mu_1, V_1)), \qquad
///    dX = v\,dt + \sqrt{2\nu}\,dW, \quad X(0) \sim N(\mu_0, V_0) $$
///
/// For large a3 this is Schroedinger's problem: which path do particles take that diffuse, and are found at the second
/// law in the end? Without noise it is the problem `gaussian_transport`. The population stays Gaussian, its mean moves
/// in a straight line, and phi is quadratic in x; the coefficients are closed forms (docs/equations.md,
/// "schroedinger_bridge").
///
/// The means are (start, 0, ..., 0) and (end, 0, ..., 0); the variances of the target alternate between two values.
///
///     mfg solve schroedinger_bridge_2d
///
/// Y. Chen, T. T. Georgiou, M. Pavon, On the relation between optimal transport and Schroedinger bridges, J. Optim.
/// Theory Appl. 169 (2016) 671; soft targets: J.-D. Benamou, G. Carlier, S. Di Marino, L. Nenna, An entropy
/// minimization approach to second-order variational mean-field games, Math. Models Methods Appl. Sci. 29 (2019) 1553.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/gaussian_bridge.hpp"

#include <algorithm>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;
using mfg::Vector;

class SchroedingerBridge final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real start = 1, end = -1, covariance = 0.3;
        std::vector<Real> target_covariance{0.2, 0.6};
        Real viscosity = 0.2, transport_weight = 1, terminal_weight = 5, horizon = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("start", s.start, "first coordinate of the initial mean mu0; the others are 0");
        o("end", s.end, "first coordinate of the mean mu1 of the target; the others are 0");
        o("covariance", s.covariance, "initial variance V0 of every coordinate", mfg::positive);
        o("target_covariance", s.target_covariance, "variances V1 of the target, repeated over the coordinates",
          mfg::positive);
        o("viscosity", s.viscosity, "viscosity nu", mfg::nonnegative);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit SchroedingerBridge(const Settings& s) : SchroedingerBridge(s, laws(s)) {}

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    mfg::Window window() const override
    {
        const Real widest = *std::max_element(s_.target_covariance.begin(), s_.target_covariance.end());
        const Real width = 3 * std::sqrt(std::max(s_.covariance, widest));
        return {std::min(s_.start, s_.end) - width, std::max(s_.start, s_.end) + width, -width, width};
    }

    mfg::CostWeights weights() const override { return {s_.transport_weight, 1, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x, s.t); };
        exact.log_density = [this](const State& s) { return exact_.log_density(s.x, s.t); };
        exact.terms = exact_.terms();
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            return exact_.population(stream, count);
        };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        // The density network is added to the Gaussian of the simulated population, which moves far in the first steps.
        return {{"method", "galerkin"},
                {"method.standardise", "yes"},
                {"method.density_base", "gaussian"},
                {"method.refresh_every", "1"},
                {"method.frame_step", "0.3"},
                {"network", "mlp"},
                {"network.width", "20"},
                {"network.layers", "2"},
                {"optimizer", "gauss_newton"},
                {"gauss_newton.damping", "1e-3"},
                {"gauss_newton.damping_rule", "levenberg_marquardt"},
                {"training.samples", "400"},
                {"training.iterations", "60"},
                {"training.resample_every", "1"},
                {"training.validate_every", "5"}};
    }

private:
    SchroedingerBridge(const Settings& s, const mfg::GaussianBridge::Settings& laws)
        : s_(s), exact_(laws), initial_(laws.start, laws.start_variance), target_(laws.end, laws.end_variance)
    {
    }

    static mfg::GaussianBridge::Settings laws(const Settings& s)
    {
        const Vector zero = mfg::make_vector(s.dimension);
        mfg::GaussianBridge::Settings laws{
            s.transport_weight, s.terminal_weight, s.viscosity, s.horizon, zero, zero, zero + s.covariance, zero};
        laws.start(0) = s.start;
        laws.end(0) = s.end;
        for (std::size_t i = 0; i < zero.size(); ++i)
            laws.end_variance(i) = s.target_covariance[i % s.target_covariance.size()];
        return laws;
    }

    Settings s_;
    mfg::GaussianBridge exact_;
    mfg::Gaussian initial_, target_;
};

}  // namespace

MFG_PLUGIN(SchroedingerBridge, "schroedinger_bridge",
           "one Gaussian to another with noise, soft target, exact solution, any dimension");
