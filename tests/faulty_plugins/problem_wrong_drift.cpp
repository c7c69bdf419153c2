/// wrong_drift: a regulator in one dimension with an exact solution; the drift has the wrong sign.
///
/// Agents drift with b = -x and pay 1/2 |v|^2 per time and q/2 x^2 at the end: phi = p(t) x^2 / 2 with p' = 2 p + p^2,
/// p(1) = q, that is p = -2 c e^{2t} / (1 + c e^{2t}), c = -q / (q + 2) e^{-2}.
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

#include <cmath>

namespace {

using mfg::Jet;
using mfg::Real;
using mfg::State;

class WrongDrift final : public mfg::MeanFieldGame {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit WrongDrift(const Settings&) {}

    int dimension() const override { return 1; }
    mfg::CostWeights weights() const override { return {1, 0, 1}; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet drift(const State& s) const override { return s.x; }
    Jet terminal_cost(const State& s) const override { return (q / 2) * square(s.x); }

    std::optional<mfg::Reference> reference() const override
    {
        const Real c = -q / (q + 2) * std::exp(Real(-2));
        const auto value = [c](const State& s) {
            const Jet e = c * exp(2.0 * s.t);
            return -1.0 * (square(s.x) * e) * reciprocal(e + 1.0);
        };
        // Positions are x0 e^{-t} (1 + c e^{2t}) / (1 + c).
        const auto log_density = [c](const State& s) {
            const Jet log_deviation =
                log(c * exp(2.0 * s.t) + 1.0) - s.t + (Real(0.5) * std::log(variance) - std::log(1 + c));
            return -0.5 * square(s.x) * exp(-2.0 * log_deviation) - log_deviation - mfg::log_two_pi / 2;
        };
        return mfg::Reference{value, log_density, {}, "Riccati equation"};
    }

private:
    static constexpr Real q = 1.5, variance = 0.5;
    mfg::Gaussian initial_{mfg::make_vector(1), mfg::make_vector(1, variance)};
};

}  // namespace

MFG_PLUGIN(WrongDrift, "wrong_drift", "a regulator whose drift has the wrong sign");
