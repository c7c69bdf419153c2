#include <mfg/game/equations.hpp>

namespace mfg {

Jet hamilton_jacobi(const MeanFieldGame& game, const Hamiltonian& hamiltonian, const FieldValues& phi)
{
    return hamiltonian(phi.gradient) - game.viscosity() * phi.laplacian - phi.time_derivative;
}

Jet hamilton_jacobi(const MeanFieldGame& game, const Fields& at, const FieldValues& phi)
{
    return hamilton_jacobi(game, Hamiltonian(game, at), phi);
}

namespace {

/// The part that both forms of the density share: d_t u + v.grad u - nu Lap u.
Jet carried(const MeanFieldGame& game, const Hamiltonian& h, const FieldValues& phi, const FieldValues& u)
{
    return u.time_derivative + dot(h.velocity(phi.gradient), u.gradient) - game.viscosity() * u.laplacian;
}

}  // namespace

Jet kolmogorov_log(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& w)
{
    const Hamiltonian h(game, at, true);
    return carried(game, h, phi, w) + h.velocity_divergence(phi.laplacian) -
           game.viscosity() * norm_squared(w.gradient);
}

Jet kolmogorov(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& m)
{
    const Hamiltonian h(game, at, true);
    return carried(game, h, phi, m) + m.value * h.velocity_divergence(phi.laplacian);
}

}  // namespace mfg
