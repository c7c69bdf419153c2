#include <mfg/assessment/formula_solution.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/hamiltonian_traits.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr int points_tested = 16;

/// The formula of a Hamiltonian at rows (x, t, w, p), p from column d + 2 on.
class HamiltonianChecks {
public:
    explicit HamiltonianChecks(const MeanFieldGame& game)
        : game_(game), d_(game.dimension()), points_(make_matrix(points_tested, 2 * d_ + 2))
    {
        const Matrix x = game.initial_density().sample(RandomStream(13, "points"), points_tested);
        const RandomStream rest(13, "t, w, p");
        for (Index i = 0; i < points_tested; ++i) {
            std::copy_n(&x(i, 0), d_, &points_(i, 0));
            rest.normal(i, d_ + 1, &points_(i, d_ + 1));
            rest.part("t").uniform(i, 1, &points_(i, d_));
            points_(i, d_) = game.horizon() * (0.1 + 0.8 * points_(i, d_));
        }
    }

    CheckResults run() const
    {
        CheckResults results{check_form()};
        results.push_back(check_derivatives());
        results.push_back(check_legendre());
        results.push_back(check_divergence());
        return results;
    }

private:
    State state(const Variable& in) const
    {
        return {Jet(in.rows(0, d_)), game_.stationary() ? Jet{} : Jet(in.rows(d_, 1)), Jet(in.rows(d_ + 1, 1))};
    }
    Hamiltonian at(const Variable& in) const
    {
        const State s = state(in);
        return {game_, s.x.value(), s.t, s.log_density};
    }

    CheckResult check_form() const
    {
        const HamiltonianForm found = traits_of_formula(game_).form, used = game_.hamiltonian_traits().form;
        return {"Hamiltonian: its second derivatives in p have the form that equations take", includes(used, found),
                found == used ? std::string(name_of(used))
                              : fmt::format("{} is stated, {} is found", name_of(used), name_of(found))};
    }

    /// As a function of all that it depends on, by jets and by differences.
    CheckResult check_derivatives() const
    {
        const PointFunction value = [&](const Matrix& p) {
            return map_points(p, 1, [&](Tape&, const Variable& in) {
                return game_.hamiltonian(state(in), Jet(in.rows(d_ + 2, d_))).value();
            });
        };
        const int all = static_cast<int>(columns(points_));
        const Matrix jets = map_points(points_, all, [&](Tape&, const Variable& in) {
            const Jet s = Jet::coordinates(in, JetShape{1, all, all});
            const Jet h = game_.hamiltonian({s.features(0, d_), game_.stationary() ? Jet{} : s[d_], s[d_ + 1]},
                                            s.features(d_ + 2, d_));
            return h.shape().order == 0 ? Variable{} : h.gradient();
        });
        WorstError worst;
        const Real floor = 1e-3 * std::max(largest(value(points_)), largest(jets)) + 1e-9;
        for (Index k = 0; k < all; ++k) {
            if (k == d_ && game_.stationary()) continue;
            worst.compare(columns_of(jets, k, 1), first_difference(value, points_, k), floor,
                          k < d_        ? fmt::format("coordinate {}", k + 1)
                          : k == d_     ? "time"
                          : k == d_ + 1 ? "log density"
                                        : fmt::format("p in coordinate {}", k - d_ - 1));
        }
        return worst.below("Hamiltonian: derivatives in x, t, log density and p (finite differences)", 1e-6);
    }

    CheckResult check_legendre() const
    {
        const std::string name = "Hamiltonian: the cost of a velocity is its Legendre transform";
        try {
            const Matrix off = map_points(points_, 2, [&](Tape&, const Variable& in) {
                const Hamiltonian h = at(in);
                const Jet p(in.rows(d_ + 2, d_));
                const Jet v = h.velocity(p);
                return vconcat({h.control_cost(v).value(), h.optimal_control_cost(p).value()});
            });
            WorstError worst;
            worst.compare(columns_of(off, 0, 1), columns_of(off, 1, 1), 1e-3 * largest(off) + 1e-9, "");
            return worst.below(name, 1e-6);
        } catch (const NumericalError& error) {
            // Where the control moves some coordinates only, it gives few velocities.
            return {name, true, std::string("not checked: ") + error.what()};
        }
    }

    /// With smooth functions in place of the unknowns.
    CheckResult check_divergence() const
    {
        const std::string name = "Hamiltonian: the divergence of the velocity (finite differences)";
        try {
            const GameSystem system(game_, Unknown::Role::log_density, game_.coupling());
            const FormulaSolution solution(system, [](const Unknown& unknown, const State& s) {
                const Jet phase = unknown.role == Unknown::Role::value ? s.x : 0.7 * s.x + 0.4;
                return sum(sin(phase)) + square(sum(cos(phase))) / static_cast<Real>(s.x.features());
            });
            const Matrix points = columns_of(points_, 0, solution.coordinates());
            const Matrix found = solution.map(points, 2, 1, [&](const Fields& f) {
                return Hamiltonian(game_, f, f["log_density"].value, true)
                    .velocity_divergence(f["phi"], f["log_density"]);
            });
            const PointFunction velocity = [&](const Matrix& x) { return solution.velocity_at(x); };
            Matrix sum = make_matrix(points_tested, 1);
            for (Index k = 0; k < d_; ++k) sum += columns_of(first_difference(velocity, points, k), k, 1);
            WorstError worst;
            worst.compare(found, sum, 1e-3 * largest(sum) + 1e-9, "");
            return worst.below(name, 1e-6);
        } catch (const UnsupportedProblem& refused) {
            return {name, true, std::string("not checked: ") + refused.what()};
        }
    }

    const MeanFieldGame& game_;
    int d_;
    Matrix points_;
};

}  // namespace

CheckResults check_hamiltonian(const MeanFieldGame& game)
{
    if (traits_of_formula(game).form == HamiltonianForm::quadratic && is_standard(game)) return {};
    return HamiltonianChecks(game).run();
}

}  // namespace mfg
