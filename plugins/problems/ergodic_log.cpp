/// ergodic_log: an ergodic game on the torus with logarithmic coupling and an exact solution, any dimension.
///
/// $$ 0 = -\tfrac12 \Delta\phi + \tfrac12 |\nabla\phi|^2 - \tilde f(x) - \log m + \Lambda, \qquad
///    0 = -\tfrac12 \Delta m - \nabla\cdot(m \nabla\phi), \qquad \int\phi = 0,\; \int m = 1 $$
///
/// With $\tilde f := -\tfrac12\Delta\phi + \tfrac12|\nabla\phi|^2 + 2\phi$ any smooth $\phi$ solves this, together with
/// $m = e^{-2\phi}/Z$ and $\Lambda = -\log Z$. Here
///
/// $$ \phi = -c \sum_i \sin 2\pi x_i + e \sum_i \cos 2\pi (x_i - x_{i+1}) $$
///
/// (indices modulo d). With `variant = separable`, e = 0, Z = I_0(2c)^d and
///
/// $$ \tilde f = 2\pi^2 \Big[ -c \sum \sin 2\pi x_i + c^2 \sum \cos^2 2\pi x_i \Big] - 2c \sum \sin 2\pi x_i $$
///
/// `variant = coupled` couples each coordinate to the next, so that no network can exploit separate coordinates; Z is
/// the trace of the d-th power of a transfer operator. `coupling = control` asks for the optimal control of the
/// population instead of an equilibrium: the Hamilton-Jacobi equation then contains f + m df/dm = f + 1, which shifts
/// the constant to 1 - log Z and changes nothing else.
///
/// In both variants, agents are sampled from the exact density: each coordinate by inverting its distribution function
/// given the previous coordinates, as a Fourier series.
///
/// Signs: the sources print u = +c sum sin. Their u is minus the value function; here agents minimise, and phi is the
/// cost to go.
///
///     mfg solve --problem ergodic_log --problem.dimension 10
///
/// N. Almulla, R. Ferreira, D. Gomes, "Two numerical approaches to stationary mean-field games", Dyn. Games Appl. 7
/// (2017) 657; as an example of the Deep Galerkin Method: R. Carmona, M. Lauriere, SIAM J. Numer. Anal. 59 (2021) 1455.
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/galerkin_training.hpp"
#include "problems/common/ring_torus.hpp"

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class ErgodicLog final : public mfg::ErgodicGame {
public:
    struct Settings {
        int dimension = 10;
        Real amplitude = 0.1, interaction = 0.05;
        std::string variant = "separable", coupling = "game";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus, at least 2 for the coupled variant",
          mfg::between(1, 1000));
        o("amplitude", s.amplitude, "amplitude c of the waves of the value function in each coordinate",
          mfg::between(-10, 10));
        o("variant", s.variant, "whether coordinates are independent or coupled", {"separable", "coupled"});
        o("interaction", s.interaction, "amplitude e of the waves in x_i - x_{i+1}, coupled variant",
          mfg::between(-10, 10));
        o("coupling", s.coupling, "equilibrium of the game, or optimal control of the population", {"game", "control"});
    }

    explicit ErgodicLog(const Settings& s)
        : ErgodicGame(s.dimension), s_(s), exact_(s.dimension, s.amplitude, s.variant == "coupled" ? s.interaction : 0)
    {
    }

    Real viscosity() const override { return mfg::ErgodicTorus::viscosity; }
    mfg::Coupling coupling() const override { return is_control() ? mfg::Coupling::potential : mfg::Coupling::game; }
    Jet running_cost(const State& s) const override { return exact_.cost(s.x) + s.log_density; }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x); };
        exact.log_density = [this](const State& s) { return exact_.law().log_density(s.x); };
        exact.constant = exact_.constant() + (is_control() ? 1 : 0);
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            return exact_.law().sample(stream, count);
        };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    bool is_control() const { return s_.coupling == "control"; }

    Settings s_;
    mfg::ErgodicTorus exact_;
};

}  // namespace

MFG_PLUGIN(ErgodicLog, "ergodic_log", "ergodic game on the torus with logarithmic coupling, exact solution");
