#pragma once
#include <mfg/game/coupling.hpp>
#include <mfg/integrator.hpp>
#include <mfg/network.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// Where paths start: positions `[d x n]` and the log density there `[1 x n]`.
struct PathStart {
    Variable x, log_density;
    Variable others = {};  ///< positions `[d x m]` of the agents that these interact with; absent: of none
    /// `[d x n]`, one vector v for each path: the Laplacian of Phi along it is estimated by v'(Hess Phi)v. Absent: it
    /// is exact.
    Variable probe = {};
};

/// Where they end, and what was accumulated on the way, each `[1 x n]` but x. What is not computed does not exist.
struct PathEnd {
    Variable x;
    Variable log_density;      ///< log rho along the path: log rho0 - log determinant
    Variable log_determinant;  ///< of the map from the start to the end
    Variable transport, running, hjb;
};

/// Characteristics of a value function: x' = b - grad Phi / a1, with log density and costs carried along
/// (docs/equations.md, "Characteristics"). The pieces of the Lagrangian method that do not depend on how it is trained.
class MFG_API Characteristics {
public:
    /// `with_hjb`: whether the violation of the Hamilton-Jacobi equation is accumulated. All parts outlive this object.
    Characteristics(const MeanFieldGame& game, const Network& network, const Integrator& integrator, bool with_hjb);

    const MeanFieldGame& game() const { return game_; }
    NetworkInput input() const { return {game_.dimension(), true}; }
    VariableList prepare(Tape& tape, const VariableList& parameters) const;

    /// Paths from time t0 to t1 (backward if t1 < t0).
    PathEnd integrate(Tape& tape, const VariableList& prepared, const PathStart& start, Real t0, Real t1,
                      const StepControl& control) const;
    /// log rho at points `[d + 1 x n]`, x and t, each at its own time: every point is followed back to t = 0;
    /// `control` are the steps of the whole horizon.
    Variable log_density(Tape& tape, const VariableList& prepared, const Variable& points,
                         const StepControl& control) const;
    /// Velocity of agents b - grad Phi / a1 at points `[d + 1 x n]`.
    Variable velocity(Tape& tape, const VariableList& prepared, const Variable& points) const;
    /// Phi at points `[d + 1 x n]`, with derivatives of the given order.
    Jet field(Tape& tape, const VariableList& prepared, const Variable& points, int order) const;
    /// Phi at points `[d x n]` and one time, with derivatives of the given order.
    Jet field(Tape& tape, const VariableList& prepared, const Variable& x, Real t, int order) const;
    Variable value(Tape& tape, const VariableList& prepared, const Variable& x, Real t) const;
    CostAndCoupling terminal_cost(Tape& tape, const PathEnd& end) const;

private:
    class System;
    class BackwardSystem;
    /// At points x and t: derivatives of Phi, and how a characteristic goes on from there.
    struct Motion {
        Jet phi;                       // of the given order, without its value
        Jet drift;                     // b with its first derivatives in x
        Variable velocity, expansion;  // v and div v; no expansion where the order is 1
    };
    Motion motion(Tape& tape, const VariableList& prepared, const Variable& points, int order) const;

    const MeanFieldGame& game_;
    const Network& network_;
    const Integrator& integrator_;
    bool with_hjb_;
};

}  // namespace mfg
