#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

namespace mfg {
namespace {

constexpr Index sample_size = 4096;

/// The equations of a game and its stated costs at the exact solution.
class ReferenceChecks {
public:
    ReferenceChecks(const GameSystem& system, const Reference& reference)
        : system_(system),
          game_(system.game()),
          reference_(reference),
          exact_(system, reference),
          d_(game_.dimension()),
          interaction_(game_.interaction())
    {
    }

    CheckResults run()
    {
        const Density& initial = game_.initial_density();
        if (system_.domain()) {
            check_box();
        } else if (game_.stationary()) {
            check(Where::interior, initial.sample(RandomStream(17, "uniform"), sample_size));
        } else if (reference_.log_density) {
            check(Where::initial, with_time(game_, initial.sample(RandomStream(17, "initial"), 256), 0));
            follow_paths(initial.sample(RandomStream(17, "paths"), sample_size));
        } else {
            // Without a density the equation of the value function is all there is: where the exact population is.
            Matrix points = reference_.population(RandomStream(17, "population"), sample_size);
            check(Where::interior, points);
            xt::col(points, d_) = game_.horizon();
            check(Where::terminal, points);
        }
        CheckResults results;
        for (const auto& [name, what, tolerance] : {std::tuple{"hjb", "Hamilton-Jacobi-Bellman equation", 1e-8},
                                                    {"kfp", "Kolmogorov equation", 1e-8},
                                                    {"terminal", "terminal condition of the value function", 1e-9},
                                                    {"initial", "initial density", 1e-9},
                                                    {"reflection", "value function at reflecting walls", 1e-9},
                                                    {"flux", "flux of the density at reflecting walls", 1e-9},
                                                    {"exit", "value function at the exits", 1e-9},
                                                    {"exit_density", "density at the exits", 1e-9}})
            if (const auto found = worst_.find(name); found != worst_.end())
                results.push_back(found->second.below(std::string("exact solution: ") + what, tolerance));
        if (game_.stationary()) results.push_back(check_normalisations());
        for (const auto& [name, stated] : reference_.terms)
            if (const auto found = costs_.find(name); found != costs_.end())
                results.push_back(check_cost(name, stated, found->second));
        return results;
    }

private:
    void check(Where where, const Matrix& points)
    {
        for (const Equation& equation : system_.equations())
            if (equation.where == where) add_residual(system_, exact_, equation, points, worst_[equation.name]);
    }

    /// In a box all places count: paths would end at exits.
    void check_box()
    {
        Matrix points = uniform_points(game_, RandomStream(17, "uniform"), sample_size);
        check(Where::interior, points);
        if (system_.domain()->has_walls())
            check(Where::boundary, system_.boundary_points(RandomStream(17, "boundary"), 256));
        if (game_.stationary()) return;
        xt::col(points, d_) = 0;
        check(Where::initial, points);
        xt::col(points, d_) = game_.horizon();
        check(Where::terminal, points);
    }

    /// Moves a sample along the velocity that carries the exact density, whatever the viscosity; the equations are
    /// checked where it is, costs are accumulated.
    void follow_paths(const Matrix& starts)
    {
        constexpr int steps = 24;
        const Index n = rows(starts);
        const Real h = game_.horizon() / steps;
        Matrix y = make_matrix(n, d_ + 2);  // x, transport cost, running cost
        first_columns(y, d_) = starts;
        for (int step = 0; step < steps; ++step) {
            const Real t = step * h;
            check(Where::interior, positions(y, 32, t + h / 3));
            const Matrix k1 = rates(y, t), k2 = rates(y + (h / 2) * k1, t + h / 2),
                         k3 = rates(y + (h / 2) * k2, t + h / 2), k4 = rates(y + h * k3, t + h);
            y += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
        }
        const Matrix end = positions(y, n, game_.horizon());
        check(Where::terminal, end);
        const Matrix terminal = exact_.map(end, 0, 1, [this](const Fields& f) {
            const Variable w = f["log_density"].value.value();
            return existing(terminal_cost(game_, game_.coupling(), f.x.value(), w).cost, w);
        });
        const CostWeights a = game_.weights();
        for (Index i = 0; i < n; ++i) {
            costs_["transport"].add(y(i, d_));
            costs_["running"].add(a.running * y(i, d_ + 1));
            costs_["terminal"].add(a.terminal * terminal(i, 0));
        }
    }

    /// The first `count` of the moved points, with a time.
    Matrix positions(const Matrix& y, Index count, Real t) const
    {
        return with_time(game_, xt::view(y, xt::range(0, count), xt::range(0, d_)), t);
    }

    static Jet existing(const Variable& cost, const Variable& like)
    {
        return Jet(cost.exists() ? cost : like.tape().constant(1, like.columns(), 0));
    }

    Matrix rates(const Matrix& y, Real t) const
    {
        const int outputs = game_.dimension() + 2;
        return exact_.map(positions(y, rows(y), t), 1, outputs, [this](const Fields& f) {
            const FieldValues &phi = f["phi"], &w = f["log_density"];
            const Hamiltonian h(game_, f, w.value);
            const Jet velocity = h.velocity(phi.gradient) - noise_times(game_, w.gradient);
            const Variable cost = running_cost(game_, game_.coupling(), f.x.value(), f.t, w.value.value(),
                                               interaction_ ? &*interaction_ : nullptr,
                                               interaction_ ? f.population_centre.value() : Variable{})
                                      .cost;
            return vconcat(vconcat(velocity, h.optimal_control_cost(phi.gradient)), existing(cost, w.value.value()));
        });
    }

    static CheckResult check_cost(const std::string& name, Real stated, const MonteCarloMean& found)
    {
        const Real error = found.standard_error();
        // Where all agents pay the same, only the error of the time steps is left.
        return {"exact solution: the stated " + name + " cost is that of its paths",
                std::abs(found.mean() - stated) < 5 * error + Real(1e-6) * std::abs(stated),
                fmt::format("{:.4g} stated, {:.4g} +- {:.4g} found", stated, found.mean(), error)};
    }

    /// int m = 1 and, without a discount, int phi = 0 and a stated constant.
    CheckResult check_normalisations() const
    {
        const Density& initial = game_.initial_density();
        const Matrix both =
            exact_.map(initial.sample(RandomStream(17, "uniform"), sample_size), 0, 2, [&](const Fields& f) {
                const Jet excess = f["log_density"].value - initial.log_density(f.x);
                return vconcat(f["phi"].value, exp(excess));
            });
        WorstError worst;
        worst.add_mean(xt::col(both, 1) - 1, "int m = 1");
        if (game_.discount() == 0) worst.add_mean(xt::col(both, 0), "int phi = 0");
        if (game_.discount() == 0 && !reference_.constant) worst.add(1, 0, "there is no constant");
        return worst.below("exact solution: normalisations and a constant (errors in standard errors)", 5);
    }

    const GameSystem& system_;
    const MeanFieldGame& game_;
    const Reference& reference_;
    FormulaSolution exact_;
    Index d_;
    std::optional<Interaction> interaction_;
    std::map<std::string, WorstError> worst_;
    std::map<std::string, MonteCarloMean> costs_;
};

/// Points are where the stated mean is, on average, early and late.
CheckResult check_mean(const Reference& reference, const Matrix& points, const std::string& name)
{
    const Index d = columns(points) - 1;
    const Vector t = xt::col(points, d);
    Matrix off = columns_of(points, 0, d);
    for (Index i = 0; i < rows(off); ++i) xt::row(off, i) -= reference.mean(t(i));
    WorstError worst;
    for (Index k = 0; k < d; ++k) {
        const std::string coordinate = "coordinate " + std::to_string(k + 1);
        worst.add_mean(xt::col(off, k), coordinate);
        worst.add_mean(xt::col(off, k) * t, coordinate + ", later");
    }
    return worst.below(name + ": their mean is the stated one (errors in standard errors)", 5);
}

}  // namespace

CheckResults check_reference(const MeanFieldGame& game)
{
    const auto reference = game.reference();
    if (!reference) return {};
    std::string broken;
    for (const auto& [name, value] : reference->terms)
        if (!std::isfinite(value)) broken = name;
    CheckResults results{kept_unless(broken, "exact solution: stated costs are finite",
                                     std::to_string(reference->terms.size()) + " terms")};
    const auto append = [&](const CheckResults& more) { results.insert(results.end(), more.begin(), more.end()); };
    append(check_points(game, *reference));
    if (!reference->value) return results;
    if (!reference->log_density && (!reference->population || depends_on_density(game))) return results;
    std::optional<Unknown::Role> form;
    const std::optional<Box> box = game.domain();
    if (reference->log_density)
        form = box && box->has(Face::exit) ? Unknown::Role::density : Unknown::Role::log_density;
    if (const auto interaction = game.interaction(); interaction && interaction->pairwise())
        results.push_back({"exact solution: the equations", true, "not checked: agents interact in pairs"});
    else if (interaction && !game.stationary() && !reference->mean)
        results.push_back(
            {"exact solution: the equations", false, "reference() has no mean, to which the agents are attracted"});
    else
        append(
            ReferenceChecks(GameSystem(game, form, game.coupling(), GameSystem::Walls::equations), *reference).run());
    append(check_population(game, *reference));
    return results;
}

CheckResults check_points(const Problem& problem, const Reference& reference)
{
    if (reference.points.empty()) return {};
    const bool time = !problem.stationary();
    const Index d = problem.dimension();
    // Errors that have these names already.
    const std::set<std::string> taken{"control",  "value",   "value_centred", "value_l1",
                                      "gradient", "density", "log_density",   "constant"};
    std::string wrong;
    for (const auto& [name, point] : reference.points) {
        const Matrix row = xt::view(point, xt::newaxis(), xt::all());
        if (taken.count(name) > 0)
            wrong = fmt::format("'{}' is another error", name);
        else if (columns(row) != d + time || !all_finite(row))
            wrong = fmt::format("'{}' is not {} finite numbers", name, d + time);
        else if (!reference.value)
            wrong = fmt::format("'{}', but there is no value", name);
        if (!wrong.empty()) break;
        const Matrix value = map_points(row, 1, [&](Tape&, const Variable& in) {
            return reference.value({Jet(in.rows(0, d)), time ? Jet(in.rows(d, 1)) : Jet{}, {}}).value();
        });
        if (!all_finite(value) || value(0, 0) == 0)
            wrong = fmt::format("the value at '{}' is {}, to which errors are relative", name, value(0, 0));
    }
    return {
        kept_unless(wrong, "exact solution: points of their own error", fmt::format("{}", reference.points.size()))};
}

CheckResults check_population(const Problem& problem, const Reference& reference)
{
    if (!reference.population) return {};
    const bool time = !problem.stationary();
    const int d = problem.dimension();
    const std::string name = "points of the exact population";
    const Matrix points = reference.population(RandomStream(19, "population"), 2 * sample_size);
    CheckResults results{{name + ": one a row",
                          rows(points) == 2 * sample_size && columns(points) == d + time && all_finite(points),
                          std::to_string(columns(points)) + " columns"}};
    if (!results.front().passed) return results;
    if (reference.mean && time) results.push_back(check_mean(reference, points, name));
    if (!reference.log_density) return results;
    const Matrix jets = map_points(points, d + 2, [&](Tape&, const Variable& in) {
        const Jet x = Jet::coordinates(in.rows(0, d), JetShape::of(2, d, false));
        const Jet w = reference.log_density({x, time ? Jet(in.rows(d, 1)) : Jet{}, {}});
        return vconcat({w.value(), w.gradient(), w.laplacian()});
    });
    results.push_back(check_law(columns_of(points, 0, d), jets, name, bounded_space(problem)));
    if (!time) return results;
    const Vector share = xt::col(points, d) / problem.horizon();
    WorstError uniform;
    uniform.add_mean(share - 0.5, "the mean of t");
    uniform.add_mean(share * share - 1.0 / 3, "the mean of t^2");
    results.push_back(uniform.below(name + ": times are uniform (errors in standard errors)", 5));
    return results;
}

}  // namespace mfg
