#include <mfg/assessment/formula_solution.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/reference_contract.hpp>
#include <mfg/testing/residual_checks.hpp>

#include <algorithm>
#include <map>

namespace mfg {
namespace {

constexpr int sample_size = 4096;

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
        if (game_.stationary()) {
            check(Where::interior, initial.sample(RandomStream(17, "uniform"), sample_size));
        } else if (reference_.log_density) {
            check(Where::initial, with_time(game_, initial.sample(RandomStream(17, "initial"), 256), 0));
            follow_paths(initial.sample(RandomStream(17, "paths"), sample_size));
        } else {
            // Without a density the equation of the value function is all there is: where the exact population is.
            Matrix points = reference_.population(RandomStream(17, "population"), sample_size);
            check(Where::interior, points);
            for (std::size_t i = 0; i < points.shape(0); ++i) points(i, d_) = game_.horizon();
            check(Where::terminal, points);
        }
        CheckResults results;
        for (const auto& [name, what, tolerance] : {std::tuple{"hjb", "Hamilton-Jacobi-Bellman equation", 1e-8},
                                                    {"kfp", "Kolmogorov equation", 1e-8},
                                                    {"terminal", "terminal condition of the value function", 1e-9},
                                                    {"initial", "initial density", 1e-9}})
            if (const auto found = worst_.find(name); found != worst_.end())
                results.push_back(found->second.below(std::string("exact solution: ") + what, tolerance));
        if (game_.stationary()) results.push_back(check_normalisations());
        for (const auto& [name, stated] : reference_.terms)
            if (const auto found = costs_.find(name); found != costs_.end())
                results.push_back(check_cost(name, stated, found->second));
        return results;
    }

private:
    /// The equations that hold there, at points.
    void check(Where where, const Matrix& points)
    {
        for (const Equation& equation : system_.equations())
            if (equation.where == where) add_residual(system_, exact_, equation, points, worst_[equation.name]);
    }

    /// Moves a sample along the velocity that carries the exact density, whatever the viscosity; the equations are
    /// checked where it is, costs are accumulated.
    void follow_paths(const Matrix& starts)
    {
        constexpr int steps = 24;
        const std::size_t n = starts.shape(0);
        const Real h = game_.horizon() / steps;
        Matrix y = make_matrix(n, d_ + 2);  // x, transport cost, running cost
        for (std::size_t i = 0; i < n; ++i) std::copy_n(&starts(i, 0), d_, &y(i, 0));
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
        for (std::size_t i = 0; i < n; ++i) {
            costs_["transport"].add(y(i, d_));
            costs_["running"].add(a.running * y(i, d_ + 1));
            costs_["terminal"].add(a.terminal * terminal(i, 0));
        }
    }

    /// The first `count` of the moved points, with a time.
    Matrix positions(const Matrix& y, std::size_t count, Real t) const
    {
        Matrix at = make_matrix(count, d_ + 1, t);
        for (std::size_t i = 0; i < count; ++i) std::copy_n(&y(i, 0), d_, &at(i, 0));
        return at;
    }

    static Jet existing(const Variable& cost, const Variable& like)
    {
        return Jet(cost.exists() ? cost : like.tape().constant(1, like.columns(), 0));
    }

    Matrix rates(const Matrix& y, Real t) const
    {
        const int outputs = game_.dimension() + 2;
        return exact_.map(positions(y, y.shape(0), t), 1, outputs, [this](const Fields& f) {
            const FieldValues &phi = f["phi"], &w = f["log_density"];
            const Hamiltonian h(game_, f);
            const Jet velocity = h.velocity(phi.gradient) - game_.viscosity() * w.gradient;
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
                short_text(stated) + " stated, " + short_text(found.mean()) + " +- " + short_text(error) + " found"};
    }

    /// int phi = 0, int m = 1 and a stated constant.
    CheckResult check_normalisations() const
    {
        const Matrix both =
            exact_.map(game_.initial_density().sample(RandomStream(17, "uniform"), sample_size), 0, 2,
                       [](const Fields& f) { return vconcat(f["phi"].value, exp(f["log_density"].value)); });
        MonteCarloMean value, mass;
        for (std::size_t i = 0; i < both.shape(0); ++i) {
            value.add(both(i, 0));
            mass.add(both(i, 1) - 1);
        }
        WorstError worst;
        worst.add(value.mean(), value.standard_error(), "int phi = 0");
        worst.add(mass.mean(), mass.standard_error(), "int m = 1");
        if (!reference_.constant) worst.add(1, 0, "there is no constant");
        return worst.below("exact solution: normalisations and a constant (errors in standard errors)", 5);
    }

    const GameSystem& system_;
    const MeanFieldGame& game_;
    const Reference& reference_;
    FormulaSolution exact_;
    std::size_t d_;
    std::optional<Interaction> interaction_;
    std::map<std::string, WorstError> worst_;
    std::map<std::string, MonteCarloMean> costs_;
};

/// Points are where the stated mean is, on average, early and late.
CheckResult check_mean(const Reference& reference, const Matrix& points, const std::string& name)
{
    const std::size_t d = points.shape(1) - 1;
    WorstError worst;
    for (std::size_t k = 0; k < d; ++k) {
        MonteCarloMean all, later;
        for (std::size_t i = 0; i < points.shape(0); ++i) {
            const Real off = points(i, k) - reference.mean(points(i, d))(k);
            all.add(off);
            later.add(off * points(i, d));
        }
        worst.add(all.mean(), all.standard_error(), "coordinate " + std::to_string(k + 1));
        worst.add(later.mean(), later.standard_error(), "coordinate " + std::to_string(k + 1) + ", later");
    }
    return worst.below(name + ": their mean is the stated one (errors in standard errors)", 5);
}

}  // namespace

CheckResults check_reference(const MeanFieldGame& game)
{
    const auto reference = game.reference();
    if (!reference) return {};
    CheckResult finite{"exact solution: stated costs are finite", true,
                       std::to_string(reference->terms.size()) + " terms"};
    for (const auto& [name, value] : reference->terms)
        if (!std::isfinite(value)) finite = {finite.what, false, name};
    CheckResults results{finite};
    if (!reference->value) return results;
    if (!reference->log_density && (!reference->population || depends_on_density(game))) return results;
    std::optional<Unknown::Role> form;
    if (reference->log_density) form = Unknown::Role::log_density;
    if (const auto interaction = game.interaction(); interaction && interaction->pairwise()) {
        results.push_back({"exact solution: the equations", true, "not checked: agents interact in pairs"});
    } else {
        const GameSystem system(game, form, game.coupling());
        for (const CheckResult& result : ReferenceChecks(system, *reference).run()) results.push_back(result);
    }
    for (const CheckResult& result : check_population(game, *reference)) results.push_back(result);
    return results;
}

CheckResults check_population(const Problem& problem, const Reference& reference)
{
    if (!reference.population) return {};
    const bool time = !problem.stationary();
    const int d = problem.dimension();
    const Index columns = d + (time ? 1 : 0);
    const std::string name = "points of the exact population";
    const Matrix points = reference.population(RandomStream(19, "population"), 2 * sample_size);
    CheckResults results{
        {name + ": one a row",
         rows(points) == 2 * sample_size && mfg::columns(points) == columns && std::isfinite(largest(points)),
         std::to_string(points.shape(1)) + " columns"}};
    if (!results.front().passed) return results;
    if (reference.mean && time) results.push_back(check_mean(reference, points, name));
    if (!reference.log_density) return results;
    const Matrix jets = map_points(points, d + 2, [&](Tape&, const Variable& in) {
        const Jet x = Jet::coordinates(in.rows(0, d), JetShape::of(2, d, false));
        const Jet w = reference.log_density({x, time ? Jet(in.rows(d, 1)) : Jet{}, {}});
        return vconcat({w.value(), w.gradient(), w.laplacian()});
    });
    Matrix x = make_matrix(points.shape(0), d);
    MonteCarloMean first, second;
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        for (std::size_t k = 0; k < x.shape(1); ++k) x(i, k) = points(i, k);
        const Real share = time ? points(i, columns - 1) / problem.horizon() : 0;
        first.add(share - 0.5);
        second.add(share * share - 1.0 / 3);
    }
    results.push_back(check_law(x, jets, name, problem.periodic()));
    if (!time) return results;
    WorstError uniform;
    uniform.add(first.mean(), first.standard_error(), "the mean of t");
    uniform.add(second.mean(), second.standard_error(), "the mean of t^2");
    results.push_back(uniform.below(name + ": times are uniform (errors in standard errors)", 5));
    return results;
}

}  // namespace mfg
