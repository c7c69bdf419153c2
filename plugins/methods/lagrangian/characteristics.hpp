#pragma once
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/local_potential.hpp>
#include <mfg/integrator.hpp>
#include <mfg/network.hpp>

#include <optional>

namespace mfg {

/// Where paths start: positions `[d x n]` and the log density there `[1 x n]`.
struct PathStart {
    Variable x, log_density;
    /// What of the violation of the Hamilton-Jacobi equation is integrated along the path.
    enum class Violation { none, absolute, squared };
    Violation hjb = Violation::none;
    Variable others = {};  ///< positions `[d x m]` of the agents that these interact with; absent: of none
    /// `[d x n]`, one vector v for each path: the Laplacian of Phi along it is estimated by v'(Hess Phi)v. Absent: it
    /// is exact.
    Variable probe = {};
};

/// Where they end, and what was accumulated on the way, each `[1 x n]` but x. What is not computed does not exist.
struct PathEnd {
    Variable x;
    Variable log_density;              ///< log rho along the path: log rho0 - log determinant
    Variable log_determinant;          ///< of the map from the start to the end
    Variable transport, running, hjb;  ///< `running` is the integral of the potential C (LocalPotential)
};

/// Characteristics of a value function Phi: paths of agents with its velocity, with log density and costs carried along
/// (docs/equations.md, "Characteristics"). The pieces of the Lagrangian method that do not depend on how it is trained.
class MFG_API Characteristics {
public:
    /// All arguments outlive this object.
    Characteristics(const MeanFieldGame& game, const Network& network, const Integrator& integrator)
        : game_(game),
          network_(network),
          integrator_(integrator),
          interaction_(game.interaction()),
          running_(game, game.coupling(), CostPart::running)
    {
    }

    const MeanFieldGame& game() const { return game_; }
    const Integrator& integrator() const { return integrator_; }
    /// How agents interact; null if they do not.
    const Interaction* interaction() const { return interaction_ ? &*interaction_ : nullptr; }
    NetworkInput input() const { return {game_.dimension(), true}; }
    VariableList prepare(Tape& tape, const VariableList& parameters) const
    {
        return network_.prepare(tape, parameters, input());
    }

    /// Paths from time t0 to t1 (backward if t1 < t0).
    PathEnd integrate(Tape& tape, const VariableList& prepared, const PathStart& start, Real t0, Real t1,
                      const StepControl& control) const;
    /// log rho at points `[d + 1 x n]`, x and t, each at its own time: every point is followed back to t = 0;
    /// `control` are the steps of the whole horizon.
    Variable log_density(Tape& tape, const VariableList& prepared, const Variable& points,
                         const StepControl& control) const;
    /// Phi at points `[d + 1 x n]` with derivatives up to `order`; `with_value` false: these alone.
    FieldValues value_function(Tape& tape, const VariableList& prepared, const Variable& points, int order,
                               bool with_value = true) const;

private:
    /// The derivatives of Phi at points, and the Hamiltonian there.
    struct Place {
        FieldValues phi;
        Hamiltonian hamiltonian;
    };
    Place place(Tape& tape, const VariableList& prepared, const Variable& points, int order,
                bool with_divergence) const;

    const MeanFieldGame& game_;
    const Network& network_;
    const Integrator& integrator_;
    std::optional<Interaction> interaction_;
    LocalPotential running_;
};

/// x `[d x n]` and one time: points `[d + 1 x n]`.
MFG_API Variable at_time(const Variable& x, Real t);

}  // namespace mfg
