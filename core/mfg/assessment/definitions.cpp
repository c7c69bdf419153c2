#include <mfg/assessment/definitions.hpp>
#include <mfg/assessment/population_names.hpp>
#include <mfg/game/population_view.hpp>

namespace mfg {

Definitions measure_definitions(const Solution& solution)
{
    Definitions all;
    const Problem& problem = solution.problem();
    for (const auto& [suffix, view] : populations_of(solution)) {
        const auto reference = view->reference();
        if (!reference) continue;
        const bool bounded = bounded_space(problem).has_value();
        const char* const population = reference->population ? "under the exact population"
                                       : bounded             ? "under the uniform law"
                                                             : "along paths of the learned population";
        const char* const everywhere = bounded ? "under the uniform law" : population;
        for (const char* name : {"value", "value_l1", "gradient", "density"})
            all[of_population(std::string("errors.") + name, suffix)] = everywhere;
        for (const char* name : {"control", "value_centred", "log_density"})
            all[of_population(std::string("errors.") + name, suffix)] = population;
        for (const auto& [name, point] : reference->points)
            all[of_population("errors." + name, suffix)] = "value at one point";
    }
    for (const auto& [name, text] : solution.definitions()) all[name] = text;
    return all;
}

}  // namespace mfg
