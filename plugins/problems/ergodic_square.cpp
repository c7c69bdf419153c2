/// ergodic_square: an ergodic game on the torus with coupling m^2; no explicit solution is known.
///
/// $$ 0 = -\nu \Delta\phi + \tfrac12 |\nabla\phi|^2 - \tilde f(x) - m^2 + \Lambda, \qquad
///    0 = -\nu \Delta m - \nabla\cdot(m \nabla\phi), \qquad \int\phi = 0,\; \int m = 1 $$
///
/// $$ \tilde f = 2\pi^2 c \sum_i \big[ \sin 2\pi x_i + \cos 2\pi x_i \big] $$
///
/// Judge an answer by the residuals of both equations at fresh points.
///
///     mfg solve --problem ergodic_square
///
/// R. Carmona, M. Lauriere, "Convergence analysis of machine learning algorithms for the numerical solution of mean
/// field control and games I: the ergodic case", SIAM J. Numer. Anal. 59 (2021) 1455 (arXiv 1907.05980).
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/galerkin_training.hpp"

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class ErgodicSquare final : public mfg::ErgodicGame {
public:
    struct Settings {
        int dimension = 30;
        Real amplitude = 0.1, viscosity = 0.5;
        std::string coupling = "game";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 1000));
        o("amplitude", s.amplitude, "amplitude c of the cost ftilde");
        o("viscosity", s.viscosity, "viscosity nu", mfg::positive);
        o("coupling", s.coupling, "equilibrium of the game, or optimal control of the population", {"game", "control"});
    }

    explicit ErgodicSquare(const Settings& s) : ErgodicGame(s.dimension), s_(s) {}

    Real viscosity() const override { return s_.viscosity; }
    mfg::Coupling coupling() const override
    {
        return s_.coupling == "control" ? mfg::Coupling::potential : mfg::Coupling::game;
    }
    Jet running_cost(const State& s) const override
    {
        const Jet angle = mfg::two_pi * s.x;
        return mfg::two_pi * mfg::pi * s_.amplitude * sum(sin(angle) + cos(angle)) + exp(2 * s.log_density);
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    Settings s_;
};

}  // namespace

MFG_PLUGIN(ErgodicSquare, "ergodic_square", "ergodic game on the torus with coupling m^2");
