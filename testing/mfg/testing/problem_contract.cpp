#include <mfg/autodiff/map_points.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/testing/interaction_checks.hpp>
#include <mfg/testing/problem_contract.hpp>
#include <mfg/testing/reference_contract.hpp>
#include <mfg/testing/system_contract.hpp>
#include <mfg/testing/worst_error.hpp>

#include <cmath>

namespace mfg {
namespace {

constexpr std::size_t points_tested = 16;

/// Whether a default is for something that a run has: a plugin's name, or an option in its section. An optimizer's
/// options may stand under its own name.
bool is_known(const std::string& name, const std::vector<std::pair<std::string, std::string>>& defaults)
{
    const auto is_plugin = [](const std::string& word) {
        const std::string end = "_network";
        const bool field = word.size() > end.size() && word.compare(word.size() - end.size(), end.size(), end) == 0;
        return word == "method" || word == "network" || word == "integrator" || word == "optimizer" || field;
    };
    const std::size_t dot = name.find('.');
    const std::string section = name.substr(0, dot);
    if (dot == std::string::npos) return is_plugin(name);
    if (dot + 1 == name.size()) return false;
    if (is_plugin(section) || section == "training") return true;
    for (const auto& [other, text] : defaults)
        if (other == "optimizer" && ("," + text + ",").find("," + section + ",") != std::string::npos) return true;
    return false;
}

CheckResult check_defaults(const Problem& problem)
{
    const auto defaults = problem.defaults();
    CheckResult result{"defaults name known sections", true, std::to_string(defaults.size()) + " defaults"};
    for (const auto& [name, text] : defaults)
        if (result.passed && (!is_known(name, defaults) || text.empty()))
            result = {result.what, false, "'" + name + "' = '" + text + "'"};
    return result;
}

CheckResult check_settings(const Problem& problem)
{
    std::string broken;
    const Window w = problem.window();
    if (problem.dimension() < 1) broken = "dimension " + std::to_string(problem.dimension());
    if (!(problem.horizon() > 0)) broken = "horizon " + short_text(problem.horizon());
    if (!(problem.viscosity() >= 0)) broken = "viscosity " + short_text(problem.viscosity());
    if (!(w.x_low < w.x_high && w.y_low < w.y_high)) broken = "an empty window";
    if (const MeanFieldGame* game = problem.mean_field_game()) {
        const CostWeights a = game->weights();
        if (!(a.transport > 0 && a.running >= 0 && a.terminal >= 0)) broken = "a negative weight, or no transport cost";
    }
    return {"dimension, horizon, viscosity, window and weights make sense", broken.empty(),
            broken.empty() ? "d = " + std::to_string(problem.dimension()) : broken};
}

using Formula = std::function<Jet(const State&)>;

/// A formula at points (x, t, w), one a row: `[n x features]` values, or with the derivatives in x, t, w and the
/// Laplacian in x behind them, `[n x (d + 4)]` for each feature.
Matrix values(const Formula& formula, int d, int features, const Matrix& points)
{
    return map_points(points, features, [&](Tape& tape, const Variable& in) {
        const Jet y = formula({Jet(in.rows(0, d)), Jet(in.rows(d, 1)), Jet(in.rows(d + 1, 1))});
        return y.is_zero() ? tape.constant(features, in.columns(), 0) : y.value();
    });
}

Matrix with_derivatives(const Formula& formula, int d, int features, const Matrix& points)
{
    const int each = d + 4;
    return map_points(points, features * each, [&](Tape& tape, const Variable& in) {
        const Jet s = Jet::coordinates(in, JetShape{2, d + 2, d});
        const Jet y = formula({s.features(0, d), s[d], s[d + 1]});
        const Variable out = tape.constant(features * each, in.columns(), 0);
        const auto put = [&](int to, const Variable& from) {
            for (int i = 0; i < in.columns(); ++i) out.write_row(to)[i] = from(0, i);
        };
        for (int f = 0; f < features && !y.is_zero(); ++f) {
            const Jet feature = y[f];
            put(f * each, feature.value());
            if (feature.shape().order == 0) continue;
            for (int k = 0; k < d + 2; ++k) put(f * each + 1 + k, feature.derivative(k));
            put(f * each + d + 3, feature.laplacian());
        }
        return out;
    });
}

/// Points (x, t, w) where agents are, and some farther away.
Matrix test_points(const MeanFieldGame& game)
{
    const Index d = game.dimension();
    const Matrix x = game.initial_density().sample(RandomStream(11, "points"), points_tested);
    const Density& initial = game.initial_density();
    const Vector w = initial.singular() ? make_vector(points_tested) : log_density_at(initial, x);
    Matrix points = make_matrix(points_tested, d + 2);
    for (std::size_t i = 0; i < points_tested; ++i) {
        for (Index k = 0; k < d; ++k) points(i, k) = x(i, k) * (i % 2 == 0 ? 1 : 1.5);
        points(i, d) = game.horizon() * (0.1 + 0.8 * static_cast<Real>(i) / points_tested);
        points(i, d + 1) = w(i) + 0.3;
    }
    return points;
}

Matrix columns_of(const Matrix& a, Index first, Index count, Index stride)
{
    Matrix result = make_matrix(rows(a), count);
    for (Index i = 0; i < rows(a); ++i)
        for (Index k = 0; k < count; ++k) result(i, k) = a(i, first + k * stride);
    return result;
}

CheckResults check_formula(const std::string& name, const Formula& formula, int features, const MeanFieldGame& game)
{
    CheckResults results;
    const int d = game.dimension();
    const Index dimension = d, count = features, each = dimension + 4;
    const Matrix points = test_points(game);
    const PointFunction value = [&](const Matrix& p) { return values(formula, d, features, p); };
    const Matrix v = value(points), all = with_derivatives(formula, d, features, points);
    const Real size = largest(v), floor = 1e-3 * size + 1e-9;
    results.push_back({name + " is finite", std::isfinite(size), "largest value " + short_text(size)});

    WorstError derivatives, laplacian, order, rows;
    order.compare(columns_of(all, 0, count, each), v, 0, "");
    for (Index k = 0; k < dimension + 2; ++k) {
        const std::string where = k < dimension    ? "coordinate " + std::to_string(k + 1)
                                  : k == dimension ? std::string("time")
                                                   : std::string("log density");
        derivatives.compare(columns_of(all, 1 + k, count, each), first_difference(value, points, k), floor, where);
    }
    laplacian.compare(columns_of(all, dimension + 3, count, each), difference_laplacian(value, points, dimension),
                      floor, "");
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        Matrix one = make_matrix(1, dimension + 2), expected = make_matrix(1, count);
        for (Index k = 0; k < dimension + 2; ++k) one(0, k) = points(i, k);
        for (Index k = 0; k < count; ++k) expected(0, k) = v(i, k);
        rows.compare(value(one), expected, size, "sample " + std::to_string(i + 1));
    }
    results.push_back(order.below(name + ": the value does not depend on which derivatives are asked for", 1e-12));
    results.push_back(derivatives.below(name + ": derivatives in x, t and log density (finite differences)", 1e-6));
    results.push_back(laplacian.below(name + ": Laplacian (finite differences)", 1e-5));
    results.push_back(rows.below(name + ": a batch of n is n batches of one", 1e-12));
    if (!game.periodic()) return results;
    WorstError period;
    for (Index k = 0; k < dimension; ++k) {
        Matrix moved = points;
        for (std::size_t i = 0; i < points.shape(0); ++i) moved(i, k) += 1;
        period.compare(value(moved), v, size, "coordinate " + std::to_string(k + 1));
    }
    results.push_back(period.below(name + ": period 1 in each coordinate", 1e-10));
    return results;
}

CheckResults check_game(const MeanFieldGame& game)
{
    CheckResults results;
    const Density* densities[] = {&game.initial_density(), game.target_density()};
    for (const Density* density : densities) {
        if (!density) continue;
        const std::string name = density == densities[0] ? "initial density" : "target density";
        const bool fits = density->dimension() == game.dimension();
        results.push_back({name + " has the problem's dimension", fits, "d = " + std::to_string(density->dimension())});
        if (!fits) return results;
        append_checks(results, name, [&] { return check_density(*density, name, game.periodic()); });
    }
    const std::pair<std::string, Formula> formulas[] = {
        {"running cost", [&](const State& s) { return game.running_cost(s); }},
        {"terminal cost", [&](const State& s) { return game.terminal_cost(s); }},
        {"drift", [&](const State& s) { return game.drift(s); }}};
    for (const auto& [name, formula] : formulas)
        append_checks(results, name, [&, &called = name, &f = formula] {
            return check_formula(called, f, called == "drift" ? game.dimension() : 1, game);
        });
    append_checks(results, "interaction", [&] { return check_interaction(game); });
    append_checks(results, "exact solution", [&] { return check_reference(game); });
    return results;
}

}  // namespace

CheckResults check_problem(const Problem& problem)
{
    CheckResults results;
    append_check(results, "dimension, horizon, viscosity, window and weights", [&] { return check_settings(problem); });
    append_check(results, "defaults", [&] { return check_defaults(problem); });
    if (!results.front().passed) return results;
    if (const MeanFieldGame* game = problem.mean_field_game())
        append_checks(results, "the game", [&] { return check_game(*game); });
    if (const PdeSystem* system = problem.pde_system())
        append_checks(results, "the system", [&] { return check_system(*system); });
    return results;
}

}  // namespace mfg
