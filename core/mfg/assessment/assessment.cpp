#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/errors.hpp>

#include <algorithm>

namespace mfg {

Measures assess(const Solution& solution, const RandomStream& stream, int samples)
{
    Measures measures;
    // Values and gradients are cheap beside the Laplacians of residuals.
    constexpr int more = 4;
    if (const auto errors = solution_errors(solution, stream.part("errors"), more * samples); !errors.empty())
        measures["errors"] = errors;
    const std::vector<std::string> constants = solution.constants();
    for (const std::string& name : constants) measures["constants"][name + "_trained"] = solution.constant(name);
    const Problem& problem = solution.problem();
    if (problem.stationary() && (problem.periodic() || problem.domain()) && !constants.empty())
        measures["constants"][constants.front()] =
            solution.refined_constant(uniform_points(problem, stream.part("constant"), more * samples));
    for (const auto& [group, values] : solution.measures(stream, samples))
        measures[group].insert(values.begin(), values.end());
    return measures;
}

SolutionTracker::SolutionTracker(const Formulation& formulation) : formulation_(formulation)
{
    const auto solution = formulation.solution(formulation.layout().initialise(0));
    if (solution->errors_are_cheap())
        for (const std::string& name : error_names(*solution)) names_.push_back("errors." + name);
    for (const std::string& name : solution->tracked()) names_.push_back(name);
}

Vector SolutionTracker::values(const Vector& parameters, const RandomStream& stream)
{
    constexpr int samples = 1024;
    Vector values = make_vector(names_.size());
    if (names_.empty()) return values;
    const auto solution = formulation_.provisional(parameters, stream);
    Measures measures = solution->tracked_measures(stream, samples);
    if (solution->errors_are_cheap()) measures["errors"] = solution_errors(*solution, stream.part("errors"), samples);
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const std::size_t dot = names_[i].find('.');
        values(i) = measures.at(names_[i].substr(0, dot)).at(names_[i].substr(dot + 1));
    }
    return values;
}

namespace {

/// The values of an unknown that are known, below each other.
Jet known_values(const FieldValues& u, const Unknown& unknown, bool time)
{
    Jet rows = u.value;
    if (unknown.order > 0) rows = vconcat(time ? vconcat(rows, u.time_derivative) : rows, u.gradient);
    return unknown.order > 1 ? vconcat(rows, u.laplacian) : rows;
}

}  // namespace

std::vector<FieldTable> evaluate(const Solution& solution, const Matrix& points)
{
    const bool time = !solution.problem().stationary();
    const Index d = solution.problem().dimension();
    std::vector<FieldTable> tables;
    std::size_t number = 0;
    for (const Unknown& unknown : solution.unknowns()) {
        const int outputs =
            static_cast<int>(1 + (unknown.order > 0 ? d + (time ? 1 : 0) : 0) + (unknown.order > 1 ? 1 : 0));
        const bool is_value = unknown.role == Unknown::Role::value;
        const Matrix all = solution.map(
            points, unknown.order, outputs,
            [&](const Fields& f) { return known_values(f.unknowns[number].values, unknown, time); },
            is_value ? Solution::Part::values : Solution::Part::densities);
        std::size_t next = 0;
        const auto column = [&] {
            Vector values = make_vector(all.shape(0));
            for (std::size_t i = 0; i < values.size(); ++i) values(i) = all(i, next);
            ++next;
            return values;
        };
        FieldTable table{unknown.name, column()};
        if (unknown.order > 0) {
            if (time) table.time_derivative = column();
            table.gradient = make_matrix(all.shape(0), d);
            for (std::size_t i = 0; i < all.shape(0); ++i) std::copy_n(&all(i, next), d, &table.gradient(i, 0));
            next += d;
        }
        if (unknown.order > 1) table.laplacian = column();
        tables.push_back(std::move(table));
        ++number;
    }
    return tables;
}

}  // namespace mfg
