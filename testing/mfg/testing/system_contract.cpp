#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/testing/method_checks.hpp>
#include <mfg/testing/problem_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace mfg {
namespace {

/// Trapezoidal sums over a smooth density that ends before the grid are exact to rounding.
Variable population_weights(const Solution& solution, const Fields& f)
{
    const Variable w = solution.log_density(f).value(), weights = f.x.tape().constant(1, w.columns(), 0);
    for (int first = 0; first < w.columns(); first += residual_agents) {
        Real total = 0;
        for (int i = first; i < first + residual_agents; ++i) total += std::exp(w(0, i));
        for (int i = first; i < first + residual_agents; ++i) weights.write_row(0)[i] = std::exp(w(0, i)) / total;
    }
    return weights;
}

void grow(Real& most, const Jet& jet)
{
    for (int r = 0; !jet.is_zero() && r < jet.features(); ++r)
        for (int i = 0; i < jet.samples(); ++i) {
            const Real here = std::abs(jet.value()(r, i));
            // Once it is not a number it stays so.
            if (!(here <= most) && !std::isnan(most)) most = here;
        }
}

}  // namespace

bool in_groups(const PdeSystem& system, const Equation& equation)
{
    return system.agents_per_time() > 1 && equation.where == Where::interior && system.dimension() == 1;
}

void add_residual(const PdeSystem& system, const Solution& solution, const Equation& equation, const Matrix& points,
                  WorstError& worst)
{
    Real residual = 0, scale = 1e-3;
    const Index n = rows(points);
    Tape tape;
    for (Index first = 0; first < n; first += residual_agents) {
        tape.begin(false);
        const Variable in = columns_of(tape, points, first, std::min<Index>(residual_agents, n - first));
        Fields f = solution.evaluate(tape, {}, in, equation.order);
        if (in_groups(system, equation)) {
            f.agents_per_time = residual_agents;
            f.population_weights = population_weights(solution, f);
        }
        for (const auto& [name, values] : f.unknowns) {
            if (equation.order == 0) grow(scale, values.value);
            for (const Jet& derivative : {values.time_derivative, values.gradient, values.laplacian})
                grow(scale, derivative);
        }
        grow(residual, equation.residual(f));
    }
    worst.add(residual, scale, equation.name + ", " + std::to_string(n) + " points");
}

namespace {

class SystemChecks {
public:
    explicit SystemChecks(const PdeSystem& system)
        : system_(system), d_(system.dimension()), equations_(system.equations())
    {
    }

    CheckResults run()
    {
        CheckResults results;
        append_check(results, "points of the boundary", [&] { return check_boundary(); });
        if (const Density* initial = system_.initial_density())
            append_checks(results, "initial density",
                          [&] { return check_density(*initial, "initial density", bounded_space(system_)); });
        const std::vector<Unknown> unknowns = system_.unknowns();
        if (std::all_of(unknowns.begin(), unknowns.end(),
                        [&](const Unknown& u) { return system_.has_hard_condition(u.name); }))
            append_check(results, "the ansatz for conditions", [&] { return check_hard_conditions(); });
        append_check(results, "velocity", [&] { return check_velocity(); });
        append_checks(results, "exact solution", [&] { return check_exact(system_.reference()); });
        return results;
    }

private:
    bool time() const { return !system_.stationary(); }

    CheckResults check_exact(const std::optional<Reference>& reference) const
    {
        if (!reference) return {};
        CheckResults results;
        const FormulaSolution exact(system_, *reference);
        const std::string missing = missing_part(*reference);
        if (!missing.empty()) results.push_back({"exact solution: the equations", true, "not checked: " + missing});
        for (const Equation& equation : equations_) {
            if (!missing.empty()) break;
            append_check(results, "exact solution: equation " + equation.name, [&] {
                WorstError worst;
                add_residual(system_, exact, equation, points_of(exact, equation), worst);
                CheckResult result = worst.below("", 1e-8);
                if (!result.passed && exact.lacks_mean())
                    result.measured += "; reference() has no mean, and this equation may need one";
                return result;
            });
        }
        append_checks(results, "points of the exact population", [&] { return check_population(system_, *reference); });
        append_checks(results, "points of their own error", [&] { return check_points(system_, *reference); });
        append_check(results, "exact solution: measures", [&] { return check_measures(exact); });
        append_check(results, "exact solution: figures", [&] {
            return check_figures(system_.figures(exact, RandomStream(23, "figures")),
                                 "exact solution: figures have finite numbers");
        });
        return results;
    }

    /// What the reference does not say about the unknowns; empty if it says everything.
    std::string missing_part(const Reference& reference) const
    {
        for (const Unknown& unknown : system_.unknowns()) {
            const bool is_value = unknown.role == Unknown::Role::value;
            if (is_value ? !reference.value : !reference.log_density)
                return fmt::format("reference() has no {}, which '{}' is", is_value ? "value" : "log_density",
                                   unknown.name);
        }
        return "";
    }

    /// Where agents start and nothing says how they move, points stay around the start.
    CheckResult check_velocity() const
    {
        const std::string what = "agents move";
        if (!system_.initial_density()) return {what, true, "there are none"};
        const FormulaSolution some(system_, [&](const Unknown&, const State& s) {
            return sin(sum(1.3 * s.x) + (time() ? 0.7 * s.t : Jet{}));
        });
        std::atomic<bool> moves{false};
        some.map(scattered(), 1, static_cast<int>(d_), [&](const Fields& f) {
            const Jet v = system_.velocity(f);
            if (!v.is_zero()) moves = true;
            return v;
        });
        return {what, true,
                moves ? "with velocity()"
                      : "nobody does: points stay where agents start; override velocity() if they move"};
    }

    CheckResult check_boundary() const
    {
        std::string broken;
        Index points_seen = 0;
        const auto box = system_.domain();
        for (const Equation& equation : equations_) {
            if (equation.where != Where::boundary) continue;
            const Matrix points = system_.boundary_points(RandomStream(23, "boundary"), 64);
            points_seen += rows(points);
            if (rows(points) != 64 || columns(points) != d_ + time()) broken = "boundary points of the wrong shape";
            if (!box || !broken.empty()) continue;
            const Matrix x = columns_of(points, 0, d_);
            if (!xt::all(x >= box->low && x <= box->high)) broken = "a boundary point outside of the domain";
        }
        const char* space = box ? "a box" : system_.periodic() ? "the torus" : "no domain";
        return kept_unless(broken, "points of the boundary fit",
                           fmt::format("{}, {} points of the boundary", space, points_seen));
    }

    /// Any network, with the ansatz around it, satisfies all equations but those in the interior.
    CheckResult check_hard_conditions() const
    {
        const FormulaSolution ansatz(system_, [&](const Unknown& unknown, const State& s) {
            const Jet network = sin(sum(1.3 * s.x) + (time() ? 0.7 * s.t : Jet{})) + 0.4;
            return system_.hard_condition(unknown.name, s.x, s.t, network);
        });
        WorstError worst;
        for (const Equation& equation : equations_)
            if (equation.where != Where::interior)
                add_residual(system_, ansatz, equation, points_of(ansatz, equation), worst);
        return worst.below("the ansatz keeps all conditions, whatever the network", 1e-10);
    }

    Matrix points_of(const Solution& solution, const Equation& equation) const
    {
        if (equation.where == Where::boundary) return system_.boundary_points(RandomStream(23, "boundary"), 256);
        if (in_groups(system_, equation)) return groups(solution);
        Matrix points = scattered();
        if (equation.where == Where::initial) xt::col(points, d_) = 0;
        if (equation.where == Where::terminal) xt::col(points, d_) = system_.horizon();
        return points;
    }

    /// Points of the domain, or where agents start.
    Matrix scattered() const
    {
        constexpr int count = 256;
        const RandomStream stream(23, "points");
        const Density* initial = system_.initial_density();
        if (!initial || bounded_space(system_)) return uniform_points(system_, stream, count);
        const Matrix x = initial->sample(stream, count);
        return time() ? with_uniform_times(x, stream, system_.horizon()) : x;
    }

    /// At some times, an even grid that holds all agents.
    Matrix groups(const Solution& solution) const
    {
        constexpr int times = 4, steps = 12;
        constexpr Index n = residual_agents;
        const Matrix starts = system_.initial_density()->sample(RandomStream(23, "agents"), 256);
        const Simulation agents =
            simulate(solution, starts, {times, steps, SimulationSettings::Scheme::rk4}, RandomStream(23, "noise"));
        Matrix points = make_matrix(times * n, 2);
        for (Index group = 0; group < times; ++group) {
            const Matrix x = agents.at(group);
            const auto [low, high] = std::minmax_element(x.begin(), x.end());
            const Real margin = 0.7 * (*high - *low);  // some 9 standard deviations from the middle
            Matrix at = make_matrix(n, 2, agents.times(group));
            xt::col(at, 0) = xt::linspace(*low - margin, *high + margin, n);
            xt::view(points, xt::range(group * n, (group + 1) * n), xt::all()) = at;
        }
        return points;
    }

    CheckResult check_measures(const Solution& exact) const
    {
        const auto groups = system_.measures(exact, RandomStream(23, "measures"), 512);
        std::string broken;
        for (const auto& [group, numbers] : groups)
            for (const auto& [name, number] : numbers)
                if (!std::isfinite(number) || (group == "errors" && std::abs(number) > 1e-6))
                    broken = fmt::format("{}.{} = {:.4g}", group, name, number);
        return kept_unless(broken, "exact solution: it has no errors by the problem's own measures",
                           std::to_string(groups.size()) + " groups");
    }

    const PdeSystem& system_;
    Index d_;
    std::vector<Equation> equations_;
};

}  // namespace

CheckResults check_system(const PdeSystem& system)
{
    return SystemChecks(system).run();
}

}  // namespace mfg
