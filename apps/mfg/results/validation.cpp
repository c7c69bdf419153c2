#include "results/validation.hpp"

#include <mfg/assessment/validation.hpp>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

Json as_json(const std::vector<std::string>& names, const mfg::TermNumbers& numbers)
{
    Json named = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) named[names[i]] = numbers.terms[i];
    return {{"objective", numbers.objective}, {"terms", named}};
}

}  // namespace

Json validation(const mfg::Run& run, const std::vector<std::string>& terms, const mfg::Vector& parameters,
                const std::string& purpose, bool fine)
{
    const mfg::Validation found = mfg::validate(
        *run.formulation, parameters, {run.training.validation_samples, purpose, run.seed, run.threads, fine});
    Json result = as_json(terms, found.means);
    if (found.standard_errors) result["standard_error"] = as_json(terms, *found.standard_errors);
    if (found.controlled) {
        result["controlled"] = as_json(terms, *found.controlled);
        result["controlled"]["standard_error"] = as_json(terms, *found.controlled_standard_errors);
    }
    return result;
}
