#include <mfg/assessment/population_names.hpp>
#include <mfg/base/text.hpp>

namespace mfg {

std::string of_population(const std::string& name, const std::string& suffix)
{
    for (const std::string attribute : {"_standard_error", "_trained"})
        if (ends_with(name, attribute)) return name.substr(0, name.size() - attribute.size()) + suffix + attribute;
    return name + suffix;
}

std::pair<std::string, std::string> split_population(const std::string& name)
{
    const std::size_t end = name.find_last_not_of("0123456789");
    if (end == std::string::npos || end + 1 == name.size() || name[end] != '_') return {name, ""};
    return {name.substr(0, end), name.substr(end)};
}

}  // namespace mfg
