#pragma once
#include <mfg/game/hamiltonian.hpp>

namespace mfg {

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
