/// my_integrator: Ralston's method of third order, three evaluations a step.
///
///      0  |
///     1/2 | 1/2
///     3/4 |  0  3/4
///     ----+-------------
///         | 2/9 1/3 4/9
///
/// Among explicit methods of order 3 with three stages it has the smallest bound of the error of a step.
///
///     mfg solve optimal_transport_2d --integrator my_integrator
///
/// A. Ralston, Runge-Kutta methods with minimum error bounds, Math. Comp. 16 (1962) 431.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class MyIntegrator final : public mfg::RungeKutta {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    /// The order and the tableau: the nodes c, the rows of a (row i has i entries), the weights b. `mfg check` measures
    /// the order. Methods that are not Runge-Kutta methods derive from mfg::Integrator and define `step`.
    explicit MyIntegrator(const Settings&)
        : RungeKutta(3, {0, 1. / 2, 3. / 4}, {{}, {1. / 2}, {0, 3. / 4}}, {2. / 9, 1. / 3, 4. / 9})
    {
    }
};

}  // namespace

MFG_PLUGIN(MyIntegrator, "my_integrator", "Ralston's method, order 3");
