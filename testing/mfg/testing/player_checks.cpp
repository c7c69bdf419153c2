#include <mfg/base/text.hpp>
#include <mfg/base/views.hpp>
#include <mfg/testing/method_checks.hpp>
#include <mfg/training/objective.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace mfg {
namespace {

class PlayerChecks {
public:
    PlayerChecks(const Formulation& formulation, const Formulation& twin, std::size_t player, const Vector& parameters)
        : player_(formulation.players()[player]),
          loss_(player_.loss()),
          twin_(twin.players()[player].loss()),
          layout_(formulation.layout()),
          subset_(layout_, player_.fields()),
          theta_(parameters),
          computed_(computed_blocks(formulation, parameters))
    {
        if (formulation.players().size() > 1) prefix_ = player_.name() + ": ";
    }

    CheckResults run()
    {
        CheckResults results;
        const auto add = [&](const std::string& what, CheckResult (PlayerChecks::*check)()) {
            append_check(results, prefix_ + what, [&] { return (this->*check)(); });
        };
        add("the terms have names", &PlayerChecks::check_names);
        add("samples follow from the stream alone", &PlayerChecks::check_samples);
        if (std::any_of(results.begin(), results.end(), [](const CheckResult& r) { return !r.passed; })) return results;
        add("any number of samples is rounded up to whole groups", &PlayerChecks::check_odd_count);
        add("terms and gradient are the same when evaluated again, and in a second object", &PlayerChecks::check_again);
        add("terms and gradient are the same for 1 and 2 threads", &PlayerChecks::check_threads);
        add(loss_.terms_are_means() ? "a batch is the mean of its parts"
                                    : "integrands of a sample do not depend on the others",
            &PlayerChecks::check_parts);
        add("derivatives in the parameters (finite differences)", &PlayerChecks::check_gradient);
        add("the losses to validate with have the same terms, finite", &PlayerChecks::check_validation);
        return results;
    }

private:
    /// Rows of a sample: at least `count`, whole groups, an even number of them.
    int rows(int count) const
    {
        const int unit = 2 * loss_.group();
        return (count + unit - 1) / unit * unit;
    }
    Matrix sample(const SampledLoss& loss, int count) const
    {
        return loss.training_sample(RandomStream(29, "sample"), rows(count), theta_);
    }
    Matrix shared(const SampledLoss& loss) const
    {
        return loss.shared_batch(RandomStream(29, "sample").part(Sampler::shared_batch_name));
    }

    /// The objective and its gradient on a sample of so many rows.
    struct Result {
        Evaluation objective;
        Vector gradient;
        int tile_size;
    };
    Result evaluate(const SampledLoss& loss, int count, int threads) const
    {
        SampledObjective objective(loss, subset_, threads);
        objective.set_sample(sample(loss, count), 1, shared(loss));
        objective.freeze(theta_, 1);
        Vector gradient = make_vector(subset_.size());
        const Evaluation value = objective.value_and_gradient(own(), gradient);
        return {value, gradient, objective.tile_size()};
    }
    static bool same_terms(const Evaluation& a, const Evaluation& b)
    {
        return a.term_count == b.term_count && std::memcmp(a.terms.data(), b.terms.data(), sizeof a.terms) == 0;
    }

    /// The player's part of the parameters.
    Vector own() const
    {
        Vector part = make_vector(subset_.size());
        subset_.gather(theta_, part);
        return part;
    }

    CheckResult check_names()
    {
        const std::vector<std::string> terms = loss_.terms();
        return kept_unless(broken_names(terms), "", joined(terms));
    }

    CheckResult check_samples()
    {
        const RandomStream stream(31, "samples"), other(32, "samples");
        const int n = rows(64);
        std::string broken;
        const auto check = [&](const std::string& what, const auto& draw) {
            const Matrix first = draw(loss_, stream), different = draw(loss_, other), second = draw(loss_, stream),
                         third = draw(twin_, stream);
            if (!broken.empty() || first.size() == 0) return first;
            if (!all_finite(first)) broken = what + ": a number is not finite";
            if (!same_bits(first, second)) broken = what + ": drawn again from the same stream it is another one";
            if (!same_bits(first, third)) broken = what + ": a second object draws another one from the same stream";
            if (same_bits(first, different)) broken = what + ": another stream gives the same";
            return first;
        };
        const Matrix plain =
            check("sample", [n](const SampledLoss& l, const RandomStream& s) { return l.sample(s, n); });
        const Matrix trained = check("sample to train on", [n, this](const SampledLoss& l, const RandomStream& s) {
            return l.training_sample(s, n, theta_);
        });
        check("shared batch", [](const SampledLoss& l, const RandomStream& s) { return l.shared_batch(s); });
        if (mfg::rows(plain) != n || mfg::rows(trained) != n) broken = "not as many rows as were asked for";
        return kept_unless(broken, "", fmt::format("{} samples of {} numbers", n, columns(trained)));
    }

    /// Users may ask for any number of samples.
    CheckResult check_odd_count()
    {
        const int group = loss_.group(), count = group == 1 ? 7 : 2 * group + 1;
        SampledObjective objective(loss_, subset_, 1);
        objective.draw_training_sample(RandomStream(29, "sample"), count, 1, theta_);
        objective.freeze(theta_, 1);
        const Real value = objective.value(own());
        const int drawn = objective.sample_count();
        const bool right = drawn >= count && drawn < count + group && drawn % group == 0 && std::isfinite(value);
        return {"", right, fmt::format("{} of {} samples in groups of {}, value {:.4g}", drawn, count, group, value)};
    }

    CheckResult check_again()
    {
        const Result first = evaluate(loss_, 64, 1), second = evaluate(loss_, 64, 1), twin = evaluate(twin_, 64, 1);
        std::string broken;
        if (!std::isfinite(first.objective)) broken = "the value is not finite";
        if (first.objective.term_count != loss_.terms().size()) broken = "not as many terms as names";
        if (!same_terms(first.objective, second.objective)) broken = "the terms are others when evaluated again";
        if (!same_bits(first.gradient, second.gradient)) broken = "the gradient is another one when evaluated again";
        if (!same_terms(first.objective, twin.objective) || !same_bits(first.gradient, twin.gradient))
            broken = "a second object gives others";
        return kept_unless(broken, "", fmt::format("the same bits, value {:.4g}", first.objective.value));
    }

    CheckResult check_threads()
    {
        // Several tiles are needed for the threads to share.
        int count = 256;
        while (count < 1 << 14 && evaluate(loss_, count, 1).tile_size * 2 > count) count *= 2;
        const Result one = evaluate(loss_, count, 1), two = evaluate(loss_, count, 2);
        const bool same = same_terms(one.objective, two.objective) && same_bits(one.gradient, two.gradient);
        return {
            "", same,
            fmt::format("{} bits, {} samples in tiles of {}", same ? "the same" : "other", rows(count), one.tile_size)};
    }

    CheckResult check_parts()
    {
        const Matrix all = sample(loss_, 64), others = shared(loss_);
        SampledObjective objective(loss_, layout_, 1);
        objective.set_sample(all, 1, others);
        Matrix integrands, of_part;
        const Evaluation whole = objective.value(theta_, integrands);
        Vector mean = make_vector(whole.term_count);
        WorstError worst;
        for (const Index part : {0, 1}) {
            const auto half = [part](const Matrix& m) {
                const Index count = mfg::rows(m) / 2;
                return Matrix(xt::view(m, xt::range(part * count, (part + 1) * count), xt::all()));
            };
            objective.set_sample(half(all), 2 + part, others);
            const Evaluation half_value = objective.value(theta_, of_part);
            for (std::size_t i = 0; i < mean.size(); ++i) mean(i) += half_value.terms[i] / 2;
            worst.compare(of_part, half(integrands), 0, "integrands of part " + std::to_string(part + 1));
        }
        const std::vector<std::string> names = loss_.terms();
        for (std::size_t i = 0; loss_.terms_are_means() && i < mean.size(); ++i)
            worst.add(mean(i) - whole.terms[i], std::abs(whole.terms[i]) + 1e-12, "term " + names[i]);
        return worst.below("", 1e-10);
    }

    CheckResult check_gradient()
    {
        SampledObjective objective(loss_, subset_, 1);
        objective.set_sample(sample(loss_, 48), 1, shared(loss_));
        objective.freeze(theta_, 1);
        const Vector here = own();
        Vector gradient = make_vector(here.size());
        objective.value_and_gradient(here, gradient);
        WorstError worst;
        compare_gradient([&](const Vector& moved) { return objective.value(moved); }, here, gradient, subset_.entries(),
                         computed_, "", worst);
        return worst.below("", 1e-5);
    }

    CheckResult check_validation()
    {
        std::string broken, values;
        const std::pair<const char*, const SampledLoss*> losses[] = {{"validated", &player_.validated()},
                                                                     {"fine", player_.fine()}};
        for (const auto& [name, loss] : losses) {
            if (!loss) continue;
            if (loss->terms() != loss_.terms()) broken = std::string(name) + ": other terms";
            SampledObjective objective(*loss, layout_, 1);
            objective.set_sample(loss->sample(RandomStream(29, "validation"), rows(64)), 1, shared(*loss));
            const Real value = objective.value(theta_);
            if (!std::isfinite(value)) broken = std::string(name) + ": the value is not finite";
            values += fmt::format("{}{} {:.4g}", values.empty() ? "" : ", ", name, value);
        }
        return kept_unless(broken, "", values);
    }

    const Player& player_;
    const SampledLoss &loss_, &twin_;
    const ParameterLayout& layout_;
    ParameterSubset subset_;
    const Vector& theta_;
    std::set<std::string> computed_;
    std::string prefix_;
};

}  // namespace

CheckResults check_player(const Formulation& formulation, const Formulation& twin, std::size_t player,
                          const Vector& parameters)
{
    return PlayerChecks(formulation, twin, player, parameters).run();
}

}  // namespace mfg
