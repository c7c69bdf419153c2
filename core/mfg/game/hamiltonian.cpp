#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>

namespace mfg {

Hamiltonian::Hamiltonian(const MeanFieldGame& game, const Variable& x, const Jet& t, bool with_divergence)
    : a1_(game.weights().transport)
{
    const int d = game.dimension();
    const Jet space = with_divergence ? Jet::coordinates(x, JetShape::of(1, d, false)) : Jet(x);
    const Jet b = game.drift({space, t, {}});
    if (b.is_zero()) return;
    if (b.features() != d) throw Error("problem: the drift must have as many features as the space has dimensions");
    drift_ = Jet(b.value());
    if (b.shape().order == 0) return;
    Variable sum;
    for (int i = 0; i < d; ++i) sum = combine({{1, sum}, {1, b[i].derivative(i)}});
    divergence_ = Jet(sum);
}

Jet Hamiltonian::operator()(const Jet& p, const Jet& control_cost) const
{
    return drift_.is_zero() ? control_cost : control_cost - dot(drift_, p);
}

Jet Hamiltonian::velocity(const Jet& p) const
{
    return combine(-1 / a1_, p, 1, drift_);
}

Jet Hamiltonian::velocity_divergence(const Jet& laplacian) const
{
    return combine(-1 / a1_, laplacian, 1, divergence_);
}

Jet Hamiltonian::optimal_control_cost(const Jet& p) const
{
    return Jet(dot_rows(p.value(), p.value(), 1 / (2 * a1_)));
}

Jet Hamiltonian::control_cost(const Jet& velocity) const
{
    const Jet control = drift_.is_zero() ? velocity : velocity - drift_;
    return Jet(dot_rows(control.value(), control.value(), a1_ / 2));
}

bool has_drift(const MeanFieldGame& game)
{
    const KeptTape kept;
    Tape& tape = *kept;
    tape.begin(false);
    const Jet time = game.stationary() ? Jet{} : Jet(tape.constant(1, 1, 0));
    return !game.drift({Jet(tape.constant(game.dimension(), 1, 0)), time, {}}).is_zero();
}

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
