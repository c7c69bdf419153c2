#include <mfg/base/parallel.hpp>
#include <mfg/pde/equation_terms.hpp>
#include <mfg/pde/residual_formulation.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

namespace {

ResidualSettings with_unit_weights(ResidualSettings settings)
{
    settings.weights.assign(settings.weights.size(), 1);
    settings.mass_weight = -1;
    return settings;
}

}  // namespace

ResidualMeasure::ResidualMeasure(const FieldNetworks& fields, const Collocation& collocation, ResidualSettings settings)
    : residuals_(fields, collocation, with_unit_weights(std::move(settings))),
      objective_(residuals_, fields.layout(), thread_limit())
{
}

std::map<std::string, Real> ResidualMeasure::values(const Vector& parameters, const RandomStream& stream,
                                                    int samples) const
{
    const std::lock_guard lock(mutex_);
    objective_.draw_sample(stream, samples, 0);
    const Evaluation squares = objective_.value(parameters);
    std::map<std::string, Real> residuals;
    const std::vector<std::string> names = terms();
    for (std::size_t i = 0; i < names.size(); ++i) residuals[names[i]] = std::sqrt(squares.terms[i]);
    return residuals;
}

std::map<std::string, Real> ResidualMeasure::relative(const std::map<std::string, Real>& residuals,
                                                      const Vector& parameters, const RandomStream& stream) const
{
    constexpr int samples = 1024;
    const int group = residuals_.group(), whole_groups = group * ((samples + group - 1) / group);
    std::map<std::string, Real> relative;
    for (const auto& [name, size] : equation_sizes(residuals_, parameters, residuals_.sample(stream, whole_groups)))
        relative[name] = residuals.at(name) / size;
    return relative;
}

Measures ResidualSolution::measures(const RandomStream& stream, int samples) const
{
    const RandomStream at = stream.part("residuals");
    Measures measures{{"residuals", measure_.values(parameters(), at, samples)}};
    measures["relative_residuals"] = measure_.relative(measures["residuals"], parameters(), at.part("sizes"));
    measures.merge(problem().measures(*this, stream.part("problem"), samples));
    return measures;
}

Definitions ResidualSolution::definitions() const
{
    const bool bounded = bounded_space(problem()).has_value();
    const std::string points = bounded ? "uniform points" : "points around the population";
    return {{"residuals", "root mean square at " + points}, {"relative_residuals", "root mean square at " + points}};
}

std::vector<std::string> ResidualSolution::tracked() const
{
    std::vector<std::string> names;
    for (const std::string& name : measure_.terms()) names.push_back("residuals." + name);
    if (trained_) names.push_back("population.residual_ratio");
    return names;
}

Measures ResidualSolution::tracked_measures(const RandomStream& stream, int samples) const
{
    const RandomStream at = stream.part("residuals");
    Measures measures{{"residuals", measure_.values(parameters(), at, samples)}};
    if (!trained_) return measures;
    const std::map<std::string, Real> trained = measure_.values(*trained_, at, samples);
    Real& ratio = measures["population"]["residual_ratio"];
    for (const auto& [name, residual] : measures["residuals"]) ratio = std::max(ratio, residual / trained.at(name));
    return measures;
}

ResidualFormulation::ResidualFormulation(std::shared_ptr<const PdeSystem> system,
                                         const std::vector<const Network*>& networks, const ResidualRecipe& recipe)
    : system_(std::move(system)),
      fields_(*system_, networks, recipe.fields),
      trained_at_(fields_, recipe.trained_at),
      validated_at_(fields_, recipe.validated_at),
      measure_(fields_, validated_at_, recipe.validated),
      computed_(fields_, trained_at_, recipe.computed)
{
}

std::unique_ptr<Solution> ResidualFormulation::provisional(const Vector& parameters, const RandomStream& stream) const
{
    if (!fields_.follows_population()) return solution(parameters);
    Vector now = parameters;
    computed_.follow_population(now, stream.part("population"));
    return std::make_unique<ResidualSolution>(fields_, measure_, now, parameters);
}

Player& ResidualFormulation::add_player(const std::string& name, std::unique_ptr<SampledLoss> loss)
{
    losses_.push_back(std::move(loss));
    return players_.emplace_back(name, *losses_.back());
}

Player& ResidualFormulation::add_player(const std::string& name, const ResidualSettings& trained,
                                        const ResidualSettings& validated)
{
    losses_.push_back(std::make_unique<ResidualLoss>(fields_, validated_at_, validated));
    const SampledLoss& exact = *losses_.back();
    return add_player(name, std::make_unique<ResidualLoss>(fields_, trained_at_, trained)).validated_by(exact);
}

}  // namespace mfg
