#pragma once
#include <mfg/fields.hpp>
#include <mfg/problem.hpp>

namespace mfg {

/// The Hamiltonian H(x,t,p,w) of a game at points, and all that follows from it: the one place that knows how agents
/// move and what moving costs (docs/equations.md, "Hamiltonians"). The standard one, |p|^2 / (2 a1) - b.p, has formulas
/// of its own: its drift is found once. All others are differentiated.
///
/// Gradients p and velocities are jets of d features without derivatives. An object is for one thread.
class MFG_API Hamiltonian {
public:
    /// At x `[d x n]` and times; the times do not exist in stationary games, nor the log densities w where H does not
    /// depend on them. `with_divergence`: velocity_divergence will be asked for.
    Hamiltonian(const MeanFieldGame& game, const Variable& x, const Jet& t, const Jet& log_density,
                bool with_divergence = false);
    /// At the points of fields.
    Hamiltonian(const MeanFieldGame& game, const Fields& at, const Jet& log_density, bool with_divergence = false)
        : Hamiltonian(game, at.x.value(), at.t, log_density, with_divergence)
    {
    }

    /// H(p), one feature.
    Jet operator()(const Jet& p) const;
    /// Velocity of agents -H_p.
    Jet velocity(const Jet& p) const;
    /// Divergence of the velocity of agents with p = grad phi. `w`: the log density with its gradient, where H depends
    /// on it.
    Jet velocity_divergence(const FieldValues& phi, const FieldValues& w = {}) const;
    /// Lagrangian L = p.H_p - H: the control cost per time of agents who move with velocity(p).
    Jet optimal_control_cost(const Jet& p) const;
    /// Control cost per time L(v) = sup_p (-p.v - H(p)) of agents who move with velocity v. Other Hamiltonians than the
    /// standard one are maximised by Newton's method; first derivatives flow to v and to the points.
    Jet control_cost(const Jet& velocity) const;
    /// L(v) + p.v + H(p) >= 0, which is 0 where v is velocity(p).
    Jet excess_cost(const Jet& velocity, const Jet& p) const;
    /// H_w, which the control of a population sees beside H: the derivative of what others pay for moving. A zero jet
    /// where H does not depend on the density.
    Jet density_derivative(const Jet& p) const;
    /// The drift b of the standard Hamiltonian, d features; a zero jet if there is none.
    Jet drift() const { return drift_; }

private:
    /// H and its first derivatives in p and w.
    struct Evaluation {
        Jet p, value, gradient, in_density;
    };
    const Evaluation& at(const Jet& p) const;
    bool standard() const { return traits_.form == HamiltonianForm::quadratic; }

    const MeanFieldGame& game_;
    const HamiltonianTraits& traits_;
    Variable x_;
    Jet t_, log_density_;
    Real a1_;
    Jet drift_, divergence_;  // of the standard one; zero jets
    mutable Evaluation last_ = {};
};

/// Whether agents of the game drift.
MFG_API bool has_drift(const MeanFieldGame& game);
/// Whether the Hamiltonian of a game is the standard one.
MFG_API bool is_standard(const MeanFieldGame& game);

/// The two equations of a game in standard form (docs/equations.md, "Conventions"), at the points of fields. `phi` has
/// a gradient and what else the equation needs; a zero jet counts as zero.

/// Hamilton-Jacobi operator rho phi - d_t phi - nu Lap phi + H(x,t,grad phi,w): the coupling a2 f is what it equals,
/// minus Lambda in ergodic games.
MFG_API Jet hamilton_jacobi(const MeanFieldGame& game, const Fields& at, const FieldValues& phi,
                            const Jet& log_density = {});
/// The same with the Hamiltonian at these points.
MFG_API Jet hamilton_jacobi(const MeanFieldGame& game, const Hamiltonian& hamiltonian, const FieldValues& phi);

/// Residual of the Kolmogorov-Fokker-Planck equation for w = log m:
/// d_t w + v.grad w + div v - nu (Lap w + |grad w|^2) with v = -H_p.
MFG_API Jet kolmogorov_log(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& w);
/// The same for the density itself: d_t m + v.grad m + m div v - nu Lap m.
MFG_API Jet kolmogorov(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& m);

}  // namespace mfg
