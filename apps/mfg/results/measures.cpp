#include "results/measures.hpp"

#include "results/finished_run.hpp"
#include "results/uncertain.hpp"

#include <mfg/assessment/population_names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

using json = nlohmann::ordered_json;

json as_json(const std::string& group, const std::map<std::string, mfg::Real>& values)
{
    json object = json::object();
    if (group == "errors")
        for (const char* first : {"control", "value_centred"})
            for (const auto& [name, value] : values)
                if (mfg::split_population(name).first == first) object[name] = value;
    for (const auto& [name, value] : values) object.emplace(name, value);
    return object;
}

mfg::Measures errors_and_baselines(const json& result)
{
    mfg::Measures measures;
    for (const char* group : {"errors", "baselines"})
        for (const auto& item : entry(result, {group}).items())
            measures[group][item.key()] = item.value().is_number() ? item.value().get<mfg::Real>() : std::nan("");
    return measures;
}

std::vector<ShownMeasure> shown_measures(const json& result, const std::string& group)
{
    const json& values = entry(result, {group.c_str()});
    const mfg::Measures measures = group == "errors" ? errors_and_baselines(result) : mfg::Measures();
    const std::vector<mfg::UnbeatenError> unbeaten = mfg::unbeaten_errors(measures);
    std::vector<ShownMeasure> shown;
    for (const auto& item : values.items()) {
        const std::string& name = item.key();
        if (is_standard_error(values, name)) continue;
        ShownMeasure& measure = shown.emplace_back(ShownMeasure{name, item.value(), {}, {}});
        if (const json& error = standard_error_of(values, name); error.is_number() && error.get<double>() > 0)
            measure.standard_error = error;
        if (const auto baselines = measures.find("baselines"); baselines != measures.end())
            if (const auto best = mfg::best_baseline(baselines->second, name))
                measure.baseline = fmt::format("{:.3g} ({})", best->second, best->first);
        measure.unbeaten =
            std::any_of(unbeaten.begin(), unbeaten.end(), [&](const auto& e) { return e.error == name; });
    }
    return shown;
}
