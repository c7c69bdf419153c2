#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/density_cost.hpp>

#include <algorithm>

namespace mfg {

DensityCost::DensityCost(const MeanFieldGame& game, Coupling coupling, CostPart part)
    : game_(game), part_(part), potential_(game, coupling, part), weight_(cost_weight(game, part))
{
    const KeptTape kept;
    Tape& tape = *kept;
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
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    const int count = static_cast<int>(n);
    const Variable x = tape.constant_view(points, 2, count), density = tape.constant_view(w, 1, count);
    const Jet time(tape.constant(1, count, t));
    const auto weighted = [&](const Variable& values, Real* to) {
        for (std::size_t i = 0; i < n; ++i) to[i] = weight_ * values.data()[i];
    };
    if (!slope || !depends_) weighted(potential_.integrand(x, time, density), cost);
    if (!slope) return;
    if (!depends_) {
        std::copy(cost, cost + n, slope);
        std::fill(curvature, curvature + n, 0);
        return;
    }
    // The derivative of C rho in rho is f; rho times that of f is df/dw.
    const LocalPotential::Derivatives found = potential_.derivatives(x, time, density);
    weighted(potential_.is_the_cost() ? found.cost : potential_.integrand(x, time, density), cost);
    weighted(found.coupling, slope);
    weighted(found.slope, curvature);
}

}  // namespace mfg
