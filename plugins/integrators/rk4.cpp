/// rk4: the classical Runge-Kutta method, fourth order, four evaluations per step.
///
///      0  |
///     1/2 | 1/2
///     1/2 |  0  1/2
///      1  |  0   0   1
///     ----+----------------
///         | 1/6 1/3 1/3 1/6
///
///     mfg solve optimal_transport_2d --integrator rk4 --method.time_steps 4
///
/// W. Kutta, Beitrag zur naeherungsweisen Integration totaler Differentialgleichungen, 1901.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class ClassicalRungeKutta final : public mfg::RungeKutta {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit ClassicalRungeKutta(const Settings&)
        : RungeKutta(4, {0, 0.5, 0.5, 1}, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6})
    {
    }
};

}  // namespace

MFG_PLUGIN(ClassicalRungeKutta, "rk4", "classical Runge-Kutta method, order 4");
