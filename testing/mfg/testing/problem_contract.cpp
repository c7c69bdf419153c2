#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/text.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/local_potential.hpp>
#include <mfg/game/population_game.hpp>
#include <mfg/testing/contracts.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

constexpr Index points_tested = 16;

/// Whether a default is for something that a run has: a plugin's name, or an option in its section. An optimizer's
/// options may stand under its own name.
bool is_known(const std::string& name, const std::vector<std::pair<std::string, std::string>>& defaults)
{
    const auto is_plugin = [](const std::string& word) {
        const bool field = ends_with(word, "_network") && word != "_network";
        return word == "method" || word == "network" || word == "integrator" || word == "optimizer" || field;
    };
    const std::size_t dot = name.find('.');
    const std::string section = name.substr(0, dot);
    if (dot == std::string::npos) return is_plugin(name);
    if (dot + 1 == name.size()) return false;
    if (is_plugin(section) || section == "training") return true;
    return std::any_of(defaults.begin(), defaults.end(), [&](const auto& other) {
        const std::vector<std::string> names = split(other.second);
        return other.first == "optimizer" && std::count(names.begin(), names.end(), section) > 0;
    });
}

CheckResult check_defaults(const Problem& problem)
{
    const auto defaults = problem.defaults();
    std::string broken;
    for (const auto& [name, text] : defaults)
        if (broken.empty() && (!is_known(name, defaults) || text.empty()))
            broken = fmt::format("'{}' = '{}'", name, text);
    return kept_unless(broken, "defaults name known sections", std::to_string(defaults.size()) + " defaults");
}

CheckResult check_settings(const Problem& problem)
{
    std::string broken;
    try {
        require_settings(problem);
    } catch (const Error& refused) {
        broken = refused.what();
    }
    return kept_unless(broken, "dimension, horizon, viscosity, window, weights and names make sense",
                       "d = " + std::to_string(problem.dimension()));
}

using Formula = std::function<Jet(const State&)>;

/// A formula at points (x, t, w), one a row: `[n x features]` values.
Matrix values(const Formula& formula, Index d, Index features, const Matrix& points)
{
    return map_points(points, features, [&](Tape&, const Variable& in) {
        const Jet y = formula({Jet(in.rows(0, d)), Jet(in.rows(d, 1)), Jet(in.rows(d + 1, 1))});
        if (y.is_zero()) return Variable{};
        if (y.features() != features)
            throw Error(fmt::format("it must be {} for each agent, and is a vector of {}",
                                    features == 1 ? "one number" : fmt::format("a vector of {}", features),
                                    y.features()));
        return y.value();
    });
}

/// Values, then derivatives in x, t and w, then Laplacians in x, `[n x features]` each.
Matrix with_derivatives(const Formula& formula, int d, Index features, const Matrix& points)
{
    return map_points(points, features * (d + 4), [&](Tape& tape, const Variable& in) {
        const Jet s = Jet::coordinates(in, JetShape{2, d + 2, d});
        const Jet y = formula({s.features(0, d), s[d], s[d + 1]});
        if (y.is_zero()) return Variable{};
        if (y.shape().order == 0) return vconcat({y.value(), tape.constant(features * (d + 3), in.columns(), 0)});
        Variable all = y.value();
        for (int k = 0; k < d + 2; ++k) all = vconcat({all, y.derivative(k)});
        return vconcat({all, y.laplacian()});
    });
}

/// Points (x, t, w) where agents are and, in R^d, some farther away.
Matrix test_points(const MeanFieldGame& game)
{
    const Index d = game.dimension();
    const Density& initial = game.initial_density();
    const Matrix x = initial.sample(RandomStream(11, "points"), points_tested);
    const bool bounded = bounded_space(game).has_value();
    const Vector w = initial.singular() ? make_vector(points_tested) : log_density_at(initial, x);
    Matrix points = make_matrix(points_tested, d + 2);
    for (Index i = 0; i < points_tested; ++i) {
        for (Index k = 0; k < d; ++k) points(i, k) = x(i, k) * (i % 2 == 0 || bounded ? 1 : 1.5);
        points(i, d) = game.horizon() * (0.1 + 0.8 * static_cast<Real>(i) / points_tested);
        points(i, d + 1) = w(i) + 0.3;
    }
    return points;
}

CheckResults check_formula(const std::string& name, const Formula& formula, Index features, const MeanFieldGame& game)
{
    CheckResults results;
    const Index d = game.dimension();
    const Matrix points = test_points(game);
    const PointFunction value = [&](const Matrix& p) { return values(formula, d, features, p); };
    const Matrix v = value(points), all = with_derivatives(formula, game.dimension(), features, points);
    const Real size = largest(v), floor = 1e-3 * size + 1e-9;
    results.push_back({name + " is finite", std::isfinite(size), fmt::format("largest value {:.4g}", size)});

    WorstError derivatives, laplacian, order, rows;
    const auto part = [&](Index number) { return columns_of(all, number * features, features); };
    order.compare(part(0), v, 0, "");
    for (Index k = 0; k < d + 2; ++k)
        derivatives.compare(part(1 + k), first_difference(value, points, k), floor,
                            k < d    ? "coordinate " + std::to_string(k + 1)
                            : k == d ? "time"
                                     : "log density");
    laplacian.compare(part(d + 3), difference_laplacian(value, points, d), floor, "");
    for (Index i = 0; i < points_tested; ++i)
        rows.compare(value(row_of(points, i)), row_of(v, i), size, "sample " + std::to_string(i + 1));
    results.push_back(order.below(name + ": the value does not depend on which derivatives are asked for", 1e-12));
    results.push_back(derivatives.below(name + ": derivatives in x, t and log density (finite differences)", 1e-6));
    results.push_back(laplacian.below(name + ": Laplacian (finite differences)", 1e-5));
    results.push_back(rows.below(name + ": a batch of n is n batches of one", 1e-12));
    const std::optional<Box> box = bounded_space(game);
    if (!box || !box->has(Face::periodic)) return results;
    WorstError period;
    for (Index k = 0; k < d; ++k)
        if (box->low_face(k) == Face::periodic)
            period.compare(value(moved(points, k, box->width(k))), v, size, "coordinate " + std::to_string(k + 1));
    results.push_back(
        period.below(name + (game.periodic() ? ": period 1 in each coordinate" : ": the period of the domain"), 1e-10));
    return results;
}

/// Whether a cost of a plain game that depends on the density is the derivative of its potential, by which methods see
/// it. One for which they refuse the game has none.
CheckResults check_potential(const std::string& name, CostPart part, const MeanFieldGame& game)
{
    if (game.coupling() != Coupling::game || game.initial_density().singular() || !depends_on_density(game, part))
        return {};
    const int d = game.dimension();
    const std::string what = name + " of a plain game is the derivative of its potential in the density";
    try {
        const LocalPotential potential(game, game.coupling(), part);
        const Matrix points = test_points(game);
        const auto time = [&](const Variable& in) { return game.stationary() ? Jet{} : Jet(in.rows(d, 1)); };
        const PointFunction integrand = [&](const Matrix& p) {
            return map_points(p, 1, [&](Tape&, const Variable& in) {
                return potential.integrand(in.rows(0, d), time(in), in.rows(d + 1, 1));
            });
        };
        const Matrix coupling = map_points(points, 1, [&](Tape&, const Variable& in) {
            return potential.costs(in.rows(0, d), time(in), in.rows(d + 1, 1)).coupling;
        });
        WorstError derivative;
        derivative.compare(integrand(points) + first_difference(integrand, points, d + 1), coupling,
                           1e-3 * largest(coupling) + 1e-9, "");
        return {derivative.below(what + " (finite differences)", 1e-6)};
    } catch (const UnsupportedProblem& refused) {
        return {{what, true, std::string("none: ") + refused.what()}};
    }
}

CheckResults check_game(const MeanFieldGame& game)
{
    CheckResults results;
    const Density* densities[] = {&game.initial_density(), game.target_density()};
    for (const Density* density : densities) {
        if (!density) continue;
        const std::string name = density == densities[0] ? "initial density" : "target density";
        append_checks(results, name, [&] { return check_density(*density, name, bounded_space(game)); });
    }
    const std::pair<std::string, Formula> formulas[] = {
        {"running cost", [&](const State& s) { return game.running_cost(s); }},
        {"terminal cost", [&](const State& s) { return game.terminal_cost(s); }},
        {"drift", [&](const State& s) { return game.drift(s); }},
        {"exit cost", [&](const State& s) { return game.exit_cost(s); }}};
    for (const auto& [name, formula] : formulas)
        append_checks(results, name, [&, &called = name, &f = formula] {
            return check_formula(called, f, called == "drift" ? game.dimension() : 1, game);
        });
    for (const auto& [name, part] :
         {std::pair{"running cost", CostPart::running}, std::pair{"terminal cost", CostPart::terminal}})
        append_checks(results, name,
                      [&, &called = name, &which = part] { return check_potential(called, which, game); });
    append_checks(results, "Hamiltonian", [&] { return check_hamiltonian(game); });
    append_checks(results, "interaction", [&] { return check_interaction(game); });
    append_checks(results, "exact solution", [&] { return check_reference(game); });
    return results;
}

/// Log densities of all populations: exact ones where they are known, else gentle functions, since any will do.
Jet log_densities(const MultiPopulationGame& game, const State& s)
{
    Jet all;
    for (int k = 0; k < game.populations(); ++k) {
        const auto reference = game.population(k).reference();
        const Density& initial = game.population(k).initial_density();
        const Jet w = reference && reference->log_density ? reference->log_density(s) : 0.1 * initial.log_density(s.x);
        all = all.is_zero() ? w : vconcat(all, w);
    }
    return all;
}

/// Derivatives in the own density are those in s.log_density: a cost that takes it from the list of all has none.
CheckResult check_own_density(const MultiPopulationGame& game, int number)
{
    const MeanFieldGame& own = game.population(number);
    const auto costs = [&](Real shift) {
        const PopulationGame among(own, [&](const State& s) {
            Jet moved;
            for (int k = 0; k < game.populations(); ++k) {
                const Jet w = log_densities(game, s)[k], other = k == number ? w + shift : w;
                moved = moved.is_zero() ? other : vconcat(moved, other);
            }
            return moved;
        });
        const Formula both = [&](const State& s) {
            const Jet zero(s.x.tape().constant(1, s.x.samples(), 0));
            return vconcat(zero + among.running_cost(s), zero + among.terminal_cost(s));
        };
        return values(both, own.dimension(), 2, test_points(own));
    };
    WorstError change;
    change.compare(costs(1), costs(0), 1, "");
    return change.below("costs see the own density as s.log_density, not in s.log_densities", 1e-12);
}

CheckResults check_populations(const MultiPopulationGame& game)
{
    CheckResults results;
    for (int k = 0; k < game.populations(); ++k) {
        const PopulationGame own(game.population(k), [&](const State& s) { return log_densities(game, s); });
        CheckResults found = check_game(own);
        append_check(found, "own density", [&] { return check_own_density(game, k); });
        for (CheckResult& result : found) {
            result.what = fmt::format("population {}: {}", k + 1, result.what);
            results.push_back(result);
        }
    }
    return results;
}

}  // namespace

CheckResults check_problem(const Problem& problem)
{
    CheckResults results;
    append_check(results, "dimension, horizon, viscosity, window, weights and names",
                 [&] { return check_settings(problem); });
    append_check(results, "defaults", [&] { return check_defaults(problem); });
    if (!results.front().passed) return results;
    if (const MeanFieldGame* game = problem.mean_field_game())
        append_checks(results, "the game", [&] { return check_game(*game); });
    if (const MultiPopulationGame* game = problem.multi_population_game())
        append_checks(results, "the populations", [&] { return check_populations(*game); });
    if (const PdeSystem* system = problem.pde_system())
        append_checks(results, "the system", [&] { return check_system(*system); });
    return results;
}

}  // namespace mfg
