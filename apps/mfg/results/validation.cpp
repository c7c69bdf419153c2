#include "results/validation.hpp"

#include <mfg/assessment/control_variates.hpp>
#include <mfg/training/objective.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

using Json = nlohmann::ordered_json;
using mfg::Real;

/// Samples of the final validation; they played no part in the training.
constexpr int min_validation_samples = 16384;

/// Means of the terms of all players and of their sum, with standard errors where these are known.
struct Measured {
    std::vector<Real> terms, errors;
    Real objective = 0, variance = 0;

    /// Adds a player's terms; the last column of an estimate is their sum. Each player has its samples.
    void add(const mfg::MeanEstimate& player)
    {
        const std::size_t last = player.means.size() - 1;
        terms.insert(terms.end(), player.means.begin(), player.means.begin() + last);
        errors.insert(errors.end(), player.standard_errors.begin(), player.standard_errors.begin() + last);
        objective += player.means(last);
        variance += player.standard_errors(last) * player.standard_errors(last);
    }
};

/// The terms of every sample, and their sum as a last column.
mfg::Matrix with_sum(const mfg::Matrix& integrands)
{
    const std::size_t n = integrands.shape(0), q = integrands.shape(1);
    mfg::Matrix all = mfg::make_matrix(n, q + 1);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < q; ++k) {
            all(i, k) = integrands(i, k);
            all(i, q) += integrands(i, k);
        }
    return all;
}

Json numbers(const std::vector<std::string>& names, Real objective, const std::vector<Real>& terms)
{
    Json named = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) named[names[i]] = terms[i];
    return {{"objective", objective}, {"terms", named}};
}

Json with_errors(const std::vector<std::string>& names, const Measured& measured)
{
    Json result = numbers(names, measured.objective, measured.terms);
    result["standard_error"] = numbers(names, std::sqrt(measured.variance), measured.errors);
    return result;
}

}  // namespace

Json validation(const Composition& run, const std::vector<std::string>& names, const mfg::Vector& parameters,
                const std::vector<const mfg::Loss*>& losses, const std::string& purpose)
{
    Measured plain, controlled;
    bool has_errors = true, has_features = true;
    std::vector<Real> terms;
    Real objective = 0;
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const mfg::Player& player = run.method->players()[i];
        const mfg::Loss& loss = *losses[i];
        const int count = std::max(run.training.validation_samples, min_validation_samples);
        const mfg::RandomStream stream(run.seed, purpose + " of " + player.name);
        const mfg::Matrix samples = loss.sample(stream, count);
        mfg::SampledObjective evaluated(loss, run.method->layout(), run.threads());
        const mfg::Matrix common = loss.shared_batch(stream.part(mfg::Loss::shared_batch_part));
        evaluated.set_sample(samples, 0, common);
        const mfg::Matrix values = with_sum(evaluated.integrands(parameters));
        terms.insert(terms.end(), evaluated.terms().begin(), evaluated.terms().end());
        objective = std::accumulate(evaluated.terms().begin(), evaluated.terms().end(), objective);
        // Only means of independent samples have the standard error of such; a common batch ties them together.
        has_errors = has_errors && loss.terms_are_means() && loss.group() == 1 && common.size() == 0;
        if (!has_errors) continue;
        plain.add(mfg::sample_means(values));
        const mfg::Matrix features = loss.control_variates(samples, mfg::max_control_variates(count));
        has_features = has_features && features.shape(1) > 0;
        if (has_features) controlled.add(mfg::controlled_means(values, features));
    }
    Json result = numbers(names, objective, terms);
    if (has_errors) result["standard_error"] = with_errors(names, plain)["standard_error"];
    if (has_errors && has_features) result["controlled"] = with_errors(names, controlled);
    return result;
}
