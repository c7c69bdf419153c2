#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// The mean of what is solved for and that of the exact values, or zeros.
struct Means {
    Means(const Matrix& solution, const Matrix& exact, bool wanted)
    {
        const Real n = static_cast<Real>(exact.size());
        for (std::size_t i = 0; i < exact.size() && wanted; ++i) {
            error += (solution.data()[i] - exact.data()[i]) / n;
            value += exact.data()[i] / n;
        }
    }
    Real error = 0, value = 0;
};

/// sum |solution - exact| / sum |exact|, without the means if they are not determined, or the mean difference where the
/// exact values are zero.
Real relative_l1(const Matrix& solution, const Matrix& exact, bool without_mean)
{
    const Means mean(solution, exact, without_mean);
    Real difference = 0, sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        difference += std::abs(solution.data()[i] - exact.data()[i] - mean.error);
        sum += std::abs(exact.data()[i] - mean.value);
    }
    return sum > 0 ? difference / sum : difference / static_cast<Real>(exact.size());
}

/// The sums of a relative L2 norm, over entries that come part by part.
struct L2Sums {
    Real difference = 0, squares = 0, count = 0;

    /// `mean_error` and `mean`: what is left out of the differences and of the exact values.
    void add(const Matrix& solution, const Matrix& exact, Real mean_error = 0, Real mean = 0)
    {
        for (std::size_t i = 0; i < exact.size(); ++i) {
            const Real e = exact.data()[i], error = solution.data()[i] - e - mean_error;
            difference += error * error;
            squares += (e - mean) * (e - mean);
        }
        count += static_cast<Real>(exact.size());
    }
    /// In units of `unit` where the exact values are negligible beside it.
    Real relative(Real unit = 0) const
    {
        constexpr Real negligible = 1e-5;
        if (std::sqrt(squares / count) > negligible * unit) return std::sqrt(difference / squares);
        return std::sqrt(difference / count) / (unit > 0 ? unit : 1);
    }
};

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

/// |m - m*| / |m*| in L2 of the uniform law, from log densities at points of the exact population (`weighted`: then
/// E_u m*^2 (m/m* - 1)^2 = E_m* m* (m/m* - 1)^2), or at uniform points.
Real density_distance(const Matrix& solution, const Matrix& exact, bool weighted)
{
    Real difference = 0, squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const Real m = std::exp(exact.data()[i] * (weighted ? 1 : 2));
        const Real relative = std::exp(solution.data()[i] - exact.data()[i]) - 1;
        difference += m * relative * relative;
        squares += m;
    }
    return std::sqrt(difference / squares);
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
};

/// Root mean square of the entries without the means of their columns.
Real spread(const Matrix& values)
{
    // Assigned first: within the difference it would be computed for every entry again.
    const Vector mean = xt::mean(values, {0});
    const Matrix centred = values - mean;
    return std::sqrt(xt::mean(centred * centred)());
}

}  // namespace

Real relative_l2(const Matrix& solution, const Matrix& exact, bool without_mean, Real unit)
{
    const Means mean(solution, exact, without_mean);
    L2Sums sums;
    sums.add(solution, exact, mean.error, mean.value);
    return sums.relative(unit);
}

std::vector<std::string> error_names(const Solution& solution)
{
    const Comparable known(solution);
    const Problem& problem = solution.problem();
    std::vector<std::string> names;
    if (known.value) names.push_back("value");
    if (known.value && !problem.stationary()) names.push_back("value_l1");
    if (known.value) names.push_back("gradient");
    if (known.control) names.push_back("control");
    if (known.density && problem.periodic()) names.push_back("density");
    if (known.density) names.push_back("log_density");
    if (known.any() && known.reference->constant) names.insert(names.end(), {"constant", "constant_trained"});
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

std::map<std::string, Real> solution_errors(const Solution& solution, const RandomStream& stream, int samples)
{
    const Comparable known(solution);
    if (!known.any()) return {};
    const Problem& problem = solution.problem();
    const Reference& reference = *known.reference;
    const FormulaSolution exact(solution, reference);
    const bool bounded = problem.periodic() || problem.domain();
    Matrix population;
    if (reference.population) {
        population = reference.population(stream.part("exact population"), samples);
    } else if (!bounded) {
        // Without points of the exact population those that follow the solution have to do.
        const SimulationSettings settings;
        population = simulate_population(solution, stream.part("learned population"),
                                         std::max(2, samples / settings.intervals), settings)
                         .points();
    }
    const Matrix uniform = bounded ? uniform_points(problem, stream.part("uniform"), samples) : Matrix();
    const Matrix& points = bounded ? uniform : population;
    const Matrix& met = population.size() > 0 ? population : points;

    const int d = problem.dimension();
    std::map<std::string, Real> errors;
    if (known.value) {
        const auto both = [&](const Fields& f) {
            return vconcat(f[known.value->name].gradient, f[known.value->name].value);
        };
        Matrix value = make_matrix(rows(points), 1), exact_value = value;
        L2Sums gradients;
        in_parts(points, [&](const Matrix& part, Index first) {
            const Matrix a = solution.map(part, 1, d + 1, both, Solution::Part::values),
                         b = exact.map(part, 1, d + 1, both, Solution::Part::values);
            gradients.add(columns_of(a, 0, d), columns_of(b, 0, d));
            for (Index i = 0; i < rows(part); ++i) {
                value(first + i, 0) = a(i, d);
                exact_value(first + i, 0) = b(i, d);
            }
        });
        errors["value"] = relative_l2(value, exact_value, solution.value_up_to_constant());
        if (!problem.stationary())
            errors["value_l1"] = relative_l1(value, exact_value, solution.value_up_to_constant());
        // A gradient that is zero, or nearly so, is no measure: the values say what it could be.
        const Real width = spread(columns_of(points, 0, d));
        errors["gradient"] = gradients.relative(width > 0 ? spread(exact_value) / width : 0);
    }
    if (known.density) {
        const auto w = [](const Solution& s) { return [&s](const Fields& f) { return s.log_density(f); }; };
        const Matrix a = solution.map(met, 0, 1, w(solution), Solution::Part::densities),
                     b = exact.map(met, 0, 1, w(exact), Solution::Part::densities);
        if (problem.periodic()) errors["density"] = density_distance(a, b, static_cast<bool>(reference.population));
        errors["log_density"] = relative_l2(a, b, false, 1);
    }
    if (known.control) {
        // What brings agents from one end of the population to the other.
        const Real speed = spread(columns_of(met, 0, d)) / (problem.stationary() ? 1 : problem.horizon());
        L2Sums velocities;
        in_parts(met, [&](const Matrix& part, Index) {
            velocities.add(solution.velocity_at(part), exact.velocity_at(part));
        });
        errors["control"] = velocities.relative(speed);
    }
    if (reference.constant && !solution.constants().empty()) {
        errors["constant"] = std::abs(solution.refined_constant(points) - *reference.constant);
        errors["constant_trained"] = std::abs(solution.constant(solution.constants().front()) - *reference.constant);
    }
    return errors;
}

}  // namespace mfg
