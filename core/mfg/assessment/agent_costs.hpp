#pragma once
#include <mfg/assessment/learned_game.hpp>
#include <mfg/game/coupling.hpp>

namespace mfg {

/// What one agent pays in a learned game, whose population does not react to it: in a game c(x,t,m) with the frozen
/// density; in a potential game or control of the population the derivative c + dc/dw of the common cost, which is what
/// an agent's move adds to it. Densities do not count as lower than what agents of the population meet: beyond, a
/// learned density is extrapolation, and nobody should win by going there. Everything is `[1 x n]` at `points`
/// `[coordinates x n]`, weighted; what is zero does not exist.
class MFG_API AgentCosts {
public:
    /// The game outlives this object; the stream is for agents of the population.
    AgentCosts(const LearnedGame& learned, const RandomStream& stream);

    /// a1 |v - b|^2 / 2 for a velocity `[d x n]`.
    Variable effort(const Variable& points, const Variable& velocity) const;
    /// a2 f; with `others` `[d x m]`, agents of the population at the time of the points, also what agents that
    /// interact pay for each other.
    Variable running(Tape& tape, const Variable& points, const Variable& others) const;
    /// At the end a3 (g + dg/dw) or a3 g.
    Variable terminal(Tape& tape, const Variable& points) const;

private:
    template <class Formula>
    Variable coupling(Tape& tape, const Variable& points, bool needs_density, Formula formula) const;

    const LearnedGame& learned_;
    const MeanFieldGame& game_;
    CostWeights a_;
    // Following a point back to where its density is known costs more than all the rest.
    bool running_needs_density_, terminal_needs_density_;
    Real lowest_ = 0;
};

}  // namespace mfg
