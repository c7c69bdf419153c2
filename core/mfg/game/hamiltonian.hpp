#pragma once
#include <mfg/fields.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// The Hamiltonian of a game at points, H(x,t,p) = |p|^2 / (2 a1) - b(x,t).p, and all that follows from it: the one
/// place that knows how agents move and what moving costs (docs/equations.md, "Conventions"). The drift there is found
/// once.
///
/// Gradients p and velocities are jets of d features without derivatives.
class MFG_API Hamiltonian {
public:
    /// At x `[d x n]` and times; the times do not exist in stationary games. `with_divergence`: velocity_divergence
    /// will be asked for.
    Hamiltonian(const MeanFieldGame& game, const Variable& x, const Jet& t, bool with_divergence = false);
    /// At the points of fields.
    explicit Hamiltonian(const MeanFieldGame& game, const Fields& at, bool with_divergence = false)
        : Hamiltonian(game, at.x.value(), at.t, with_divergence)
    {
    }

    /// H(p), one feature.
    Jet operator()(const Jet& p) const { return (*this)(p, optimal_control_cost(p)); }
    /// The same from optimal_control_cost(p), if that is at hand.
    Jet operator()(const Jet& p, const Jet& control_cost) const;
    /// Velocity of agents -H_p = b - p / a1.
    Jet velocity(const Jet& p) const;
    /// Divergence of the velocity of agents with p = grad phi, from the Laplacian of phi: div b - Lap phi / a1.
    Jet velocity_divergence(const Jet& laplacian) const;
    /// Lagrangian p.H_p - H = |p|^2 / (2 a1): the control cost per time of agents who move with velocity(p).
    Jet optimal_control_cost(const Jet& p) const;
    /// Control cost per time a1 |v - b|^2 / 2 of agents who move with velocity v.
    Jet control_cost(const Jet& velocity) const;
    /// The drift b, d features; a zero jet if there is none.
    Jet drift() const { return drift_; }

private:
    Real a1_;
    Jet drift_, divergence_;  // of the drift; zero jets
};

/// Whether agents of the game drift.
MFG_API bool has_drift(const MeanFieldGame& game);

/// The two equations of a game in standard form (docs/equations.md, "Conventions"), at the points of fields. `phi` has
/// a gradient and what else the equation needs; a zero jet counts as zero.

/// Hamilton-Jacobi operator -d_t phi - nu Lap phi + H(x,t,grad phi): the coupling a2 f is what it equals, minus Lambda
/// in ergodic games.
MFG_API Jet hamilton_jacobi(const MeanFieldGame& game, const Fields& at, const FieldValues& phi);
/// The same with the Hamiltonian at these points.
MFG_API Jet hamilton_jacobi(const MeanFieldGame& game, const Hamiltonian& hamiltonian, const FieldValues& phi);

/// Residual of the Kolmogorov-Fokker-Planck equation for w = log m:
/// d_t w + v.grad w + div v - nu (Lap w + |grad w|^2) with v = -H_p.
MFG_API Jet kolmogorov_log(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& w);
/// The same for the density itself: d_t m + v.grad m + m div v - nu Lap m.
MFG_API Jet kolmogorov(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& m);

}  // namespace mfg
