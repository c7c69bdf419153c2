#include "results/verdict.hpp"

#include "results/finished_run.hpp"
#include "text.hpp"

#include <mfg/assessment/population_names.hpp>
#include <mfg/assessment/verdict.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

/// A number that is none is null in a file.
Real number(const Json& value)
{
    return value.is_number() ? value.get<Real>() : std::numeric_limits<Real>::quiet_NaN();
}

/// Objective, terms and standard errors of a group, with control variates where there are some.
const Json& best_means(const Json& group)
{
    const Json& controlled = entry(group, {"controlled"});
    return controlled.is_object() ? controlled : group;
}

/// What agents pay, from terms: penalties do not count.
Real cost_of(const Json& terms)
{
    Real sum = 0;
    for (const char* name : {"transport", "running", "terminal"})
        if (terms.contains(name)) sum += number(terms[name]);
    return sum;
}

void add_objective(mfg::Measures& measures, const Json& measured)
{
    const Json &validation = entry(measured, {"validation"}), &fine = entry(measured, {"validation_fine"});
    if (!validation.is_object()) return;
    measures["objective"]["value"] = number(entry(validation, {"objective"}));
    if (!fine.is_object()) return;
    measures["objective"]["fine"] = number(entry(fine, {"objective"}));
    Real& size = measures["objective"]["size"];
    for (const auto& term : entry(validation, {"terms"}).items()) size += std::abs(number(term.value()));
}

/// The optimum, beside what the agents of the answer pay.
void add_optimum(mfg::Measures& measures, const Json& measured, const Json& reference)
{
    if (const Json& costs = entry(reference, {"costs", "sum"}); costs.is_number()) {
        if (const Json& sum = entry(measured, {"costs", "sum"}); !sum.is_null())
            measures["optimum"] = {{"cost", number(sum)}, {"exact", number(costs)}};
        return;
    }
    const Json& exact = entry(reference, {"terms"});
    if (!exact.is_object()) return;
    const bool fine = measured.contains("validation_fine"), sampled = measured.contains("validation");
    const Json& found = fine      ? best_means(measured["validation_fine"])
                        : sampled ? best_means(measured["validation"])
                                  : measured;
    measures["optimum"] = {{"cost", cost_of(entry(found, {"terms"}))}, {"exact", cost_of(exact)}};
    const Json& error = entry(found, {"standard_error", "objective"});
    if (!sampled || error.is_number()) measures["optimum"]["standard_error"] = sampled ? number(error) : 0;
}

}  // namespace

void add_verdict(Json& measured, const Json& reference)
{
    mfg::Measures measures;
    for (const std::string& group : measure_groups(measured))
        for (const auto& value : measured[group].items()) measures[group][value.key()] = number(value.value());
    add_objective(measures, measured);
    add_optimum(measures, measured, reference);
    for (const auto& group : measured.items()) {
        if (mfg::split_population(group.key()).first != "exploitability") continue;
        // Where one agent could gain without limit, the smoothed number counts.
        const Json &response = group.value(), &smoothed = entry(response, {"smoothed"});
        const Json& saving = smoothed.is_object() ? smoothed : response;
        for (const char* name : {"improvement", "standard_error", "relative"})
            if (saving.is_object() && saving.contains(name)) measures[group.key()][name] = number(saving[name]);
    }
    const mfg::Judgement found = mfg::judge(measures);
    measured["verdict"] = mfg::verdict_name(found.verdict);
    measured["verdict_reasons"] = found.reasons;
}

std::string verdict_line(const Json& result)
{
    const Json &verdict = entry(result, {"verdict"}), &reasons = entry(result, {"verdict_reasons"});
    if (!verdict.is_string()) return "";
    constexpr std::size_t shown = 2;
    std::vector<std::string> weightiest;
    for (const Json& reason : reasons)
        if (reason.is_string() && weightiest.size() < shown) weightiest.push_back(reason.get<std::string>());
    const std::string why = joined(weightiest, "; ");
    return "verdict: " + verdict.get<std::string>() + (why.empty() ? "" : ": " + why);
}
