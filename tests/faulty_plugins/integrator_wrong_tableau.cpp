/// wrong_tableau: the classical Runge-Kutta method with 1/3 in place of 1/2 for one node.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class WrongTableau final : public mfg::RungeKutta {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit WrongTableau(const Settings&)
        : RungeKutta(4, {0, 1.0 / 3, 0.5, 1}, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6})
    {
    }
};

}  // namespace

MFG_PLUGIN(WrongTableau, "wrong_tableau", "the classical Runge-Kutta method, with a wrong node");
