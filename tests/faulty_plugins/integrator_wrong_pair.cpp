/// wrong_pair: Bogacki and Shampine's pair of orders 3 and 2 with 1/4 in place of 1/8 for the last embedded weight.
#include <mfg/integrator.hpp>
#include <mfg/plugin/plugin.hpp>

namespace {

class WrongPair final : public mfg::RungeKutta {
public:
    using Settings = mfg::Tolerances;
    static void options(mfg::Options& o, Settings& s) { s.declare(o); }

    explicit WrongPair(const Settings& s)
        : RungeKutta(3, {0, 0.5, 0.75}, {{}, {0.5}, {0, 0.75}}, {2.0 / 9, 1.0 / 3, 4.0 / 9},
                     {7.0 / 24, 0.25, 1.0 / 3, 0.25}, s)
    {
    }
};

}  // namespace

MFG_PLUGIN(WrongPair, "wrong_pair", "a pair with a wrong embedded weight");
