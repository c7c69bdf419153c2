/// power_cost: an ergodic game on the torus in which agents pay a power of their speed in each coordinate, with
/// logarithmic coupling and an exact solution, any dimension.
///
/// $$ 0 = -\nu\Delta\phi + \frac1q \sum_k |\partial_k\phi|^q - \tilde f(x) - \log m + \Lambda, \qquad
///    0 = -\nu\Delta m - \sum_k \partial_k\big(m\,|\partial_k\phi|^{q-2}\partial_k\phi\big) $$
///
/// The Hamiltonian $H = \sum_k |p_k|^q / q$ belongs to the cost $\sum_k |v_k|^{q'} / q'$, $1/q + 1/q' = 1$. In the
/// exact solution nothing flows in any coordinate: $\nu\,\partial_k \log m = -|\partial_k\phi|^{q-2}\partial_k\phi$.
/// With
///
/// $$ \phi = -c \sum_k \sin 2\pi x_k, \qquad \log m = \frac{(2\pi c)^{q-1}}{2\pi\nu} \sum_k g(\sin 2\pi x_k) - \log Z,
///    \qquad g(s) = \int_0^s (1-\sigma^2)^{q/2-1} d\sigma $$
///
/// this holds, $\tilde f$ is what the first equation leaves with $\Lambda = -\log Z$, and g is half an incomplete beta
/// function, $s - s^3/3$ for $q = 4$. The law is a product; its integral over a coordinate is a trapezoidal sum.
///
///     mfg solve --problem power_cost --problem.dimension 4
///
/// D. Gomes, E. Pimentel, V. Voskanyan, "Regularity Theory for Mean-Field Game Systems", Springer 2016, chapter 1.
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/galerkin_training.hpp"
#include "problems/common/numeric_function.hpp"
#include "problems/common/ring_torus.hpp"

#include <boost/math/special_functions/beta.hpp>

#include <cmath>

namespace {

using mfg::Jet;
using mfg::pi;
using mfg::Real;
using mfg::State;

class PowerCost final : public mfg::ErgodicGame {
public:
    struct Settings {
        int dimension = 4;
        Real power = 4, amplitude = 0.2, viscosity = 0.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 1000));
        o("power", s.power, "power q of the Hamiltonian", mfg::between(1.5, 4));
        o("amplitude", s.amplitude, "amplitude c of the waves of the value function", mfg::between(0.001, 10));
        o("viscosity", s.viscosity, "noise nu", mfg::between(0.001, 1000));
    }

    explicit PowerCost(const Settings& s)
        : ErgodicGame(s.dimension),
          s_(s),
          slope_(2 * pi * s.amplitude),
          steepness_(std::pow(slope_, s.power - 1) / (2 * pi * s.viscosity))
    {
        constexpr int nodes = 1 << 16, frequencies = 1 << 10;
        Real sum = 0;
        mfg::Vector law = mfg::make_vector(frequencies);
        for (int j = 0; j < nodes; ++j) {
            const Real m = std::exp(steepness_ * antiderivative(Real(j) / nodes)[0]);
            sum += m / nodes;
            if (j % (nodes / frequencies) == 0) law(j / (nodes / frequencies)) = m;
        }
        log_mass_ = s.dimension * std::log(sum);
        law_ = mfg::CircleLaw(law);
    }

    Real viscosity() const override { return s_.viscosity; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    Jet hamiltonian(const State&, const Jet& p) const override
    {
        if (s_.power == 4) return sum(square(square(p))) / 4;
        // Second derivatives of powers below 2 are infinite at 0.
        return sum(pow(square(p) + tiny, s_.power / 2)) / s_.power;
    }
    Jet running_cost(const State& s) const override
    {
        const Jet diffusing = -s_.viscosity * 4 * pi * pi * s_.amplitude * sum(sin(2 * pi * s.x));
        return diffusing + hamiltonian(s, -slope_ * cos(2 * pi * s.x)) - exponent(s.x) + s.log_density;
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) { return -s_.amplitude * sum(sin(2 * pi * s.x)); };
        exact.log_density = [this](const State& s) { return exponent(s.x) - log_mass_; };
        exact.constant = -log_mass_;
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            return law_.independent(stream, count, s_.dimension);
        };
        exact.source = "closed form";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    static constexpr Real tiny = 1e-16;

    /// log m + log Z
    Jet exponent(const Jet& x) const
    {
        if (s_.power != 4) return steepness_ * sum(numeric_function(x, [this](Real y) { return antiderivative(y); }));
        const Jet sines = sin(2 * pi * x);
        return steepness_ * sum(sines - sines * square(sines) / 3);
    }
    /// g(sin 2 pi y) with its derivatives in y.
    std::array<Real, 3> antiderivative(Real y) const
    {
        const Real s = std::sin(2 * pi * y), c = std::cos(2 * pi * y), r = s_.power / 2 - 1;
        const Real square = c * c + tiny / (slope_ * slope_), power = std::pow(square, r);
        const Real g = s != 0 ? boost::math::beta(Real(0.5), s_.power / 2, std::min<Real>(s * s, 1)) / 2 : 0;
        return {std::copysign(g, s), 2 * pi * c * power, -4 * pi * pi * s * power * (1 + 2 * r * c * c / square)};
    }

    Settings s_;
    Real slope_, steepness_, log_mass_ = 0;
    mfg::CircleLaw law_;
};

}  // namespace

MFG_PLUGIN(PowerCost, "power_cost", "ergodic game on the torus with a power of the speed as cost, exact solution");
