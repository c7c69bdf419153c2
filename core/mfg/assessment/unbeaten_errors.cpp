#include <mfg/assessment/unbeaten_errors.hpp>

namespace mfg {
std::optional<std::pair<std::string, Real>> best_baseline(const std::map<std::string, Real>& baselines,
                                                          const std::string& error)
{
    constexpr Real exact = 1e-6;
    std::optional<std::pair<std::string, Real>> best;
    for (const auto& [name, value] : baselines)
        if (name.rfind(error + '.', 0) == 0 && value >= exact && (!best || value < best->second))
            best = {name.substr(error.size() + 1), value};
    return best;
}

std::vector<UnbeatenError> unbeaten_errors(const Measures& measures)
{
    const auto errors = measures.find("errors"), baselines = measures.find("baselines");
    std::vector<UnbeatenError> unbeaten;
    if (errors == measures.end() || baselines == measures.end()) return unbeaten;
    for (const auto& [name, value] : errors->second)
        if (const auto best = best_baseline(baselines->second, name); best && !(value < best->second))
            unbeaten.push_back({name, value, best->first, best->second});
    return unbeaten;
}

}  // namespace mfg
