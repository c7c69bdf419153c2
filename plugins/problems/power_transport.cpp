/// power_transport: transport of one Gaussian to another of the same covariance, where agents pay a power of their
/// speed; soft target, exact solution.
///
/// $$ \min_v\; \int_0^1\!\!\int \tfrac1p |v|^p \rho \,dx\,dt + a_3\, \mathrm{KL}(\rho(1)\,\|\,N(\mu_1, s^2)), \qquad
///    \rho(0) = N(\mu_0, s^2) $$
///
/// The Hamiltonian is $|\nabla\phi|^q/q$ with $1/p + 1/q = 1$. All agents move by the same vector $\delta$,
///
/// $$ \delta\,|\delta|^{p-2} = \frac{a_3}{s^2}(\mu_1 - \mu_0 - \delta) =: c, \qquad
///    \phi = -c\cdot x - (1-t)\,\tfrac1q|c|^q + a_3 \Big( 1 + \frac{|\mu_1|^2 - |\mu_0+\delta|^2}{2 s^2} \Big) $$
///
/// The means are (start, 0, ..., 0) and (end, 0, ..., 0). With p > 2 the second derivatives of the Hamiltonian are
/// infinite where nobody moves: $|\nabla\phi|^2$ is taken $10^{-16}$ larger. Costs other than squares measure other
/// distances: the optimum is $\min_\delta |\delta|^p/p + a_3|\mu_1-\mu_0-\delta|^2/(2s^2)$.
///
/// A network with a linear term, such as resnet, contains the solution.
///
///     mfg solve --problem power_transport --problem.power 1.5
///
/// W. Gangbo, R. J. McCann, "The geometry of optimal transportation", Acta Math. 177 (1996) 113.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <algorithm>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class PowerTransport final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real power = 3, start = -1, end = 1, covariance = 0.3, terminal_weight = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("power", s.power, "power p of the speed", mfg::between(1.1, 10));
        o("start", s.start, "first coordinate of the initial mean; the others are 0");
        o("end", s.end, "first coordinate of the mean of the target; the others are 0");
        o("covariance", s.covariance, "variance s^2 of every coordinate of both laws", mfg::positive);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
    }

    explicit PowerTransport(const Settings& s)
        : s_(s),
          conjugate_(s.power / (s.power - 1)),
          initial_(at(s.start)),
          target_(at(s.end)),
          shift_(optimal_shift(s)),
          push_(s.terminal_weight / s.covariance * (s.end - s.start - shift_))
    {
    }

    int dimension() const override { return s_.dimension; }
    mfg::Window window() const override
    {
        const Real width = 4 * std::sqrt(s_.covariance);
        return {std::min(s_.start, s_.end) - width, std::max(s_.start, s_.end) + width, -width, width};
    }
    mfg::CostWeights weights() const override { return {1, 1, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }
    Jet hamiltonian(const State&, const Jet& p) const override
    {
        return pow(norm_squared(p) + tiny, conjugate_ / 2) / conjugate_;
    }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        const Real miss = s_.end - s_.start - shift_, a3 = s_.terminal_weight;
        mfg::Reference exact;
        exact.value = [this](const State& s) { return value(s); };
        exact.log_density = [this](const State& s) { return moved(s.x, -1.0 * (shift_ * s.t)); };
        exact.terms = {{"transport", std::pow(std::abs(shift_), s_.power) / s_.power},
                       {"terminal", a3 * miss * miss / (2 * s_.covariance)}};
        exact.source = "closed form";
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            mfg::Matrix points = mfg::with_uniform_times(initial_.sample(stream, count), stream, 1);
            for (int i = 0; i < count; ++i) points(i, 0) += shift_ * points(i, s_.dimension);
            return points;
        };
        return exact;
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "lagrangian"},       {"network", "resnet"},
                {"integrator", "rk4"},          {"optimizer", "bfgs"},
                {"method.time_steps", "4"},     {"training.samples", "512"},
                {"training.iterations", "200"}, {"training.validation_samples", "1024"}};
    }

private:
    static constexpr Real tiny = 1e-16;

    /// The first coordinate of delta: between 0 and the whole way, by bisection of a function that grows.
    static Real optimal_shift(const Settings& s)
    {
        const Real way = std::abs(s.end - s.start), stiffness = s.terminal_weight / s.covariance;
        Real low = 0, high = way;
        for (int k = 0; k < 200; ++k) {
            const Real middle = (low + high) / 2;
            (std::pow(middle, s.power - 1) < stiffness * (way - middle) ? low : high) = middle;
        }
        return std::copysign((low + high) / 2, s.end - s.start);
    }

    mfg::Gaussian at(Real mean) const
    {
        mfg::Vector centre = mfg::make_vector(s_.dimension);
        centre(0) = mean;
        return {centre, mfg::make_vector(s_.dimension, s_.covariance)};
    }
    /// log m0 at x, its first coordinate moved by `by`.
    Jet moved(const Jet& x, const Jet& by) const
    {
        const Jet first = x[0] + by;
        return initial_.log_density(s_.dimension == 1 ? first : vconcat(first, x.features(1, s_.dimension - 1)));
    }
    Jet value(const State& s) const
    {
        const Real end = s_.start + shift_;
        const Real level = s_.terminal_weight * (1 + (s_.end * s_.end - end * end) / (2 * s_.covariance));
        return -push_ * s.x[0] - std::pow(std::abs(push_), conjugate_) / conjugate_ * (1 - s.t) + level;
    }

    Settings s_;
    Real conjugate_;
    mfg::Gaussian initial_, target_;
    Real shift_, push_;
};

}  // namespace

MFG_PLUGIN(PowerTransport, "power_transport",
           "transport of a Gaussian with a power of the speed as cost, exact solution");
