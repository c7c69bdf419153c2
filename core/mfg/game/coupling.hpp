#pragma once
#include <mfg/problem.hpp>

#include <functional>

namespace mfg {

/// A cost integrand c(x,t,w) and the coupling that belongs to it: c + dc/dw for a potential game or control of the
/// population, c for a plain game. Neither exists where there is no cost.
struct CostAndCoupling {
    Variable cost, coupling;
};

/// Of a formula c(x,t,w) at points `[d x n]`, times and log densities `[1 x n]`: the formula is evaluated on jets in
/// the one direction w.
template <class Formula>
CostAndCoupling cost_and_coupling(Coupling coupling, const Variable& x, const Jet& t, const Variable& w,
                                  Formula formula);

/// Whether a formula for a cost of the game depends on the density: found by evaluating it on jets in w.
MFG_API bool depends_on_density(const MeanFieldGame& game, const std::function<Jet(const State&)>& cost);
/// Whether one of its costs does.
MFG_API bool depends_on_density(const MeanFieldGame& game);

/// Sum of d b_i / d x_i of a drift that was evaluated on coordinates `[1 x n]`; does not exist where it is zero.
MFG_API Variable divergence(const Jet& drift);

namespace detail {
MFG_API CostAndCoupling cost_and_coupling(const Jet& cost, Coupling coupling);
}

template <class Formula>
CostAndCoupling cost_and_coupling(Coupling coupling, const Variable& x, const Jet& t, const Variable& w,
                                  Formula formula)
{
    return detail::cost_and_coupling(formula(State{Jet(x), t, Jet::coordinates(w, JetShape{1, 1, 1})}), coupling);
}

}  // namespace mfg
