#pragma once
#include <mfg/game/coupling.hpp>
#include <mfg/solution.hpp>

#include <optional>

namespace mfg {

/// A sample of the population that an agent interacts with, at equally spaced times; only its mean if the interaction
/// is an attraction to the mean.
class MFG_API PopulationSample {
public:
    /// At `intervals` + 1 times.
    PopulationSample(const Solution& solution, int intervals, const RandomStream& stream);

    const Interaction* interaction() const { return interaction_ ? &*interaction_ : nullptr; }
    /// Positions `[d x m]` at time number `time`; does not exist if agents do not interact.
    Variable at(Tape& tape, int time) const;

private:
    std::optional<Interaction> interaction_;
    std::vector<Matrix> positions_;  // at each time
};

/// What one agent pays whose choices do not change the population of a solution: in a game c(x,t,m) with the frozen
/// density; in a potential game or control of the population the derivative c + dc/dw of the common cost, which is what
/// an agent's move adds to it. Densities count as no lower than those that agents of the population meet: beyond, a
/// density is extrapolated, and nobody should win by going there. Everything is `[1 x n]` at `points`
/// `[coordinates x n]`, weighted; what is zero does not exist.
class MFG_API AgentCosts {
public:
    /// The solution outlives this object; the stream is for agents of the population.
    AgentCosts(const Solution& solution, const RandomStream& stream);

    /// a1 |v - b|^2 / 2 for a velocity `[d x n]`.
    Variable control(const Variable& points, const Variable& velocity) const;
    /// a2 f; with `others`, the population at the time of the points, also the cost of their interaction.
    Variable running(Tape& tape, const Variable& points, const PopulationSample& others, int time) const;
    /// At the end a3 (g + dg/dw) or a3 g.
    Variable terminal(Tape& tape, const Variable& points) const;

private:
    Variable log_density(Tape& tape, const Variable& points, bool needed) const;
    Jet time(const Variable& points) const;

    const Solution& solution_;
    const MeanFieldGame& game_;
    // Following a point back to where its density is known costs more than all the rest.
    bool running_needs_density_, terminal_needs_density_;
    Real lowest_ = 0;
};

}  // namespace mfg
