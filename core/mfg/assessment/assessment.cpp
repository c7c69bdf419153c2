#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/baselines.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/population.hpp>
#include <mfg/assessment/population_names.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/population_view.hpp>

namespace mfg {

namespace {

// Values and gradients are cheap beside the Laplacians of residuals.
constexpr int more = 4;

/// What is known about the answer as one population sees it.
Measures assess_population(const Solution& solution, const RandomStream& stream, int samples)
{
    Measures measures;
    const RandomStream of_errors = stream.part("errors");
    if (const auto population = population_measures(solution, stream.part("population")); !population.empty())
        measures["population"] = population;
    const std::vector<std::string> constants = solution.constants();
    for (const std::string& name : constants) measures["constants"][name + "_trained"] = solution.constant(name);
    const Problem& problem = solution.problem();
    std::optional<Estimate> first;
    if (problem.stationary() && bounded_space(problem) && !constants.empty()) {
        first = first_constant(solution, of_errors, more * samples);
        measures["constants"][constants.front()] = first->value;
        measures["constants"][constants.front() + "_standard_error"] = first->standard_error;
    }
    // The error of the constant is that of the number above.
    if (const auto errors = solution_errors(solution, of_errors, more * samples, first); !errors.empty())
        measures["errors"] = errors;
    return measures;
}

}  // namespace

Measures assess(const Solution& solution, const RandomStream& stream, int samples)
{
    Measures measures;
    for (const auto& [suffix, view] : populations_of(solution))
        for (const auto& [group, values] : assess_population(*view, stream, samples))
            // The names of constants have the number already.
            for (const auto& [name, value] : values)
                measures[group][group == "constants" ? name : of_population(name, suffix)] = value;
    for (const auto& [group, values] : solution.measures(stream, samples))
        measures[group].insert(values.begin(), values.end());
    return measures;
}

Measures assess(const Formulation& formulation, const Vector& parameters, std::uint64_t seed,
                const RandomStream& stream, int samples)
{
    const auto solution = formulation.solution(parameters);
    Measures measures = assess(*solution, stream, samples);
    auto found = baselines(formulation, *solution, seed, stream.part("errors"), samples);
    if (!found.empty()) measures["baselines"].merge(found);
    return measures;
}

SolutionTracker::SolutionTracker(const Formulation& formulation) : formulation_(formulation)
{
    const auto solution = formulation.provisional(formulation.layout().initialise(0), RandomStream(0, "names"));
    for (const auto& [suffix, view] : populations_of(*solution))
        if (solution->errors_are_cheap())
            for (const std::string& name : error_names(*view))
                names_.push_back("errors." + of_population(name, suffix));
    for (const std::string& name : solution->tracked()) names_.push_back(name);
}

Vector SolutionTracker::values(const Vector& parameters, const RandomStream& stream)
{
    constexpr int samples = 1024;
    Vector values = make_vector(names_.size());
    if (names_.empty()) return values;
    const auto solution = formulation_.provisional(parameters, stream);
    Measures measures = solution->tracked_measures(stream, samples);
    for (const auto& [suffix, view] : populations_of(*solution))
        if (solution->errors_are_cheap())
            for (const auto& [name, value] : solution_errors(*view, stream.part("errors"), samples))
                measures["errors"][of_population(name, suffix)] = value;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const std::size_t dot = names_[i].find('.');
        values(i) = measures.at(names_[i].substr(0, dot)).at(names_[i].substr(dot + 1));
    }
    return values;
}

std::vector<FieldTable> evaluate(const Solution& solution, const Matrix& points)
{
    const bool time = !solution.problem().stationary();
    const int d = solution.problem().dimension();
    std::vector<FieldTable> tables;
    for (const Unknown& unknown : solution.unknowns()) {
        const int first = unknown.order > 0 ? d + time : 0, second = unknown.order > 1 ? 1 : 0;
        const auto known = [&](const Fields& f) {
            const FieldValues& u = f[unknown.name];
            Jet rows = u.value;
            if (first > 0) rows = vconcat(time ? vconcat(rows, u.time_derivative) : rows, u.gradient);
            return second > 0 ? vconcat(rows, u.laplacian) : rows;
        };
        const bool is_value = unknown.role == Unknown::Role::value;
        const Matrix all = solution.map(points, unknown.order, 1 + first + second, known,
                                        is_value ? Solution::Part::values : Solution::Part::densities);
        FieldTable table{unknown.name, unknown.order, xt::col(all, 0)};
        if (first > 0 && time) table.time_derivative = xt::col(all, 1);
        if (first > 0) table.gradient = columns_of(all, 1 + time, d);
        if (second > 0) table.laplacian = xt::col(all, 1 + first);
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace mfg
