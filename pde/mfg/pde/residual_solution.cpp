#include <mfg/base/parallel.hpp>
#include <mfg/pde/residual_solution.hpp>

#include <cmath>

namespace mfg {

ResidualMeasure::ResidualMeasure(const FieldNetworks& fields, const ResidualLoss& residuals)
    : fields_(fields), residuals_(residuals), objective_(residuals, fields.layout(), thread_limit())
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

    const PdeSystem& system = fields_.system();
    const Collocation& collocation = residuals_.collocation();
    const Matrix source =
        solution.map(collocation.points(solution.parameters(), collocation.draw(stream, objective_.sample_count())), 0,
                     1, [&](const Fields& f) { return system.source(f); });
    Real mean = 0, variance = 0;
    for (const Real s : source) mean += s / static_cast<Real>(source.size());
    for (const Real s : source) variance += (s - mean) * (s - mean) / static_cast<Real>(source.size());
    if (variance > 0)
        for (const Equation& equation : system.equations())
            if (equation.where == Where::interior)
                measures["relative_residuals"][equation.name] =
                    measures["residuals"][equation.name] / std::sqrt(variance);
    return measures;
}

Measures ResidualSolution::measures(const RandomStream& stream, int samples) const
{
    Measures measures = measure_.values(*this, stream.part("residuals"), samples);
    measures.merge(problem().measures(*this, stream.part("problem"), samples));
    return measures;
}

std::vector<std::string> ResidualSolution::tracked() const
{
    std::vector<std::string> names;
    for (const std::string& name : measure_.terms()) names.push_back("residuals." + name);
    return names;
}

Measures ResidualSolution::tracked_measures(const RandomStream& stream, int samples) const
{
    return measure_.values(*this, stream.part("residuals"), samples);
}

}  // namespace mfg
