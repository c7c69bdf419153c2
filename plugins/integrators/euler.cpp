/// euler: the explicit Euler method, first order.
///
/// $$ y_{n+1} = y_n + h f(t_n, y_n) $$
///
///      0 |
///     ---+---
///        | 1
///
///     mfg solve gaussian_transport_10d --integrator euler --method.time_steps 8
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class Euler final : public mfg::RungeKutta {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit Euler(const Settings&) : RungeKutta(1, {0}, {{}}, {1}) {}
};

}  // namespace

MFG_PLUGIN(Euler, "euler", "explicit Euler method, order 1");
