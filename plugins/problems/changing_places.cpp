/// changing_places: two crowds on the torus that change places and avoid each other on the way.
///
/// $$ \min_v\; \mathbb{E} \Big[ \int_0^T \Big( \tfrac12 |v|^2 + \varepsilon \log m_i(t,X) + \kappa\, m_j(t,X) \Big) dt
/// +
///    \gamma \sum_k \big( 1 - \cos 2\pi (X_k(T) - z_{ik}) \big) \Big], \qquad dX = v\,dt + \sqrt{2\nu}\,dW $$
///
/// for agents of crowd i = 1, 2, who start around the place where the other crowd j wants to go, with a density
/// proportional to exp(a sum_k cos 2 pi (x_k - z_jk)). The places z_1 and z_2 are a distance apart along the first
/// coordinate and, less far, along the second one, so that each crowd has a side to pass on. No solution is known.
///
///     mfg solve two_crowds_2d
///
/// A. Lachapelle, M.-T. Wolfram, "On a mean field game approach modeling congestion and aversion in pedestrian crowds",
/// Transp. Res. B 45 (2011) 1572.
#include <mfg/base/constants.hpp>
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

/// The law on the torus with a density proportional to exp(a sum_k cos 2 pi (x_k - z_k)).
class Bump final : public mfg::Density {
public:
    Bump(const mfg::Vector& centre, Real concentration)
        : shift_(centre - Real(0.25)), waves_(static_cast<int>(centre.size()), concentration / 2, 0)
    {
    }

    int dimension() const override { return waves_.dimension(); }
    Jet log_density(const Jet& x) const override { return waves_.log_density(x - shift_); }

private:
    /// The waves are those of the sine: their crest is at 1/4.
    mfg::Matrix draw(const mfg::RandomStream& stream, mfg::Index count) const override
    {
        mfg::Matrix points = waves_.sample(stream, static_cast<int>(count));
        for (mfg::Index i = 0; i < count; ++i)
            for (std::size_t k = 0; k < shift_.size(); ++k) {
                const Real x = points(i, k) + shift_(k);
                points(i, k) = x - std::floor(x);
            }
        return points;
    }

    mfg::Vector shift_;
    mfg::RingTorus waves_;
};

struct Settings {
    int dimension = 2;
    Real distance = 0.4, offset = 0.1, concentration = 4, horizon = 1, viscosity = 0.02;
    Real aversion = 0.02, avoidance = 0.1, attraction = 0.5;
};

class Crowd final : public mfg::MeanFieldGame {
public:
    Crowd(const Settings& s, int number)
        : s_(s), number_(number), place_(place(s, number)), start_(place(s, 1 - number), s.concentration)
    {
    }

    int dimension() const override { return s_.dimension; }
    Real horizon() const override { return s_.horizon; }
    Real viscosity() const override { return s_.viscosity; }
    bool periodic() const override { return true; }
    mfg::Window window() const override { return {0, 1, 0, 1}; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    const mfg::Density& initial_density() const override { return start_; }
    Jet running_cost(const State& s) const override
    {
        return s_.aversion * s.log_density + s_.avoidance * exp(s.log_densities[1 - number_]);
    }
    Jet terminal_cost(const State& s) const override
    {
        return s_.attraction * sum(1 - cos(2 * mfg::pi * (s.x - place_)));
    }

private:
    /// Where crowd `number` wants to go: right of the middle and above, or left and below.
    static mfg::Vector place(const Settings& s, int number)
    {
        const Real side = number == 0 ? 0.5 : -0.5;
        mfg::Vector z = mfg::make_vector(s.dimension, 0.5);
        z(0) += side * s.distance;
        if (s.dimension > 1) z(1) += side * s.offset;
        return z;
    }

    Settings s_;
    int number_;
    mfg::Vector place_;
    Bump start_;
};

class ChangingPlaces final : public mfg::MultiPopulationGame {
public:
    using Settings = ::Settings;

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 100));
        o("distance", s.distance, "distance of the two places in the first coordinate", mfg::between(0, 0.5));
        o("offset", s.offset, "distance in the second one", mfg::between(0, 0.5));
        o("concentration", s.concentration, "concentration a of the initial laws", mfg::between(0.01, 100));
        o("horizon", s.horizon, "final time T", mfg::positive);
        o("viscosity", s.viscosity, "viscosity nu", mfg::positive);
        o("aversion", s.aversion, "weight eps of the log density of the own crowd", mfg::nonnegative);
        o("avoidance", s.avoidance, "weight kappa of the density of the other crowd", mfg::nonnegative);
        o("attraction", s.attraction, "weight gamma of the way that is left at the end", mfg::nonnegative);
    }

    explicit ChangingPlaces(const Settings& s) : crowds_{Crowd(s, 0), Crowd(s, 1)} {}

    int populations() const override { return 2; }
    const mfg::MeanFieldGame& population(int k) const override { return crowds_[k]; }
    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    std::array<Crowd, 2> crowds_;
};

}  // namespace

MFG_PLUGIN(ChangingPlaces, "changing_places", "two crowds on the torus that change places and avoid each other");
