/// torus: a game with a final time on the torus, with logarithmic coupling and an exact solution, any dimension.
///
/// $$ 0 = -\partial_t\phi - \tfrac12 \Delta\phi + \tfrac12 |\nabla\phi|^2 - \tilde f(x) - \log m, \qquad
///    0 = \partial_t m - \tfrac12 \Delta m - \nabla\cdot(m \nabla\phi) $$
///
/// The data come from the ergodic game `ergodic_log`, whose solution is (phi_e, m_e, Lambda). With phi(T) = phi_e and
/// m(0) = m_e,
///
/// $$ \phi(t,x) = \phi_e(x) + \Lambda (T - t), \qquad m(t) = m_e $$
///
/// The problem is a template for games on the torus, and its exact solution tests the methods for periodic problems.
///
///     mfg solve --problem torus
///
/// The stationary solution: N. Almulla, R. Ferreira, D. Gomes, Dyn. Games Appl. 7 (2017) 657.
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/galerkin_training.hpp"
#include "problems/common/ring_torus.hpp"

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class Torus final : public mfg::MeanFieldGame {
public:
    struct Settings {
        int dimension = 2;
        Real amplitude = 0.1, interaction = 0, horizon = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 1000));
        o("amplitude", s.amplitude, "amplitude c of the waves of the value function in each coordinate",
          mfg::between(-10, 10));
        o("interaction", s.interaction, "amplitude e of the waves in x_i - x_{i+1}; 0: coordinates are independent",
          mfg::between(-10, 10));
        o("horizon", s.horizon, "final time T", mfg::positive);
    }

    explicit Torus(const Settings& s) : s_(s), exact_(s.dimension, s.amplitude, s.interaction) {}

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return mfg::ErgodicTorus::viscosity; }
    bool periodic() const override { return true; }
    mfg::Window window() const override { return {0, 1, 0, 1}; }

    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    const mfg::Density& initial_density() const override { return exact_.law(); }
    Jet running_cost(const State& s) const override { return exact_.cost(s.x) + s.log_density; }
    Jet terminal_cost(const State& s) const override { return exact_.value(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return exact_.value(s.x) + exact_.constant() * (s_.horizon - s.t); };
        exact.log_density = [this](const State& s) { return exact_.law().log_density(s.x); };
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            return mfg::with_uniform_times(exact_.law().sample(stream, count), stream, s_.horizon);
        };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    Settings s_;
    mfg::ErgodicTorus exact_;
};

}  // namespace

MFG_PLUGIN(Torus, "torus", "game with a final time on the torus, logarithmic coupling, exact solution");
