#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/time_means.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// Calls `function(part, first)` for points one after the other, with so few at once that d numbers for each of them
/// take little memory. In few dimensions that is all of them.
template <class Function>
void in_parts(const Matrix& points, const Function& function)
{
    constexpr Index numbers = Index{1} << 20, unit = 256;
    const Index most = std::max<Index>(1, numbers / (columns(points) * unit)) * unit;
    for (Index first = 0; first < rows(points); first += most) {
        const Index end = std::min(first + most, rows(points));
        function(Matrix(xt::view(points, xt::range(first, end), xt::all())), first);
    }
}

/// What can be compared with the reference.
struct Comparable {
    explicit Comparable(const Solution& solution) : reference(solution.reference()), unknowns(solution.unknowns())
    {
        if (!reference) return;
        for (const Unknown& u : unknowns) {
            const bool is_value = u.role == Unknown::Role::value;
            if (reference->value && is_value && u.order > 0 && !value) value = &u;
            if (reference->log_density && !is_value && !density) density = &u;
        }
        if (value && !solution.value_up_to_constant()) points = reference->points;
        const Density* initial = initial_law(solution.problem());
        control = value && initial;
        if (!control) return;
        // A velocity that depends on the mean of the population is not known without it.
        const FormulaSolution exact(solution, *reference);
        if (!exact.lacks_mean()) return;
        const Matrix start = initial->sample(RandomStream(0, "start"), 1);
        const Matrix velocity = exact.velocity_at(start, 0);
        control = std::all_of(velocity.begin(), velocity.end(), [](Real v) { return std::isfinite(v); });
    }
    bool any() const { return value || density; }

    std::optional<Reference> reference;
    std::vector<Unknown> unknowns;
    const Unknown *value = nullptr, *density = nullptr;  ///< the first one each; a value with its gradient
    bool control = false;
    std::map<std::string, Vector> points;  ///< where the value by itself is compared
};

/// What agents at points add to the velocity with which the game carries those who do nothing, -H_p at p = 0.
Matrix controls(const Solution& solution, const Matrix& points)
{
    const MeanFieldGame* game = solution.problem().mean_field_game();
    if (!game || (is_standard(*game) && !has_drift(*game))) return solution.velocity_at(points);
    return solution.map(
        points, 1, game->dimension(),
        [&](const Fields& f) {
            const Jet nothing(f.x.tape().constant(f.x.features(), f.x.samples(), 0));
            return solution.velocity(f) - Hamiltonian(*game, f, solution.log_density(f)).velocity(nothing);
        },
        solution.control_part());
}

/// Values and gradients, in columns 0 and 1..d.
Matrix values_and_gradients(const Solution& solution, const Unknown& unknown, const Matrix& points)
{
    return solution.map(
        points, 1, solution.problem().dimension() + 1,
        [&](const Fields& f) { return vconcat(f[unknown.name].value, f[unknown.name].gradient); },
        Solution::Part::values);
}

Matrix log_densities(const Solution& solution, const Matrix& points)
{
    return solution.map(
        points, 0, 1, [&](const Fields& f) { return solution.log_density(f); }, Solution::Part::densities);
}

/// The times of points; none where there is no time.
Vector times_of(const Problem& problem, const Matrix& points)
{
    return problem.stationary() ? make_vector(0) : Vector(xt::col(points, problem.dimension()));
}

void add_value_errors(const Solution& solution, const Matrix& value, const Matrix& exact, const Vector& times,
                      std::map<std::string, Real>& errors)
{
    const bool floating = solution.value_up_to_constant();
    // A function of t alone has nothing left, and errors are relative to itself.
    const Real unit = std::sqrt(xt::mean(exact * exact)());
    errors["value_centred"] =
        relative_l2(without_time_means(value, times), without_time_means(exact, times), false, unit);
    errors["value"] = relative_l2(value, exact, floating);
    if (times.size() > 0) errors["value_l1"] = relative_l1(value, exact, floating);
}

bool is_bounded(const Problem& problem)
{
    return bounded_space(problem).has_value();
}

}  // namespace

std::vector<std::string> error_names(const Solution& solution)
{
    const Comparable known(solution);
    const Problem& problem = solution.problem();
    std::vector<std::string> names;
    if (known.control) names.push_back("control");
    if (known.value) names.insert(names.end(), {"value_centred", "gradient", "value"});
    if (known.value && !problem.stationary()) names.push_back("value_l1");
    for (const auto& [name, point] : known.points) names.push_back(name);
    if (known.density && is_bounded(problem)) names.push_back("density");
    if (known.density) names.push_back("log_density");
    if (known.any() && known.reference->constant)
        names.insert(names.end(), {"constant", "constant_standard_error", "constant_trained"});
    return names;
}

Matrix uniform_points(const Problem& problem, const RandomStream& stream, int count)
{
    const Index d = problem.dimension(), f = d + (problem.stationary() ? 0 : 1);
    Matrix points = make_matrix(count, f);
    for (Index i = 0; i < count; ++i) stream.uniform(i, f, &points(i, 0));
    if (const auto box = problem.domain())
        for (Index k = 0; k < d; ++k)
            xt::col(points, k) = box->low(k) + (box->high(k) - box->low(k)) * xt::col(points, k);
    if (f > d) xt::col(points, d) *= problem.horizon();
    return points;
}

ErrorPoints error_points(const Solution& solution, const RandomStream& stream, int samples)
{
    const Problem& problem = solution.problem();
    const std::optional<Reference> reference = solution.reference();
    ErrorPoints points;
    if (reference && reference->population) {
        points.population = reference->population(stream.part("exact population"), samples);
        points.exact = true;
    } else if (!is_bounded(problem)) {
        // Without points of the exact population those that follow the solution have to do.
        const SimulationSettings settings;
        points.population = simulate_population(solution, stream.part("learned population"),
                                                std::max(2, samples / settings.intervals), settings)
                                .points();
    }
    points.fields = is_bounded(problem) ? uniform_points(problem, stream.part("uniform"), samples) : points.population;
    if (points.population.size() == 0) points.population = points.fields;
    return points;
}

std::map<std::string, Real> field_errors(const Solution& solution, const ErrorPoints& points)
{
    const Comparable known(solution);
    std::map<std::string, Real> errors;
    if (!known.any()) return errors;
    const Problem& problem = solution.problem();
    const FormulaSolution exact(solution, *known.reference);
    const int d = problem.dimension();
    if (known.value) {
        Matrix value = make_matrix(rows(points.fields), 1), exact_value = value;
        L2Sums gradients;
        in_parts(points.fields, [&](const Matrix& part, Index first) {
            const Matrix a = values_and_gradients(solution, *known.value, part),
                         b = values_and_gradients(exact, *known.value, part);
            gradients.add(columns_of(a, 1, d), columns_of(b, 1, d));
            for (Index i = 0; i < rows(part); ++i) {
                value(first + i, 0) = a(i, 0);
                exact_value(first + i, 0) = b(i, 0);
            }
        });
        add_value_errors(solution, value, exact_value, times_of(problem, points.fields), errors);
        // A gradient that is zero, or nearly so, is no measure: the values say what it could be.
        const Real width = spread(columns_of(points.fields, 0, d));
        errors["gradient"] = gradients.relative(width > 0 ? spread(exact_value) / width : 0);
        for (const auto& [name, point] : known.points) {
            const Matrix row = xt::view(point, xt::newaxis(), xt::all());
            errors[name] =
                relative_l2(solution.value(known.value->name, row), exact.value(known.value->name, row), false);
        }
    }
    if (known.density) {
        const Matrix a = log_densities(solution, points.population), b = log_densities(exact, points.population);
        if (is_bounded(problem)) errors["density"] = density_distance(a, b, points.exact);
        errors["log_density"] = relative_l2(a, b, false, 1);
    }
    if (known.control) {
        // What brings agents from one end of the population to the other.
        const Real speed = spread(columns_of(points.population, 0, d)) / (problem.stationary() ? 1 : problem.horizon());
        L2Sums velocities;
        in_parts(points.population,
                 [&](const Matrix& part, Index) { velocities.add(controls(solution, part), controls(exact, part)); });
        errors["control"] = velocities.relative(speed);
    }
    return errors;
}

std::map<std::string, Real> errors_of_time_means(const Solution& solution, const ErrorPoints& points)
{
    const Comparable known(solution);
    std::map<std::string, Real> errors;
    if (!known.any()) return errors;
    const Problem& problem = solution.problem();
    const FormulaSolution exact(solution, *known.reference);
    if (known.value) {
        const Vector times = times_of(problem, points.fields);
        const Matrix value = exact.value(known.value->name, points.fields);
        add_value_errors(solution, time_means(value, times), value, times, errors);
    }
    if (known.density) {
        const Matrix w = log_densities(exact, points.population);
        errors["log_density"] = relative_l2(time_means(w, times_of(problem, points.population)), w, false, 1);
    }
    return errors;
}

Estimate first_constant(const Solution& solution, const RandomStream& stream, int samples)
{
    const Problem& problem = solution.problem();
    if (!is_bounded(problem)) return {solution.constant(solution.constants().front())};
    const std::optional<Reference> reference = solution.reference();
    if (!reference || !reference->population || !reference->log_density)
        return solution.refined_constant({uniform_points(problem, stream.part("uniform"), samples)});
    DrawnPoints drawn{reference->population(stream.part("exact population"), samples)};
    const Matrix law = log_densities(FormulaSolution(solution, *reference), drawn.points);
    drawn.log_law = xt::col(law, 0);
    return solution.refined_constant(drawn);
}

std::map<std::string, Real> solution_errors(const Solution& solution, const RandomStream& stream, int samples,
                                            const std::optional<Estimate>& constant)
{
    const std::optional<Reference> reference = solution.reference();
    if (!Comparable(solution).any()) return {};
    std::map<std::string, Real> errors = field_errors(solution, error_points(solution, stream, samples));
    if (reference->constant && !solution.constants().empty()) {
        const Estimate found = constant ? *constant : first_constant(solution, stream, samples);
        errors["constant"] = std::abs(found.value - *reference->constant);
        errors["constant_standard_error"] = found.standard_error;
        errors["constant_trained"] = std::abs(solution.constant(solution.constants().front()) - *reference->constant);
    }
    return errors;
}

}  // namespace mfg
