#include <mfg/assessment/definitions.hpp>

namespace mfg {

Definitions measure_definitions(const Solution& solution)
{
    Definitions all;
    const Problem& problem = solution.problem();
    if (const auto reference = solution.reference()) {
        const bool bounded = bounded_space(problem).has_value();
        const char* const population = reference->population ? "under the exact population"
                                       : bounded             ? "under the uniform law"
                                                             : "along paths of the learned population";
        const char* const everywhere = bounded ? "under the uniform law" : population;
        for (const char* name : {"value", "value_l1", "gradient", "density"})
            all[std::string("errors.") + name] = everywhere;
        for (const char* name : {"control", "value_centred", "log_density"})
            all[std::string("errors.") + name] = population;
        for (const auto& [name, point] : reference->points) all["errors." + name] = "value at one point";
    }
    for (const auto& [name, text] : solution.definitions()) all[name] = text;
    return all;
}

}  // namespace mfg
