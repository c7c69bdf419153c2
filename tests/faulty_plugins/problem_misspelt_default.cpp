/// misspelt_default: agents that stay together; a default of theirs is for an option that their method has not.
#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/problem.hpp>

namespace {

using mfg::Jet;
using mfg::State;

class MisspeltDefault final : public mfg::MeanFieldGame {
public:
    struct Settings {};
    static void options(mfg::Options&, Settings&) {}

    explicit MisspeltDefault(const Settings&) {}

    int dimension() const override { return 1; }
    mfg::CostWeights weights() const override { return {1, 0, 1}; }
    const mfg::Density& initial_density() const override { return initial_; }
    Jet terminal_cost(const State& s) const override { return square(s.x); }
    std::vector<std::pair<std::string, std::string>> defaults() const override
    {
        return {{"method", "lagrangian"},
                {"method.time_stepz", "2"},
                {"network", "resnet"},
                {"integrator", "rk4"},
                {"optimizer", "lbfgs"}};
    }

private:
    mfg::Gaussian initial_{mfg::make_vector(1), mfg::make_vector(1, 0.5)};
};

}  // namespace

MFG_PLUGIN(MisspeltDefault, "misspelt_default", "a regulator with a default that no method knows");
