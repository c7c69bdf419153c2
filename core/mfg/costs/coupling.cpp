#include <mfg/costs/coupling.hpp>
#include <mfg/error.hpp>

namespace mfg {

CostAndCoupling detail::cost_and_coupling(const Jet& c, Coupling coupling)
{
    if (c.is_zero()) return {};
    if (c.features() != 1) throw Error("problem: a cost must be one number for each agent, not a vector");
    const Variable cost = c.value();
    const bool depends = c.shape().order > 0 && coupling == Coupling::potential;
    return {cost, depends ? combine({{1, cost}, {1, c.derivative(0)}}) : cost};
}

Variable divergence(const Jet& drift)
{
    if (drift.is_zero() || drift.shape().order == 0) return {};
    Variable sum;
    for (int i = 0; i < drift.features(); ++i) sum = combine({{1, sum}, {1, drift[i].derivative(i)}});
    return sum;
}

}  // namespace mfg
