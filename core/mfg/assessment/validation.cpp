#include <mfg/assessment/control_variates.hpp>
#include <mfg/assessment/validation.hpp>
#include <mfg/base/views.hpp>
#include <mfg/training/objective.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mfg {
namespace {

/// Estimates of all players. Their samples are independent, so the variances of their sums add.
struct Estimates {
    TermNumbers means, standard_errors;

    /// Adds a player's terms; the last column of the estimate is their sum.
    void add(const MeanEstimate& player)
    {
        const std::size_t last = player.means.size() - 1;
        for (std::size_t i = 0; i < last; ++i) {
            means.terms.push_back(player.means(i));
            standard_errors.terms.push_back(player.standard_errors(i));
        }
        means.objective += player.means(last);
        standard_errors.objective = std::hypot(standard_errors.objective, player.standard_errors(last));
    }
};

/// The terms of every sample, and their sum as a last column.
Matrix with_sum(const Matrix& terms)
{
    Matrix all = make_matrix(rows(terms), columns(terms) + 1);
    first_columns(all, columns(terms)) = terms;
    xt::col(all, columns(terms)) = xt::sum(terms, {1});
    return all;
}

}  // namespace

Validation validate(const Formulation& formulation, const Vector& parameters, const ValidationSettings& settings)
{
    constexpr int min_samples = 16384;
    const int count = std::max(settings.samples, min_samples);
    Validation result;
    Estimates plain, controlled;
    bool has_errors = true, has_variates = true;
    for (const Player& player : formulation.players()) {
        const SampledLoss& loss = settings.fine ? *player.fine() : player.validated();
        const RandomStream stream(settings.seed, settings.purpose + " of " + player.name());
        Matrix samples = loss.sample(stream, loss.in_groups(count)), integrands;
        const Matrix shared = loss.shared_batch(stream.part(Sampler::shared_batch_name));
        const Evaluation found = [&] {
            SampledObjective objective(loss, formulation.layout(), settings.threads);
            objective.set_sample(samples, 0, shared);
            return objective.value(parameters, integrands);
        }();
        for (std::size_t i = 0; i < found.term_count; ++i) {
            result.means.terms.push_back(found.terms[i]);
            result.means.objective += found.terms[i];
        }
        // Only means of independent samples have the standard error of such; a shared batch ties them together.
        has_errors = has_errors && loss.terms_are_means() && loss.group() == 1 && shared.size() == 0;
        if (!has_errors) continue;
        const Matrix values = with_sum(integrands);
        plain.add(sample_means(values));
        Matrix variates = loss.control_variates(samples, max_control_variates(count));
        // Matrices with a row a sample are what takes memory here.
        samples = Matrix();
        has_variates = has_variates && variates.shape(1) > 0;
        if (has_variates) controlled.add(controlled_means(values, std::move(variates)));
    }
    if (has_errors) result.standard_errors = plain.standard_errors;
    if (has_errors && has_variates) {
        result.controlled = controlled.means;
        result.controlled_standard_errors = controlled.standard_errors;
    }
    return result;
}

bool has_fine_steps(const Formulation& formulation)
{
    const std::vector<Player>& players = formulation.players();
    return !players.empty() &&
           std::all_of(players.begin(), players.end(), [](const Player& player) { return player.fine(); });
}

}  // namespace mfg
