/// congestion: an ergodic game on the torus in which moving costs more where others are, with an exact solution, any
/// dimension up to 20.
///
/// $$ 0 = -\nu\Delta\phi + \frac{|\nabla\phi|^2}{2(1+m)^\alpha} - \tilde f(x) - \log m + \Lambda, \qquad
///    0 = -\nu\Delta m - \nabla\cdot\Big(m\,\frac{\nabla\phi}{(1+m)^\alpha}\Big) $$
///
/// Agents pay $(1+m)^\alpha |v|^2/2$ for the velocity v. The Hamiltonian does not separate into one part of p and one
/// of m. For any smooth density m,
///
/// $$ \phi = -\nu \int^m \frac{(1+s)^\alpha}{s}\,ds + \text{const} $$
///
/// makes the flow vanish, and $\tilde f$ is what the first equation leaves with $\Lambda = 0$. Here
/// $m = \prod_k (1 + e \cos 2\pi x_k)$.
///
///     mfg solve --problem congestion --problem.dimension 4
///
/// P.-L. Lions, lectures at the College de France, 2011; Y. Achdou, A. Porretta, "Mean field games with congestion",
/// Ann. Inst. H. Poincare (C) 35 (2018) 443; the flux-free solutions: D. Evangelista, R. Ferreira, D. Gomes, L.
/// Nurbekyan, V. Voskanyan, "First-order, stationary mean-field games with congestion", Nonlinear Anal. 173 (2018) 37.
#include <mfg/base/constants.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>
#include "problems/common/chebyshev.hpp"
#include "problems/common/galerkin_training.hpp"
#include "problems/common/ring_torus.hpp"

#include <boost/math/quadrature/gauss_kronrod.hpp>

#include <cmath>

namespace {

using mfg::ChebyshevSeries;
using mfg::Jet;
using mfg::pi;
using mfg::Real;
using mfg::State;

class Congestion final : public mfg::ErgodicGame {
public:
    struct Settings {
        int dimension = 4;
        Real alpha = 1, amplitude = 0.3, viscosity = 0.5;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("dimension", s.dimension, "dimension d of the torus", mfg::between(1, 20));
        o("alpha", s.alpha, "power alpha of the congestion", mfg::between(0, 2));
        o("amplitude", s.amplitude, "amplitude e of the waves of the density", mfg::between(0, 0.9));
        o("viscosity", s.viscosity, "noise nu", mfg::between(0.001, 1000));
    }

    explicit Congestion(const Settings& s) : ErgodicGame(s.dimension), s_(s)
    {
        constexpr int nodes = 64;
        mfg::Vector law = mfg::make_vector(nodes);
        for (int j = 0; j < nodes; ++j) law(j) = 1 + s.amplitude * std::cos(2 * pi * j / nodes);
        law_ = mfg::CircleLaw(law);
        // The integral of ((1+s)^alpha - 1) / s from 0 to m, as a function of log m; then its mean over one coordinate
        // after the other, as a function of the log of the other factors.
        const Real low = std::log1p(-s.amplitude) - margin, high = std::log1p(s.amplitude) + margin;
        Real left = s.dimension;
        crowding_ = ChebyshevSeries::fit(left * low, left * high, [&](Real w) { return crowding(std::exp(w)); });
        ChebyshevSeries mean = crowding_;
        for (left -= 1; left >= 0; left -= 1) {
            const Real end = std::max<Real>(left, margin);
            mean = ChebyshevSeries::fit(end * low, end * high, [&](Real w) {
                Real sum = 0;
                for (const Real factor : law) sum += mean(w + std::log(factor)) / nodes;
                return sum;
            });
        }
        // The mean of log(1 + e cos) is log((1 + sqrt(1 - e^2)) / 2).
        mean_ = mean(0) + s.dimension * std::log((1 + std::sqrt(1 - s.amplitude * s.amplitude)) / 2);
    }

    Real viscosity() const override { return s_.viscosity; }
    mfg::Coupling coupling() const override { return mfg::Coupling::game; }
    Jet hamiltonian(const State& s, const Jet& p) const override
    {
        return 0.5 * (pow(1 + exp(s.log_density), -s_.alpha) * norm_squared(p));
    }
    /// With log m = sum_k log f_k, f_k = 1 + e cos 2 pi x_k.
    Jet running_cost(const State& s) const override
    {
        const Jet f = factors(s.x), w = sum(log(f)), m = exp(w), denser = m + 1;
        const Jet second = sum((1 - f) / f), slope = sum(square(sin(2 * pi * s.x) / f));
        const Real wave = 4 * pi * pi, squared = s_.amplitude * s_.amplitude;
        const Jet flat = wave * second + wave * squared * (s_.alpha * (m / denser) - 0.5) * slope;
        return s_.viscosity * s_.viscosity * (pow(denser, s_.alpha) * flat) - w + s.log_density;
    }

    std::optional<mfg::Reference> reference() const override
    {
        mfg::Reference exact;
        exact.value = [this](const State& s) {
            const Jet w = sum(log(factors(s.x)));
            return -s_.viscosity * (w + crowding_(w) - mean_);
        };
        exact.log_density = [this](const State& s) { return sum(log(factors(s.x))); };
        exact.constant = 0;
        exact.population = [this](const mfg::RandomStream& stream, int count) {
            return law_.independent(stream, count, s_.dimension);
        };
        exact.source = "closed form, and a Chebyshev series of an integral";
        return exact;
    }

    mfg::Defaults defaults() const override { return mfg::standard_galerkin_training(); }

private:
    static constexpr Real margin = 1e-3;

    Jet factors(const Jet& x) const { return s_.amplitude * cos(2 * pi * x) + 1; }
    Real crowding(Real m) const
    {
        return boost::math::quadrature::gauss_kronrod<Real, 31>::integrate(
            [&](Real w) { return std::expm1(s_.alpha * std::log1p(std::exp(w))); }, -40, std::log(m), 12, 1e-14);
    }

    Settings s_;
    mfg::CircleLaw law_;
    ChebyshevSeries crowding_;
    Real mean_ = 0;
};

}  // namespace

MFG_PLUGIN(Congestion, "congestion", "ergodic game on the torus with a Hamiltonian that depends on the density");
