#include <mfg/autodiff/kept_tape.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/legendre.hpp>
#include <mfg/network.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mfg {
namespace {

/// H(p) + p.v for all points, with derivatives in p.
class Conjugate {
public:
    Conjugate(const MeanFieldGame& game, const Variable& x, const Jet& t, const Jet& w, const Variable& v)
        : game_(game), x_(x), t_(t), w_(w), v_(v), directions_(directions_of(game.hamiltonian_traits().form))
    {
    }

    Index dimension() const { return v_.rows(); }
    Index points() const { return v_.columns(); }

    Vector values(const Matrix& p) const
    {
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Jet at(tape.constant_view(p.data(), dimension(), points()));
        const Variable h = (game_.hamiltonian(state(tape), at) + dot(at, copy(tape, v_))).value();
        Vector result = make_vector(points());
        std::copy_n(h.data(), points(), result.begin());
        return result;
    }

    /// The gradient `[d x n]`, and the steps H_pp^-1 of it.
    void step(const Matrix& p, Matrix& gradient, Matrix& steps) const
    {
        const Index d = dimension(), n = points();
        const KeptTape kept;
        Tape& tape = *kept;
        tape.begin(false);
        const Variable at = tape.constant_view(p.data(), d, n);
        const Jet h = game_.hamiltonian(state(tape), Jet::coordinates(at, JetShape::of(2, static_cast<int>(d), false)));
        FieldValues second = FieldValues::of(h, JetShape::of(2, static_cast<int>(d), false));
        const Jet g = second.gradient + copy(tape, v_);
        second.gradient = Jet(at);  // radial forms: along p
        add_curvature(second, directions_, at, d,
                      [&](const Jet& along) { return game_.hamiltonian(repeated(tape, along.samples() / n), along); });
        VariableList products(tape, d);
        for (Index k = 0; k < d; ++k) {
            const Variable axis = tape.constant(d, n, 0);
            std::fill_n(axis.write_row(k), n, Real(1));
            products[k] = curvature_product(directions_, second, Jet(axis)).value();
        }
        Matrix hessian = make_matrix(d, d);
        Vector right = make_vector(d);
        for (Index j = 0; j < n; ++j) {
            Real largest = 0;
            for (Index k = 0; k < d; ++k)
                for (Index i = 0; i < d; ++i) {
                    hessian(i, k) = products[k](i, j);
                    largest = std::max(largest, std::abs(hessian(i, k)));
                }
            // H may be flat at p.
            for (Index k = 0; k < d; ++k) {
                gradient(k, j) = right(k) = g.value()(k, j);
                hessian(k, k) += 1e-14 * largest + 1e-300;
            }
            xt::col(steps, j) = linalg::solve(hessian, right);
        }
    }

private:
    static Jet copy(Tape& tape, const Variable& of)
    {
        const Variable to = tape.constant(of.rows(), of.columns());
        for (Index r = 0; r < of.rows(); ++r) std::copy_n(of.row(r), of.columns(), to.write_row(r));
        return Jet(to);
    }
    static Jet copy(Tape& tape, const Jet& of) { return of.is_zero() ? Jet{} : copy(tape, of.value()); }
    State state(Tape& tape) const { return {copy(tape, x_), copy(tape, t_), copy(tape, w_)}; }
    State repeated(Tape& tape, Index times) const
    {
        const auto repeat = [&](const Jet& of) {
            if (of.is_zero()) return Jet{};
            VariableList copies(tape, times);
            for (Index k = 0; k < times; ++k) copies[k] = of.value();
            return Jet(times == 1 ? of.value() : hconcat(&copies[0], times));
        };
        const State s = state(tape);
        return {repeat(s.x), repeat(s.t), repeat(s.log_density)};
    }

    const MeanFieldGame& game_;
    Variable x_;
    Jet t_, w_;
    Variable v_;
    Directions directions_;
};

}  // namespace

Jet gradient_of_velocity(const MeanFieldGame& game, const Variable& x, const Jet& t, const Jet& log_density,
                         const Variable& velocity)
{
    const Conjugate conjugate(game, x, t, log_density, velocity);
    const Index d = conjugate.dimension(), n = conjugate.points();
    Matrix p = make_matrix(d, n), gradient = p, steps = p, trial = p;
    for (Index k = 0; k < d; ++k)
        for (Index j = 0; j < n; ++j) p(k, j) = -velocity(k, j);
    Vector value = conjugate.values(p);
    constexpr int max_steps = 200, max_halvings = 60;
    constexpr Real sufficient = 1e-4, precision = 1e-13;
    std::vector<bool> done(n, false);
    for (int step = 0; step < max_steps; ++step) {
        conjugate.step(p, gradient, steps);
        Vector slope = make_vector(n), share = make_vector(n, 1);
        for (Index j = 0; j < n; ++j) {
            Real largest = 0, size = 0;
            for (Index k = 0; k < d; ++k) {
                slope(j) -= gradient(k, j) * steps(k, j);
                largest = std::max(largest, std::abs(gradient(k, j)));
                size = std::max(size, std::abs(velocity(k, j)));
            }
            done[j] = done[j] || largest <= precision * (1 + size);
        }
        if (std::all_of(done.begin(), done.end(), [](bool b) { return b; })) break;
        std::vector<bool> accepted = done;
        for (int halving = 0; halving < max_halvings; ++halving) {
            for (Index j = 0; j < n; ++j)
                for (Index k = 0; k < d; ++k) trial(k, j) = done[j] ? p(k, j) : p(k, j) - share(j) * steps(k, j);
            const Vector tried = conjugate.values(trial);
            for (Index j = 0; j < n; ++j) {
                if (accepted[j]) continue;
                // What rounding hides is no reason to go on.
                const Real rounding = 1e-15 * (1 + std::abs(value(j)));
                accepted[j] = tried(j) <= value(j) + sufficient * share(j) * slope(j) + rounding;
                if (!accepted[j]) share(j) /= 2;
            }
            if (std::all_of(accepted.begin(), accepted.end(), [](bool b) { return b; })) break;
        }
        p = trial;
        value = conjugate.values(p);
    }
    conjugate.step(p, gradient, steps);
    const Variable result = velocity.tape().constant(d, n);
    for (Index j = 0; j < n; ++j)
        for (Index k = 0; k < d; ++k) {
            if (!(std::abs(gradient(k, j)) <= 1e-7 * (1 + std::abs(velocity(k, j)))))
                throw NumericalError(fmt::format(
                    "game: no gradient p gives agents the velocity {:.4g} in coordinate {}", velocity(k, j), k));
            result.write_row(k)[j] = p(k, j);
        }
    return Jet(result);
}

}  // namespace mfg
