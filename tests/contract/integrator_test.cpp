#include <mfg/plugin/registry.hpp>
#include <mfg/testing/contracts.hpp>

#include "contract.hpp"

using namespace mfg;

namespace {

class AnyRungeKutta final : public RungeKutta {
public:
    AnyRungeKutta(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b)
        : RungeKutta(order, std::move(c), std::move(a), std::move(b))
    {
    }
};

CheckResults check_four_stages(int order, std::vector<Real> c, std::vector<std::vector<Real>> a, std::vector<Real> b)
{
    return check_integrator(AnyRungeKutta(order, std::move(c), std::move(a), std::move(b)));
}

const std::vector<Real> nodes{0, 0.5, 0.5, 1}, weights{1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
const std::vector<std::vector<Real>> stages{{}, {0.5}, {0, 0.5}, {0, 0, 1}};

}  // namespace

TEST_CASE("every integrator keeps the contract", "[contract][integrator]")
{
    require_all_plugins("integrator", 5);
}

TEST_CASE("the integrator contract rejects wrong tableaus", "[contract][integrator]")
{
    require_all(check_four_stages(4, nodes, stages, weights));
    CHECK(fails(check_four_stages(4, {0, 0.5, 0.5, 0.9}, stages, weights), "order"));
    CHECK(fails(check_four_stages(4, {0, 0.4, 0.5, 1}, stages, weights), "order"));
    CHECK(fails(check_four_stages(4, nodes, {{}, {0.5}, {0.1, 0.4}, {0, 0, 1}}, weights), "order"));
    CHECK(fails(check_four_stages(4, nodes, stages, {1.0 / 6, 1.0 / 3, 1.0 / 3, 0.1}), "x' = t^k"));
    CHECK(fails(check_four_stages(5, nodes, stages, weights), "order"));
}

TEST_CASE("the integrator contract rejects a step that is off the tape or ignores its direction",
          "[contract][integrator]")
{
    class Detached final : public Integrator {
    public:
        int order() const override { return 1; }
        OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const override
        {
            const OdeState slope = system.derivative(t, y);
            OdeState next = y;
            for (int part = 0; part < y.size(); ++part) {
                if (!slope[part].exists()) continue;
                const Variable sum = combine({{1, y[part]}, {h, slope[part]}});
                // Twice the derivative, the same value.
                next[part] = combine({{2, sum}, {-1, sum.tape().constant_view(sum.data(), sum.rows(), sum.columns())}});
            }
            return next;
        }
    };
    CHECK(fails(check_integrator(Detached()), "derivatives in the start"));

    class Forward final : public Integrator {
    public:
        int order() const override { return 1; }
        OdeState step(const OdeSystem& system, Real t, Real h, const OdeState& y) const override
        {
            return AnyRungeKutta(1, {0}, {{}}, {1}).step(system, t, std::abs(h), y);
        }
    };
    CHECK(fails(check_integrator(Forward()), "backward"));
    CHECK(fails(check_integrator(Forward()), "back again"));
}
