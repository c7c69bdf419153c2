#include <mfg/autodiff/map_points.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/density_contract.hpp>
#include <mfg/testing/reference_contract.hpp>
#include <mfg/testing/worst_error.hpp>

#include <cmath>

namespace mfg {
namespace {

constexpr int sample_size = 4096;
constexpr int path_steps = 24;

using Formula = std::function<Jet(const State&)>;

/// A cost integrand and the coupling that follows from it, `[1 x n]` each.
struct Cost {
    Variable value, coupling;
};

Cost cost_of(const Formula& formula, Coupling coupling, const Variable& x, const Jet& t, const Variable& w)
{
    const Jet c = formula({Jet(x), t, Jet::coordinates(w, JetShape{1, 1, 1})});
    const Variable zero = w.tape().constant(1, x.columns(), 0);
    if (c.is_zero()) return {zero, zero};
    const bool depends = coupling == Coupling::potential && c.shape().order > 0;
    return {c.value(), depends ? combine({{1, c.value()}, {1, c.derivative(0)}}) : c.value()};
}

Variable square_norm(const Variable& a)
{
    return dot_rows(a, a);
}

class ReferenceChecks {
public:
    ReferenceChecks(const MeanFieldGame& game, const Reference& reference)
        : game_(game), reference_(reference), d_(game.dimension()), a_(game.weights())
    {
    }

    CheckResults run()
    {
        if (!reference_.log_density) return check_value();
        if (game_.stationary())
            check_equations(uniform_points(), "uniform points");
        else
            follow_paths();
        CheckResults results{hjb_.below("exact solution: Hamilton-Jacobi-Bellman equation", 1e-8),
                             kolmogorov_.below("exact solution: Kolmogorov equation", 1e-8)};
        if (game_.stationary()) {
            results.push_back(check_normalisations());
            return results;
        }
        results.push_back(check_terminal());
        results.push_back(check_initial());
        for (const auto& [name, stated] : reference_.terms) {
            const MonteCarloMean* found = name == "transport"  ? &transport_
                                          : name == "running"  ? &running_
                                          : name == "terminal" ? &terminal_
                                                               : nullptr;
            if (!found) continue;
            const Real error = found->standard_error();
            // Where all agents pay the same, only the error of the time steps is left.
            results.push_back(
                {"exact solution: the stated " + name + " cost is that of its paths",
                 std::abs(found->mean() - stated) < 5 * error + Real(1e-6) * std::abs(stated),
                 short_text(stated) + " stated, " + short_text(found->mean()) + " +- " + short_text(error) + " found"});
        }
        return results;
    }

private:
    /// Without a density the equation of the value function is all there is: at points of the exact population.
    CheckResults check_value()
    {
        end_ = reference_.population(RandomStream(17, "population"), sample_size);
        check_equations(end_, "points of the exact population");
        return {hjb_.below("exact solution: Hamilton-Jacobi-Bellman equation", 1e-8), check_terminal()};
    }

    /// log m; 0, with as many derivatives as `value` has, where it is not known.
    Jet log_density(const State& s, const Jet& value) const
    {
        return reference_.log_density ? reference_.log_density(s) : 0 * value;
    }

    /// The running cost, with the attraction to the mean of the exact population.
    Cost running_at(const Variable& x, const Jet& t, const Variable& w) const
    {
        const Cost own = cost_of([&](const State& s) { return game_.running_cost(s); }, game_.coupling(), x, t, w);
        const Interaction kernel = game_.interaction();
        if (kernel.weight == 0 || kernel.pairwise() || !reference_.mean) return own;
        const Variable mean = x.tape().constant(d_, x.columns());
        for (int i = 0; i < x.columns(); ++i) {
            const Vector at = reference_.mean(t.value()(0, i));
            for (int k = 0; k < d_; ++k) mean.write_row(k)[i] = at(static_cast<std::size_t>(k));
        }
        const Variable attracted = attraction(kernel, x, mean);
        return {combine({{1, own.value}, {1, attracted}}), combine({{1, own.coupling}, {1, attracted}})};
    }

    /// Moves a sample along the exact velocity, which carries the exact density whatever the viscosity; the equations
    /// are checked where it is, costs are accumulated.
    void follow_paths()
    {
        const auto d = static_cast<std::size_t>(d_);
        Matrix y = make_matrix(sample_size, d + 2);  // x, transport cost, running cost
        const Matrix start = game_.initial_density().sample(RandomStream(17, "paths"), sample_size);
        for (std::size_t i = 0; i < start.shape(0); ++i)
            for (std::size_t k = 0; k < d; ++k) y(i, k) = start(i, k);
        const Real h = game_.horizon() / path_steps;
        for (int step = 0; step < path_steps; ++step) {
            const Real t = step * h;
            check_equations(some_of(y, t + h / 3), "t = " + short_text(t + h / 3));
            const Matrix k1 = rates(y, t), k2 = rates(y + (h / 2) * k1, t + h / 2),
                         k3 = rates(y + (h / 2) * k2, t + h / 2), k4 = rates(y + h * k3, t + h);
            y += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
        }
        end_ = y;
        const Matrix costs =
            map_points(y, 1, [&](Tape& tape, const Variable& in) { return at_end(tape, in.rows(0, d_)).value; });
        for (std::size_t i = 0; i < y.shape(0); ++i) {
            transport_.add(a_.transport * y(i, d));
            running_.add(a_.running * y(i, d + 1));
            terminal_.add(a_.terminal * costs(i, 0));
        }
    }

    Matrix rates(const Matrix& y, Real t) const
    {
        return map_points(y, d_ + 2, [&](Tape& tape, const Variable& in) {
            const Variable x = in.rows(0, d_), time = tape.constant(1, in.columns(), t);
            const State s{Jet::coordinates(x, JetShape::of(1, d_, false)), Jet(time), {}};
            const Variable gradient = reference_.value(s).gradient();
            const Jet w = reference_.log_density(s), drift = game_.drift({Jet(x), Jet(time), {}});
            const Variable velocity = combine({{1, drift.is_zero() ? Variable{} : drift.value()},
                                               {-1 / a_.transport, gradient},
                                               {-game_.viscosity(), w.gradient()}});
            const Variable kinetic = combine({{1 / (2 * a_.transport * a_.transport), square_norm(gradient)}});
            const Cost running = running_at(x, Jet(time), w.value());
            return vconcat({velocity, kinetic, running.value});
        });
    }

    /// Some of the points with a time.
    Matrix some_of(const Matrix& y, Real t) const
    {
        const auto d = static_cast<std::size_t>(d_);
        Matrix at = make_matrix(32, d + 1);
        for (std::size_t i = 0; i < at.shape(0); ++i) {
            for (std::size_t k = 0; k < d; ++k) at(i, k) = y(i, k);
            at(i, d) = t;
        }
        return at;
    }

    Matrix uniform_points() const { return game_.initial_density().sample(RandomStream(17, "uniform"), sample_size); }

    /// Residuals of both equations, relative to the largest of their terms.
    void check_equations(const Matrix& at, const std::string& where)
    {
        const bool time = !game_.stationary();
        constexpr int parts = 5;  // of each equation
        const Matrix all = map_points(at, 2 * parts, [&](Tape& tape, const Variable& in) {
            const Jet s = Jet::coordinates(in, JetShape::of(2, d_, time));
            const State state{s.features(0, d_), time ? s[d_] : Jet{}, {}};
            const Jet phi = reference_.value(state), w = log_density(state, phi), drift = game_.drift(state);
            const Variable zero = tape.constant(1, in.columns(), 0);
            const Variable p = phi.gradient(), q = w.gradient();
            const Cost running = running_at(in.rows(0, d_), time ? Jet(in.rows(d_, 1)) : Jet{}, w.value());
            Variable b_p = zero, b_q = zero, divergence = zero;
            if (!drift.is_zero()) {
                b_p = dot_rows(drift.value(), p);
                b_q = dot_rows(drift.value(), q);
                for (int k = 0; k < d_ && drift.shape().order > 0; ++k)
                    divergence = combine({{1, divergence}, {1, drift[k].derivative(k)}});
            }
            const Real nu = game_.viscosity(), a1 = a_.transport;
            // Where there is no time, the constant stands in place of its derivative.
            const Variable change = time ? combine({{-1, phi.time_derivative()}})
                                         : tape.constant(1, in.columns(), reference_.constant.value_or(0));
            const Variable hjb =
                vconcat({change, combine({{-nu, phi.laplacian()}}), combine({{1 / (2 * a1), square_norm(p)}}),
                         combine({{-1, b_p}}), combine({{-a_.running, running.coupling}})});
            // For w = log m, with the velocity b - grad phi / a1.
            const Variable kolmogorov =
                vconcat({time ? w.time_derivative() : zero,
                         combine({{-nu, w.laplacian()}, {-nu, square_norm(q)}, {1, divergence}}),
                         combine({{-1 / a1, phi.laplacian()}}), combine({{-1 / a1, dot_rows(p, q)}}), b_q});
            return vconcat({hjb, kolmogorov});
        });
        for (const bool first : {true, false}) {
            Real worst = 0, scale = 1e-300;
            for (std::size_t i = 0; i < at.shape(0); ++i) {
                Real sum = 0;
                for (std::size_t k = 0; k < parts; ++k) {
                    const Real part = all(i, (first ? 0 : parts) + k);
                    sum += part;
                    scale = std::max(scale, std::abs(part));
                }
                // Once it is not a number it stays so.
                if (!std::isnan(worst) && !(std::abs(sum) <= worst)) worst = std::abs(sum);
            }
            (first ? hjb_ : kolmogorov_).add(worst, scale, where);
        }
    }

    /// int phi = 0, int m = 1 and a stated constant. The mean of 1/m over the population is that of m in other words.
    CheckResult check_normalisations() const
    {
        const Matrix both = map_points(uniform_points(), 2, [&](Tape&, const Variable& in) {
            const State s{Jet(in), {}, {}};
            return vconcat({reference_.value(s).value(), exp(reference_.log_density(s)).value()});
        });
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

    Cost at_end(Tape& tape, const Variable& x) const
    {
        const Variable t = tape.constant(1, x.columns(), game_.horizon());
        const State s{Jet(x), Jet(t), {}};
        const Variable w = log_density(s, reference_.value(s)).value();
        return cost_of([&](const State& at) { return game_.terminal_cost(at); }, game_.coupling(), x, Jet(t), w);
    }

    CheckResult check_terminal() const
    {
        const Matrix both = map_points(end_, 2, [&](Tape& tape, const Variable& in) {
            const Variable x = in.rows(0, d_), t = tape.constant(1, in.columns(), game_.horizon());
            return vconcat(
                {reference_.value({Jet(x), Jet(t), {}}).value(), combine({{a_.terminal, at_end(tape, x).coupling}})});
        });
        return compare_columns(both, "exact solution: terminal condition of the value function");
    }

    CheckResult check_initial() const
    {
        const Matrix x = game_.initial_density().sample(RandomStream(17, "initial"), 256);
        const Matrix both = map_points(x, 2, [&](Tape& tape, const Variable& in) {
            const Jet t(tape.constant(1, in.columns(), 0));
            return vconcat({reference_.log_density({Jet(in), t, {}}).value(),
                            game_.initial_density().log_density(Jet(in)).value()});
        });
        return compare_columns(both, "exact solution: initial density");
    }

    static CheckResult compare_columns(const Matrix& both, const std::string& what)
    {
        Matrix measured = make_matrix(both.shape(0), 1), expected = measured;
        for (std::size_t i = 0; i < both.shape(0); ++i) {
            measured(i, 0) = both(i, 0);
            expected(i, 0) = both(i, 1);
        }
        WorstError worst;
        // Conditions may be that something vanishes.
        worst.compare(measured, expected, 1e-3, std::to_string(both.shape(0)) + " points");
        return worst.below(what, 1e-9);
    }

    const MeanFieldGame& game_;
    const Reference& reference_;
    int d_;
    CostWeights a_;
    Matrix end_;
    WorstError hjb_, kolmogorov_;
    MonteCarloMean transport_, running_, terminal_;
};

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
    for (const CheckResult& result : ReferenceChecks(game, *reference).run()) results.push_back(result);
    for (const CheckResult& result : check_population(game, *reference)) results.push_back(result);
    return results;
}

namespace {

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

CheckResults check_population(const Problem& problem, const Reference& reference)
{
    if (!reference.population) return {};
    const bool time = !problem.stationary();
    const int d = problem.dimension();
    const auto columns = static_cast<std::size_t>(d + (time ? 1 : 0));
    const std::string name = "points of the exact population";
    const Matrix points = reference.population(RandomStream(19, "population"), 2 * sample_size);
    CheckResults results{
        {name + ": one a row",
         points.shape(0) == 2 * sample_size && points.shape(1) == columns && std::isfinite(largest(points)),
         std::to_string(points.shape(1)) + " columns"}};
    if (!results.front().passed) return results;
    if (reference.mean && time) results.push_back(check_mean(reference, points, name));
    if (!reference.log_density) return results;
    const Matrix jets = map_points(points, d + 2, [&](Tape&, const Variable& in) {
        const Jet x = Jet::coordinates(in.rows(0, d), JetShape::of(2, d, false));
        const Jet w = reference.log_density({x, time ? Jet(in.rows(d, 1)) : Jet{}, {}});
        return vconcat({w.value(), w.gradient(), w.laplacian()});
    });
    Matrix x = make_matrix(points.shape(0), static_cast<std::size_t>(d));
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
