#include <mfg/base/error.hpp>
#include <mfg/game/density_cost.hpp>

#include <algorithm>

namespace mfg {

DensityCost::DensityCost(const MeanFieldGame& game, CostPart part)
    : game_(game), part_(part), weight_(cost_weight(game, part))
{
    Tape tape;
    tape.begin(false);
    const Variable w = tape.constant(1, 1, 0);
    const Jet c = cost_formula(
        game, part, {Jet(tape.constant(2, 1, 0)), Jet(tape.constant(1, 1, 0)), Jet::coordinates(w, JetShape{2, 1, 1})});
    if (c.is_zero() || weight_ == 0) return;
    if (c.features() != 1) throw Error("problem: a cost must be one number for each agent, not a vector");
    exists_ = true;
    depends_ = c.shape().order > 0;
}

void DensityCost::evaluate(Real t, const Real* points, const Real* w, std::size_t n, Real* cost, Real* slope,
                           Real* curvature) const
{
    if (!exists_) {
        for (Real* to : {cost, slope, curvature})
            if (to) std::fill(to, to + n, 0);
        return;
    }
    // Kept by the thread, so that nothing is allocated after the first rows.
    thread_local Tape tape;
    tape.begin(false);
    const int count = static_cast<int>(n);
    const Variable density = tape.constant_view(w, 1, count);
    const Jet log_density = slope ? Jet::coordinates(density, JetShape{2, 1, 1}) : Jet(density);
    const Jet c = cost_formula(
        game_, part_, {Jet(tape.constant_view(points, 2, count)), Jet(tape.constant(1, count, t)), log_density});
    const Variable value = c.value();
    for (std::size_t i = 0; i < n; ++i) cost[i] = weight_ * value.data()[i];
    if (!slope) return;
    if (!depends_) {
        std::copy(cost, cost + n, slope);
        std::fill(curvature, curvature + n, 0);
        return;
    }
    const Variable first = c.derivative(0), second = c.laplacian();
    for (std::size_t i = 0; i < n; ++i) {
        const Real d = weight_ * first.data()[i];
        slope[i] = cost[i] + d;
        curvature[i] = d + weight_ * second.data()[i];
    }
}

}  // namespace mfg
