#pragma once
#include <mfg/game/agent_law.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/hamiltonian.hpp>

#include <memory>
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

/// The densities that a lone agent's costs see.
struct DensitySettings {
    /// Lowest log density that counts; none: the lowest that agents of the population meet.
    std::optional<Real> floor = {};
    Real smoothing = 0;  ///< standard deviation of a kernel that the density is smoothed by; 0: not at all
};

/// What one agent pays whose choices do not change the population of a solution: in a game c(x,t,m) with the frozen
/// density; in a potential game or control of the population the derivative c + dc/dw of the common cost, which is what
/// an agent's move adds to it. The density is that of the law of the agents (AgentLaw), and counts as no lower than a
/// floor: beyond, it is extrapolated, and costs such as log m have no lower bound. Everything is `[1 x n]` at `points`
/// `[coordinates x n]` of one time, weighted; what is zero does not exist.
class MFG_API AgentCosts {
public:
    /// The solution outlives this object; the stream is for agents of the population.
    AgentCosts(const Solution& solution, const RandomStream& stream, const DensitySettings& densities = {});
    /// The same law with other settings.
    AgentCosts(const AgentCosts& costs, const DensitySettings& densities);

    /// Whether a cost depends on the density, that of moving among them.
    bool need_density() const
    {
        return running_needs_density_ || terminal_needs_density_ || hamiltonian_needs_density_;
    }
    /// The lowest log density that counts.
    Real floor() const { return floor_; }
    /// Whether a cost falls without limit as the density does: then the floor decides how much there is to gain.
    bool unbounded_below() const;
    /// Null if no cost depends on the density.
    const AgentLaw* law() const { return law_.get(); }

    /// L(v), with the standard Hamiltonian a1 |v - b|^2 / 2, for a velocity `[d x n]`.
    Variable control(const Variable& points, const Variable& velocity) const;
    /// a2 f; with `others`, the population at the time of the points, also the cost of their interaction.
    Variable running(Tape& tape, const Variable& points, const PopulationSample& others, int time) const;
    /// At the end a3 (g + dg/dw) or a3 g.
    Variable terminal(Tape& tape, const Variable& points) const;

    /// The Hamiltonian that this agent has at points.
    Hamiltonian hamiltonian(const Variable& points) const;

private:
    Variable log_density(Tape& tape, const Variable& points, bool needed) const;
    Jet time(const Variable& points) const;

    const Solution& solution_;
    const MeanFieldGame& game_;
    // Following a point back to where its density is known costs more than all the rest.
    bool running_needs_density_, terminal_needs_density_, hamiltonian_needs_density_;
    std::shared_ptr<const AgentLaw> law_;
    Real lowest_ = 0;  // that agents meet
    Real floor_ = 0, smoothing_;
};

}  // namespace mfg
