#pragma once
#include <mfg/assessment/agent_costs.hpp>

#include <array>

namespace mfg {

/// What agents pay from each start on average, and what they could pay.
struct ResponseCosts {
    Vector paid, best;
};

/// The same with two fits of the law of the agents.
using ResponseCostsOfBoth = std::array<ResponseCosts, 2>;

/// The best response to a frozen population with noise, without a search. Agents pay for their control what it
/// costs to move the law of their noise, so that the Hamilton-Jacobi equation is linear in exp(-phi / (2 nu a1))
/// (Cole-Hopf), and the least cost from x is, with lambda = 2 nu a1,
///
///     V(x) = -lambda log E exp(-S / lambda)
///
/// over paths of ANY feedback (Kappen, J. Stat. Mech. (2005) P11011), if S is what is paid on the path and what the
/// noise adds by chance. For the feedback of a value function phi that is, by Ito's formula,
///
///     S = phi(0, X_0) + (g - phi)(T, X_T) + int_0^T (f - R) dt,
///
/// where R = -d_t phi - nu Lap phi + H(x, grad phi), and a Hamiltonian that sees another density than the feedback adds
/// L(v) + v . grad phi + H(x, grad phi) to f - R. Its mean is the cost of the feedback, whatever the Hamiltonian; the
/// formula for V holds for the standard one and equal noise in all coordinates. For others the feedback itself is all
/// that is played. Where phi solves the
/// equation of the frozen population S is a number, and nothing is to be gained; the more S varies, the more is. The
/// mean over few paths only finds a part of it: the expectation of the estimate is at least V.
class MFG_API PathIntegral {
public:
    /// `steps` of Euler-Maruyama, `paths` from each start. The costs differ in the fit of the law of the agents: the
    /// response to one of them pays the other, so that nobody gains by the errors of a fit. All outlive this object. In
    /// a game without an end agents pay the learned value function at the end of their play.
    PathIntegral(const Solution& solution, const AgentCosts& first, const AgentCosts& second, int steps, int paths,
                 const RandomStream& stream);

    /// From rows of `starts` with the feedback of these parameters: what is paid by the first costs, then by the
    /// second.
    ResponseCostsOfBoth operator()(const Vector& parameters, const Matrix& starts, const RandomStream& noise) const;

private:
    const Solution& solution_;
    const AgentCosts &first_, &second_;
    PopulationSample first_others_, second_others_;
    int steps_, paths_;
};

}  // namespace mfg
