#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/legendre.hpp>

namespace mfg {

Hamiltonian::Hamiltonian(const MeanFieldGame& game, const Variable& x, const Jet& t, const Jet& log_density,
                         bool with_divergence)
    : game_(game),
      traits_(game.hamiltonian_traits()),
      x_(x),
      t_(t),
      log_density_(log_density),
      a1_(game.weights().transport)
{
    if (!standard()) {
        if (traits_.depends_on_density && log_density.is_zero())
            throw Error("game: its Hamiltonian depends on the density, which is not available here");
        return;
    }
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

const Hamiltonian::Evaluation& Hamiltonian::at(const Jet& p) const
{
    if (!last_.p.is_zero() && last_.p.array().same_as(p.array())) return last_;
    const Index d = p.features(), n = p.samples();
    const bool sees = traits_.depends_on_density;
    const JetShape shape{1, static_cast<int>(d) + sees, static_cast<int>(d)};
    const Variable both = sees ? vconcat({p.value(), log_density_.value()}) : p.value();
    const Jet variables = Jet::coordinates(both, shape);
    const Jet w = sees ? variables[d] : log_density_;
    const Jet h = game_.hamiltonian({Jet(x_), t_, w}, variables.features(0, d));
    const auto zero = [&](Index rows) { return Jet(x_.tape().constant(rows, n, 0)); };
    if (h.is_zero() || h.shape().order == 0) {
        last_ = {p, h.is_zero() ? zero(1) : Jet(h.value()), zero(d), sees ? zero(1) : Jet{}};
    } else {
        last_ = {p, Jet(h.value()), Jet(h.gradient()), sees ? Jet(h.derivative(static_cast<int>(d))) : Jet{}};
    }
    return last_;
}

Jet Hamiltonian::operator()(const Jet& p) const
{
    if (!standard()) return at(p).value;
    const Jet moving = optimal_control_cost(p);
    return drift_.is_zero() ? moving : moving - dot(drift_, p);
}

Jet Hamiltonian::velocity(const Jet& p) const
{
    return standard() ? combine(-1 / a1_, p, 1, drift_) : -at(p).gradient;
}

Jet Hamiltonian::density_derivative(const Jet& p) const
{
    return traits_.depends_on_density ? at(p).in_density : Jet{};
}

/// div H_p is the sum over k of the second derivative of H along e_k in p and, in the second place, along what p, x and
/// w change by in coordinate k: a quarter of the difference of two Laplacians of the formula.
Jet Hamiltonian::velocity_divergence(const FieldValues& phi, const FieldValues& w) const
{
    if (standard()) return combine(-1 / a1_, phi.laplacian, 1, divergence_);
    const int d = game_.dimension();
    const Jet x = Jet::coordinates(x_, JetShape::of(2, d, false)), e = x - Jet(x_);
    const Jet change = curvature_product(value_directions(game_), phi, e);
    const Jet log_density = traits_.depends_on_density ? w.value + dot(w.gradient, e) : log_density_;
    const auto laplacian = [&](const Jet& p) {
        const Jet h = game_.hamiltonian({x, t_, log_density}, p);
        return h.is_zero() || h.shape().order < 2 ? Jet{} : Jet(h.laplacian());
    };
    const Jet along = phi.gradient + change;
    const Jet difference = combine(Real(-0.25), laplacian(along + e), Real(0.25), laplacian(along - e));
    return difference.is_zero() ? Jet(x_.tape().constant(1, x_.columns(), 0)) : difference;
}

Jet Hamiltonian::optimal_control_cost(const Jet& p) const
{
    if (standard()) return Jet(dot_rows(p.value(), p.value(), 1 / (2 * a1_)));
    return dot(p, at(p).gradient) - at(p).value;
}

Jet Hamiltonian::control_cost(const Jet& velocity) const
{
    if (!standard()) {
        // At the p where the supremum is, the derivatives are those with p held fixed.
        const Jet p = gradient_of_velocity(game_, x_, t_, log_density_, velocity.value());
        return -dot(p, velocity) - at(p).value;
    }
    const Jet control = drift_.is_zero() ? velocity : velocity - drift_;
    return Jet(dot_rows(control.value(), control.value(), a1_ / 2));
}

Jet Hamiltonian::excess_cost(const Jet& v, const Jet& p) const
{
    if (!standard()) return control_cost(v) + dot(p, v) + (*this)(p);
    const Jet difference = v - velocity(p);
    return Jet(dot_rows(difference.value(), difference.value(), a1_ / 2));
}

bool is_standard(const MeanFieldGame& game)
{
    return game.hamiltonian_traits().form == HamiltonianForm::quadratic;
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
    const Jet h = hamiltonian(phi.gradient) - diffusion(game, phi) - phi.time_derivative;
    return game.discount() == 0 ? h : h + game.discount() * phi.value;
}

Jet hamilton_jacobi(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const Jet& log_density)
{
    return hamilton_jacobi(game, Hamiltonian(game, at, log_density), phi);
}

namespace {

/// The part that both forms of the density share: d_t u + v.grad u - nu Lap u.
Jet carried(const MeanFieldGame& game, const Hamiltonian& h, const FieldValues& phi, const FieldValues& u)
{
    return u.time_derivative + dot(h.velocity(phi.gradient), u.gradient) - diffusion(game, u);
}

}  // namespace

Jet kolmogorov_log(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& w)
{
    const Hamiltonian h(game, at, w.value, true);
    return carried(game, h, phi, w) + h.velocity_divergence(phi, w) - diffusion_of_logarithm(game, w.gradient);
}

Jet kolmogorov(const MeanFieldGame& game, const Fields& at, const FieldValues& phi, const FieldValues& m)
{
    FieldValues w;
    if (game.hamiltonian_traits().depends_on_density) w = logarithm(m);
    const Hamiltonian h(game, at, w.value, true);
    return carried(game, h, phi, m) + m.value * h.velocity_divergence(phi, w);
}

}  // namespace mfg
