/// room: an ergodic game in a room with reflecting walls, logarithmic coupling and an exact solution, any dimension.
///
/// $$ 0 = -\nu \Delta\phi + \tfrac12 |\nabla\phi|^2 - \tilde f(x) - \log m + \Lambda, \qquad
///    0 = -\nu \Delta m - \nabla\cdot(m \nabla\phi) \quad \text{in } [0,1]^d, \qquad
///    \partial_n \phi = \partial_n m = 0 \quad \text{on the walls} $$
///
/// with int phi = 0 and int m = 1. With $\tilde f := -\nu\Delta\phi + \tfrac12|\nabla\phi|^2 + \phi/\nu$ any smooth
/// $\phi$ whose normal derivative vanishes solves this, together with $m = e^{-\phi/\nu}/Z$ and $\Lambda = -\log Z$.
/// Here
///
/// $$ \phi = -c \sum_k \cos \pi x_k, \qquad Z = I_0(c/\nu)^d, \qquad
///    \tilde f = \big( \nu\pi^2 + \tfrac1\nu \big)\, \phi + \tfrac{\pi^2 c^2}2 \sum_k \sin^2 \pi x_k, $$
///
/// so that agents gather in the corner at the origin, where the cost is least, as far as they bear the crowd there.
/// Each coordinate of the exact population is sampled by inverting its distribution function.
///
///     mfg solve room_5d
///
/// The torus has the same game with waves of period 1 (`ergodic_log`): N. Almulla, R. Ferreira, D. Gomes, Dyn. Games
/// Appl. 7 (2017) 657. Walls: P. Cardaliaguet, J.-M. Lasry, P.-L. Lions, A. Porretta, SIAM J. Control Optim. 51 (2013).
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/galerkin_training.hpp"
#include "problems/common/ring_torus.hpp"

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class Room final : public mfg::ErgodicGame {
public:
    struct Settings {
        int dimension = 5;
        Real amplitude = 0.2, viscosity = 0.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the room", mfg::between(1, 1000));
        o("amplitude", s.amplitude, "amplitude c of the value function in each coordinate", mfg::between(-10, 10));
        o("viscosity", s.viscosity, "viscosity nu", mfg::between(0.01, 100));
    }

    explicit Room(const Settings& s) : ErgodicGame(mfg::Box::unit(s.dimension, mfg::Face::reflecting)), s_(s)
    {
        // A coordinate and its mirror image have a law on a circle of length 2; the trapezoidal sum is exact.
        constexpr int nodes = 1024;
        const Real exponent = s.amplitude / s.viscosity;
        mfg::Vector density = mfg::make_vector(nodes);
        Real mean = 0;
        for (int j = 0; j < nodes; ++j) {
            density(j) = std::exp(exponent * std::cos(mfg::two_pi * j / nodes) - std::abs(exponent));
            mean += density(j) / nodes;
        }
        coordinate_ = mfg::CircleLaw(density);
        log_factor_ = std::log(mean) + std::abs(exponent);
    }

    Real viscosity() const override { return s_.viscosity; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    Jet running_cost(const State& s) const override
    {
        const Real slope = mfg::pi * s_.amplitude;
        return (s_.viscosity * mfg::pi * mfg::pi + 1 / s_.viscosity) * value(s.x) +
               slope * slope / 2 * norm_squared(sin(mfg::pi * s.x)) + s.log_density;
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return value(s.x); };
        exact.log_density = [this](const State& s) {
            return -1 / s_.viscosity * value(s.x) - s_.dimension * log_factor_;
        };
        exact.constant = -s_.dimension * log_factor_;
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            mfg::Matrix x = initial_density().sample(stream, count);
            for (Real& share : x) share = 2 * coordinate_.quantile(share / 2);
            return x;
        };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    Jet value(const Jet& x) const { return -s_.amplitude * sum(cos(mfg::pi * x)); }

    Settings s_;
    mfg::CircleLaw coordinate_;
    Real log_factor_ = 0;  // log of I_0(c / nu)
};

}  // namespace

MFG_PLUGIN(Room, "room", "ergodic game in a room with reflecting walls, logarithmic coupling, exact solution");
