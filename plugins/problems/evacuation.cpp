/// evacuation: a crowd leaves a room of the plane through its far end, around an obstacle; no explicit solution is
/// known.
///
/// Agents in [0,2] x [0,1] start near x_1 = 0 and leave at x_1 = 2; the other three sides are walls. They pay for the
/// time, for places near an obstacle, for the crowd around them, and at the time T for their distance from the exit:
///
/// $$ c = r + h\, e^{-|x - (1, \frac12)|^2 / 2 s^2} + \alpha\, m, \qquad g = q\, (1 - x_1^2/4), \qquad e = 0, \qquad
///    m_0 = \tfrac{64}{35} \cos^8 \tfrac{\pi x_1}4 $$
///
/// Those behind wait, or go around farther out, since those in front are in their way. Judge an answer by the
/// residuals, and by the share of simulated agents who have left.
///
///     mfg solve evacuation_2d
///
/// Mean field games of pedestrians: A. Lachapelle, M.-T. Wolfram, Transp. Res. B 45 (2011) 1572.
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cmath>

namespace {

using mfg::Face;
using mfg::Jet;
using mfg::Real;
using mfg::State;

constexpr Real room_length = 2;

/// m0, whose integral in x_1 is a finite Fourier sum; samples invert it.
class Start final : public mfg::Density {
public:
    int dimension() const override { return 2; }
    Jet log_density(const Jet& x) const override { return 8 * log(cos(mfg::pi / 4 * x[0])) - std::log(Real(35) / 64); }

private:
    /// The integral of cos^8 from 0 to theta, over that from 0 to pi / 2.
    static Real share(Real theta)
    {
        return (35 * theta + 28 * std::sin(2 * theta) + 7 * std::sin(4 * theta) + Real(4) / 3 * std::sin(6 * theta) +
                std::sin(8 * theta) / 8) /
               (35 * mfg::pi / 2);
    }

    mfg::Matrix draw(const mfg::RandomStream& stream, mfg::Index count) const override
    {
        mfg::Matrix x = mfg::make_matrix(count, 2);
        for (mfg::Index i = 0; i < count; ++i) {
            stream.uniform(i, 2, &x(i, 0));
            Real low = 0, high = mfg::pi / 2;
            for (int step = 0; step < 52; ++step) {
                const Real middle = (low + high) / 2;
                (share(middle) < x(i, 0) ? low : high) = middle;
            }
            x(i, 0) = 4 / mfg::pi * low;
        }
        return x;
    }
};

class Evacuation final : public mfg::MeanFieldGame {
public:
    struct Settings {
        Real rate = 1, obstacle = 4, obstacle_width = 0.15, aversion = 0.3, rest = 3, viscosity = 0.1, horizon = 2;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("rate", s.rate, "cost r per time inside", mfg::nonnegative);
        o("obstacle", s.obstacle, "height h of the cost of the obstacle", mfg::nonnegative);
        o("obstacle_width", s.obstacle_width, "width s of the obstacle", mfg::between(0.02, 1));
        o("aversion", s.aversion, "weight alpha of the density", mfg::nonnegative);
        o("rest", s.rest, "terminal cost q far from the exit", mfg::nonnegative);
        o("viscosity", s.viscosity, "viscosity nu", mfg::between(0.001, 10));
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit Evacuation(const Settings& s) : s_(s) {}

    int dimension() const override { return 2; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    std::optional<mfg::Box> domain() const override
    {
        return mfg::Box{{0, 0}, {room_length, 1}, {Face::reflecting, Face::reflecting}, {Face::exit, Face::reflecting}};
    }
    mfg::Window window() const override { return {0, room_length, 0, 1}; }

    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    const mfg::Density& initial_density() const override { return start_; }
    Jet running_cost(const State& s) const override
    {
        const Jet distance = square(s.x[0] - room_length / 2) + square(s.x[1] - 0.5);
        return s_.rate + s_.obstacle * exp(-1 / (2 * s_.obstacle_width * s_.obstacle_width) * distance) +
               s_.aversion * exp(s.log_density);
    }
    Jet terminal_cost(const State& s) const override { return s_.rest * (1 - square(s.x[0] / room_length)); }

    mfg::Defaults defaults() const override
    {
        return {{"method", "galerkin"},
                {"method.density", "direct"},
                {"method.conditions", "hard"},
                {"method.sampling", "sobol"},
                {"network", "mlp"},
                {"network.width", "24"},
                {"network.output_scale", "1"},
                {"optimizer", "bfgs"},
                {"bfgs.scaling", "al_baali"},
                {"training.samples", "2048"},
                {"training.iterations", "2500"},
                {"training.resample_every", "200"},
                {"training.validate_every", "50"}};
    }

private:
    Settings s_;
    Start start_;
};

}  // namespace

MFG_PLUGIN(Evacuation, "evacuation", "a crowd leaves a room around an obstacle");
