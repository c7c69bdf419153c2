#include <mfg/base/parallel.hpp>
#include <mfg/pde/residual_formulation.hpp>

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

Measures ResidualMeasure::values(const NetworkSolution& solution, const RandomStream& stream, int samples) const
{
    const std::lock_guard lock(mutex_);
    objective_.draw_sample(stream, samples, 0);
    const Evaluation squares = objective_.value(solution.parameters());
    Measures measures;
    const std::vector<std::string> names = terms();
    for (std::size_t i = 0; i < names.size(); ++i) measures["residuals"][names[i]] = std::sqrt(squares.terms[i]);

    const PdeSystem& system = solution.problem();
    const Collocation& collocation = residuals_.collocation();
    const Matrix source =
        solution.map(collocation.points(solution.parameters(), collocation.draw(stream, objective_.sample_count())), 0,
                     1, [&](const Fields& f) { return system.source(f); });
    const Real n = source.size(), mean = xt::sum(source / n)();
    const Real variance = xt::sum((source - mean) * (source - mean) / n)();
    if (variance > 0)
        for (const Equation& equation : system.equations())
            if (equation.where == Where::interior)
                measures["relative_residuals"][equation.name] =
                    measures["residuals"][equation.name] / std::sqrt(variance);
    return measures;
}

Measures ResidualSolution::measures(const RandomStream& stream, int samples) const
{
    Measures measures = ResidualSolution::tracked_measures(stream, samples);
    measures.merge(problem().measures(*this, stream.part("problem"), samples));
    return measures;
}

Definitions ResidualSolution::definitions() const
{
    const bool bounded = problem().periodic() || problem().domain();
    const std::string points = bounded ? "uniform points" : "points around the population";
    return {{"residuals", "root mean square at " + points}, {"relative_residuals", "root mean square at " + points}};
}

std::vector<std::string> ResidualSolution::tracked() const
{
    std::vector<std::string> names;
    for (const std::string& name : measure_.terms()) names.push_back("residuals." + name);
    return names;
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
