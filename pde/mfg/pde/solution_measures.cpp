#include <mfg/pde/solution_errors.hpp>
#include <mfg/pde/solution_measures.hpp>
#include <mfg/training/objective.hpp>

#include <cmath>
#include <thread>

namespace mfg {
namespace {

using Groups = std::map<std::string, std::map<std::string, Real>>;

/// Root mean squares of the residuals on fresh points, and relative ones where there is a source.
Groups residual_norms(const FieldNetworks& fields, const ResidualLoss& residuals, const Collocation& collocation,
                      const Vector& parameters, const RandomStream& stream, int samples)
{
    SampledObjective objective(residuals, fields.layout(), static_cast<int>(std::thread::hardware_concurrency()));
    const Matrix rows = residuals.sample(stream, samples);
    objective.set_sample(rows, 0);
    objective.value(parameters);
    Groups groups;
    const std::vector<std::string> names = residuals.terms();
    for (std::size_t i = 0; i < names.size(); ++i) groups["residuals"][names[i]] = std::sqrt(objective.terms()(i));

    const PdeSystem& system = fields.system();
    const Matrix source =
        LearnedNetworks(fields, parameters).map(collocation.points(parameters, rows), 0, 1, [&](const Fields& f) {
            return system.source(f);
        });
    Real mean = 0, variance = 0;
    for (const Real s : source) mean += s / static_cast<Real>(source.size());
    for (const Real s : source) variance += (s - mean) * (s - mean) / static_cast<Real>(source.size());
    if (variance > 0)
        for (const Equation& equation : system.equations())
            if (equation.where == Where::interior)
                groups["relative_residuals"][equation.name] = groups["residuals"][equation.name] / std::sqrt(variance);
    return groups;
}

}  // namespace

Groups solution_measures(const FieldNetworks& fields, const ResidualLoss& residuals, const Collocation& collocation,
                         const Vector& parameters, const RandomStream& stream, int samples)
{
    const PdeSystem& system = fields.system();
    const LearnedNetworks learned(fields, parameters);
    Groups groups = residual_norms(fields, residuals, collocation, parameters, stream.part(1), samples);
    // Values and gradients are cheap beside the Laplacians of residuals.
    constexpr int more = 4;
    if (const auto reference = system.reference(); reference && reference->value)
        groups["errors"] = solution_errors(learned, *reference, stream.part(2), more * samples);
    for (const std::string& name : system.constants()) groups["constants"][name + "_trained"] = learned.constant(name);
    if (system.stationary() && (system.periodic() || system.domain()) && !system.constants().empty())
        groups["constants"][system.constants().front()] =
            system.refined_constant(learned, uniform_points(system, stream.part(3), more * samples));
    for (const auto& [group, values] : system.measures(learned, stream.part(4), samples))
        groups[group].insert(values.begin(), values.end());
    return groups;
}

namespace {

constexpr int tracked_samples = 1024;

}  // namespace

Vector tracked_values(const Groups& groups, const std::vector<std::string>& names)
{
    Vector values = make_vector(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t dot = names[i].find('.');
        values(i) = groups.at(names[i].substr(0, dot)).at(names[i].substr(dot + 1));
    }
    return values;
}

std::vector<std::string> tracked_measures(const PdeSystem& system, const ResidualLoss& residuals)
{
    std::vector<std::string> names;
    for (const std::string& name : solution_error_names(system)) names.push_back("errors." + name);
    for (const std::string& name : residuals.terms()) names.push_back("residuals." + name);
    return names;
}

Vector track_measures(const FieldNetworks& fields, const ResidualLoss& residuals, const Collocation& collocation,
                      const Vector& parameters, const RandomStream& stream)
{
    const PdeSystem& system = fields.system();
    Groups groups = residual_norms(fields, residuals, collocation, parameters, stream.part(1), tracked_samples);
    if (const auto reference = system.reference(); reference && reference->value)
        groups["errors"] =
            solution_errors(LearnedNetworks(fields, parameters), *reference, stream.part(2), tracked_samples);
    return tracked_values(groups, tracked_measures(system, residuals));
}

}  // namespace mfg
