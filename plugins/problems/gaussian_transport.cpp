/// gaussian_transport: dynamic optimal transport of one Gaussian to another, soft target, with exact solution.
///
/// $$ \min_v\; a_1 \int_0^T\!\!\int \tfrac12 |v|^2 \rho \,dx\,dt + a_3\, \mathrm{KL}(\rho(T)\,\|\,N(\mu_1, s_1^2)),
///    \qquad \rho(0) = N(\mu_0, s_0^2) $$
///
/// The coordinates are independent. With k = a1/T the final law is N(mu, s^2),
///
/// $$ \mu = \frac{k s_1^2 \mu_0 + a_3 \mu_1}{k s_1^2 + a_3}, \qquad
///    s = \frac{k s_0 + \sqrt{k^2 s_0^2 + 4 a_3 (k + a_3/s_1^2)}}{2 (k + a_3/s_1^2)} $$
///
/// Mean and standard deviation are linear in time, v = (mu - mu0)/T + (s - s0)(x - mu_t)/(T s_t), and
///
/// $$ \phi = a_3 + \sum \Big\{ a_3 \Big[\ln\frac{s_1}{s} + \frac{(\mu-\mu_1)^2}{2 s_1^2}\Big] +
///    \frac{a_1 (\mu-\mu_0)^2 (T-t)}{2T^2} -
///    a_1 \Big[\frac{(\mu-\mu_0)(x-\mu_t)}{T} + \frac{(s-s_0)(x-\mu_t)^2}{2 T s_t}\Big] \Big\} $$
///
/// The means are (start, 0, ..., 0) and (end, 0, ..., 0); the variances of the target alternate between two values.
///
///     mfg solve gaussian_transport_10d
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <algorithm>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;
using mfg::Vector;

class GaussianTransport final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real start = 2, end = -2, covariance = 0.6;
        std::vector<Real> target_covariance{0.3, 1.2};
        Real transport_weight = 1, terminal_weight = 5, horizon = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the space", mfg::between(1, 10000));
        o("start", s.start, "first coordinate of the initial mean; the others are 0");
        o("end", s.end, "first coordinate of the mean of the target; the others are 0");
        o("covariance", s.covariance, "initial variance s0^2 of every coordinate", mfg::positive);
        o("target_covariance", s.target_covariance, "variances s1^2 of the target, repeated over the coordinates",
          mfg::positive);
        o("transport_weight", s.transport_weight, "weight a1 of the transport cost", mfg::positive);
        o("terminal_weight", s.terminal_weight, "weight a3 of the divergence from the target", mfg::positive);
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit GaussianTransport(const Settings& s)
        : s_(s),
          target_variances_(target_variances(s)),
          initial_(mean(s, s.start), mfg::make_vector(s.dimension, s.covariance)),
          target_(mean(s, s.end), target_variances_)
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    mfg::Window window() const override
    {
        const Real width =
            3 *
            std::sqrt(std::max(s_.covariance, *std::max_element(target_variances_.begin(), target_variances_.end())));
        return {std::min(s_.start, s_.end) - width, std::max(s_.start, s_.end) + width, -width, width};
    }

    mfg::CostWeights weights() const override { return {s_.transport_weight, 1, s_.terminal_weight}; }
    const mfg::Density& initial_density() const override { return initial_; }
    const mfg::Density* target_density() const override { return &target_; }
    Jet terminal_cost(const State& s) const override { return s.log_density - target_.log_density(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        Real transport = 0, terminal = 0;
        for (int i = 0; i < s_.dimension; ++i) {
            const Coordinate c = coordinate(i);
            const Real k = s_.transport_weight / s_.horizon, shift = c.mu - c.mu0, growth = c.s - c.s0,
                       miss = c.mu - c.mu1;
            transport += k / 2 * (shift * shift + growth * growth);
            terminal +=
                s_.terminal_weight * (std::log(c.s1 / c.s) + (c.s * c.s + miss * miss) / (2 * c.s1 * c.s1) - Real(0.5));
        }
        return mfg::Reference{[this](const State& s) { return value(s); },
                              [this](const State& s) { return log_density(s); },
                              {{"transport", transport}, {"terminal", terminal}},
                              "closed form",
                              {},
                              [this](const mfg::RandomStream& stream, int count) { return population(stream, count); }};
    }

    mfg::Defaults defaults() const override
    {
        return {{"method", "lagrangian"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "bfgs"},
                {"method.time_steps", "4"},
                {"method.hjb_weight", "3"},
                {"method.hjb_terminal_weight", "3"},
                {"training.samples", "1024,2304"},
                {"training.iterations", "300,100"},
                {"training.validation_samples", "1024"}};
    }

private:
    /// One coordinate's laws: N(mu0, s0^2) at the start, N(mu, s^2) at the end, N(mu1, s1^2) aimed at.
    struct Coordinate {
        Real mu0, s0, mu, s, mu1, s1;
    };

    Coordinate coordinate(int i) const
    {
        const Real k = s_.transport_weight / s_.horizon, a3 = s_.terminal_weight;
        const Real mu0 = i == 0 ? s_.start : 0, mu1 = i == 0 ? s_.end : 0, s0 = std::sqrt(s_.covariance);
        const Real variance = target_variances_(i), stiffness = k + a3 / variance;
        return {mu0,
                s0,
                (k * variance * mu0 + a3 * mu1) / (k * variance + a3),
                (k * s0 + std::sqrt(k * k * s0 * s0 + 4 * a3 * stiffness)) / (2 * stiffness),
                mu1,
                std::sqrt(variance)};
    }

    mfg::Matrix population(const mfg::RandomStream& stream, int count) const
    {
        const mfg::Gaussian standard = mfg::Gaussian::isotropic(s_.dimension, {}, 1);
        mfg::Matrix points = mfg::with_uniform_times(standard.sample(stream, count), stream, s_.horizon);
        for (int k = 0; k < s_.dimension; ++k) {
            const Coordinate c = coordinate(k);
            for (mfg::Index i = 0; i < mfg::rows(points); ++i) {
                const Real share = points(i, points.shape(1) - 1) / s_.horizon;
                Real& x = points(i, k);
                x = c.mu0 + share * (c.mu - c.mu0) + (c.s0 + share * (c.s - c.s0)) * x;
            }
        }
        return points;
    }

    Jet value(const State& state) const
    {
        const Real a1 = s_.transport_weight, a3 = s_.terminal_weight, horizon = s_.horizon;
        const Jet &x = state.x, &t = state.t;
        Jet sum;
        for (int i = 0; i < s_.dimension; ++i) {
            const Coordinate c = coordinate(i);
            const Real shift = c.mu - c.mu0, growth = c.s - c.s0, miss = c.mu - c.mu1;
            const Jet centred = x[i] - (t * (shift / horizon) + c.mu0);
            const Jet deviation = t * (growth / horizon) + c.s0;
            const Jet part =
                (horizon - t) * (a1 * shift * shift / (2 * horizon * horizon)) -
                a1 * (centred * (shift / horizon) + square(centred) / deviation * (growth / (2 * horizon)));
            sum = sum + (part + a3 * (std::log(c.s1 / c.s) + miss * miss / (2 * c.s1 * c.s1)));
        }
        return sum + a3;
    }

    Jet log_density(const State& state) const
    {
        const Jet &x = state.x, &t = state.t;
        Jet sum;
        for (int i = 0; i < s_.dimension; ++i) {
            const Coordinate c = coordinate(i);
            const Jet deviation = t * ((c.s - c.s0) / s_.horizon) + c.s0;
            const Jet standard = (x[i] - (t * ((c.mu - c.mu0) / s_.horizon) + c.mu0)) / deviation;
            sum = sum - (Real(0.5) * square(standard) + log(deviation) + mfg::log_two_pi / 2);
        }
        return sum;
    }

    static Vector mean(const Settings& s, Real first)
    {
        Vector mu = mfg::make_vector(s.dimension);
        mu(0) = first;
        return mu;
    }
    static Vector target_variances(const Settings& s)
    {
        Vector v = mfg::make_vector(s.dimension);
        for (std::size_t i = 0; i < v.size(); ++i) v(i) = s.target_covariance[i % s.target_covariance.size()];
        return v;
    }

    Settings s_;
    Vector target_variances_;
    mfg::Gaussian initial_, target_;
};

}  // namespace

MFG_PLUGIN(GaussianTransport, "gaussian_transport",
           "one Gaussian to another, soft target, exact solution, any dimension");
