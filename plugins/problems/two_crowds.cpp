/// two_crowds: an ergodic game of two populations on the torus, each averse to itself and to the other, with an exact
/// solution in any dimension.
///
/// $$ 0 = -\tfrac12 \Delta\phi_i + \tfrac12 |\nabla\phi_i|^2 - \tilde f_i(x) - \log m_i - \kappa \log m_j + \Lambda_i,
///    \qquad 0 = -\tfrac12 \Delta m_i - \nabla\cdot(m_i \nabla\phi_i), \qquad \int\phi_i = 0,\; \int m_i = 1 $$
///
/// for (i, j) = (1, 2) and (2, 1). With $\tilde f_i := -\tfrac12\Delta\phi_i + \tfrac12|\nabla\phi_i|^2 + 2\phi_i +
/// 2\kappa\phi_j$ any smooth $\phi_1, \phi_2$ solve this, together with $m_i = e^{-2\phi_i}/Z_i$ and $\Lambda_i = -\log
/// Z_i - \kappa \log Z_j$. Here they are waves of different amplitudes, the second ones shifted by s and, with e,
/// coupled along the coordinates (indices modulo d):
///
/// $$ \phi_1 = -c_1 \sum_k \sin 2\pi x_k, \qquad
///    \phi_2 = -c_2 \sum_k \sin 2\pi (x_k - s) + e \sum_k \cos 2\pi (x_k - x_{k+1}) $$
///
///     mfg solve --problem two_crowds --problem.dimension 4
///
/// A. Lachapelle, M.-T. Wolfram, "On a mean field game approach modeling congestion and aversion in pedestrian crowds",
/// Transp. Res. B 45 (2011) 1572; M. Cirant, "Multi-population mean field games systems with Neumann boundary
/// conditions", J. Math. Pures Appl. 103 (2015) 1294.
#include <mfg/multi_population_game.hpp>
#include <mfg/plugin/plugin.hpp>
#include "problems/common/galerkin_training.hpp"
#include "problems/common/ring_torus.hpp"

#include <array>
#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

/// Waves on the torus, and their shift.
struct Waves {
    mfg::ErgodicTorus torus;
    Real shift;

    Jet value(const State& s) const { return torus.value(s.x - shift); }
    Jet log_density(const State& s) const { return torus.law().log_density(s.x - shift); }
    Jet cost(const State& s) const { return torus.cost(s.x - shift); }
    mfg::Matrix sample(const mfg::RandomStream& stream, int count) const
    {
        mfg::Matrix points = torus.law().sample(stream, count);
        for (Real& x : points) x = x + shift - std::floor(x + shift);
        return points;
    }
};

/// One of both among the other.
class Crowd final : public mfg::ErgodicGame {
public:
    Crowd(const Waves& own, const Waves& other, int number, Real aversion)
        : ErgodicGame(own.torus.law().dimension()), own_(own), other_(other), number_(number), aversion_(aversion)
    {
    }

    Real viscosity() const override { return mfg::ErgodicTorus::viscosity; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    Jet running_cost(const State& s) const override
    {
        return own_.cost(s) + 2 * aversion_ * other_.value(s) + s.log_density +
               aversion_ * s.log_densities[1 - number_];
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return own_.value(s); };
        exact.log_density = [this](const State& s) { return own_.log_density(s); };
        exact.constant = own_.torus.constant() + aversion_ * other_.torus.constant();
        exact.population = [this](const mfg::RandomStream& stream, int count) { return own_.sample(stream, count); };
        exact.source = "closed form";
        return exact;
    }

private:
    const Waves &own_, &other_;
    int number_;
    Real aversion_;
};

class TwoCrowds final : public mfg::MultiPopulationGame {
public:
    struct Settings {
        int dimension = 4;
        Real aversion = 0.5, first_amplitude = 0.1, second_amplitude = 0.05, shift = 0.3, interaction = 0.02;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 1000));
        o("aversion", s.aversion, "weight kappa of the log density of the other crowd", mfg::between(-1, 1));
        o("first_amplitude", s.first_amplitude, "amplitude c1 of the waves of the first crowd", mfg::between(-10, 10));
        o("second_amplitude", s.second_amplitude, "amplitude c2 of those of the second crowd", mfg::between(-10, 10));
        o("shift", s.shift, "shift s of the waves of the second crowd", mfg::between(0, 1));
        o("interaction", s.interaction, "amplitude e of its waves in x_k - x_{k+1}, where there are two coordinates",
          mfg::between(-10, 10));
    }

    explicit TwoCrowds(const Settings& s)
        : waves_{Waves{{s.dimension, s.first_amplitude, 0}, 0},
                 Waves{{s.dimension, s.second_amplitude, s.dimension > 1 ? s.interaction : 0}, s.shift}},
          crowds_{Crowd(waves_[0], waves_[1], 0, s.aversion), Crowd(waves_[1], waves_[0], 1, s.aversion)}
    {
    }

    int populations() const override { return 2; }
    const mfg::MeanFieldGame& population(int k) const override { return crowds_[k]; }
    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    std::array<Waves, 2> waves_;
    std::array<Crowd, 2> crowds_;
};

}  // namespace

MFG_PLUGIN(TwoCrowds, "two_crowds", "ergodic game of two populations on the torus, exact solution");
