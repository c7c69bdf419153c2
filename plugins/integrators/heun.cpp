/// heun: Heun's method, second order, two evaluations per step.
///
/// $$ y_{n+1} = y_n + \tfrac h2 (k_1 + k_2), \quad k_1 = f(t_n, y_n), \quad k_2 = f(t_n + h, y_n + h k_1) $$
///
///      0 |
///      1 | 1
///     ---+--------
///        | 1/2 1/2
///
///     mfg solve gaussian_transport_10d --integrator heun --method.time_steps 6
///
/// K. Heun, Neue Methoden zur approximativen Integration der Differentialgleichungen, 1900.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class Heun final : public mfg::RungeKutta {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit Heun(const Settings&) : RungeKutta(2, {0, 1}, {{}, {1}}, {0.5, 0.5}) {}
};

}  // namespace

MFG_PLUGIN(Heun, "heun", "Heun's method, order 2");
