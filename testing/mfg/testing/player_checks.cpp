#include <mfg/testing/differences.hpp>
#include <mfg/testing/method_checks.hpp>
#include <mfg/testing/worst_error.hpp>
#include <mfg/training/objective.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace mfg {
namespace {

class PlayerChecks {
public:
    PlayerChecks(const Method& method, const Method& twin, std::size_t player)
        : player_(method.players()[player]),
          twin_(twin.players()[player]),
          loss_(*player_.loss),
          layout_(method.layout()),
          share_(layout_, player_.fields)
    {
        if (method.players().size() > 1) prefix_ = player_.name + ": ";
    }

    CheckResults run()
    {
        CheckResults results;
        const auto add = [&](const std::string& what, CheckResult (PlayerChecks::*check)()) {
            append_check(results, prefix_ + what, [&] {
                CheckResult result = (this->*check)();
                result.what = prefix_ + what;
                return result;
            });
        };
        add("the terms have names", &PlayerChecks::check_names);
        add("parameters that are computed from others follow from the stream", &PlayerChecks::check_adapt);
        add("samples follow from the stream alone", &PlayerChecks::check_samples);
        if (std::any_of(results.begin(), results.end(), [](const CheckResult& r) { return !r.passed; })) return results;
        add("terms and gradient are the same when evaluated again, and in a second object", &PlayerChecks::check_again);
        add("terms and gradient are the same for 1 and 2 threads", &PlayerChecks::check_threads);
        add(loss_.terms_are_means() ? "a batch is the mean of its parts"
                                    : "integrands of a sample do not depend on the others",
            &PlayerChecks::check_parts);
        add("derivatives in the parameters (finite differences)", &PlayerChecks::check_gradient);
        add("the losses to validate with have the same terms, finite", &PlayerChecks::check_validation);
        return results;
    }

    const Vector& parameters() const { return theta_; }

private:
    /// Rows of a sample: at least `count`, whole groups, an even number of them.
    int rows(int count) const
    {
        const int unit = 2 * loss_.group();
        return (count + unit - 1) / unit * unit;
    }
    Matrix sample(const Loss& loss, int count) const
    {
        return loss.training_sample(RandomStream(29, "sample"), rows(count), theta_);
    }
    Matrix common(const Loss& loss) const
    {
        return loss.shared_batch(RandomStream(29, "sample").part(Loss::shared_batch_part));
    }

    /// Terms and gradient on a sample of so many rows.
    struct Evaluation {
        Vector terms, gradient;
        Real value;
        int tile_size;
    };
    Evaluation evaluate(const Loss& loss, int count, int threads) const
    {
        SampledObjective objective(loss, share_, threads);
        objective.set_sample(sample(loss, count), 1, common(loss));
        objective.freeze(theta_, 1);
        Evaluation result;
        result.gradient = make_vector(share_.size());
        result.value = objective.value_and_gradient(own(), result.gradient);
        result.terms = objective.terms();
        result.tile_size = objective.tile_size();
        return result;
    }

    /// The player's part of the parameters.
    Vector own() const
    {
        Vector part = make_vector(share_.size());
        share_.gather(theta_, part);
        return part;
    }

    CheckResult check_names()
    {
        const std::vector<std::string> terms = loss_.terms();
        const std::string broken = broken_names(terms);
        return {"", broken.empty(), broken.empty() ? listed(terms) : broken};
    }

    /// Parameters away from the start, where networks may be zero.
    CheckResult check_adapt()
    {
        const std::size_t size = layout_.size();
        theta_ = layout_.initialise(29);
        Vector moved = make_vector(size);
        RandomStream(29, "moved").normal(0, static_cast<int>(size), moved.data());
        for (const auto& [block, offset] : layout_.entries()) {
            const Real scale = Real(0.4) * std::min(Real(1), 2 / std::sqrt(Real(block.columns)));
            for (std::size_t i = offset; i < offset + block.size(); ++i) theta_(i) += scale * moved(i);
        }
        const Vector before = theta_;
        Vector again = theta_, final = theta_;
        const RandomStream stream(29, "adaptation");
        loss_.adapt(theta_, stream, 1);
        loss_.adapt(final, stream.part(1), 0);
        twin_.loss->adapt(again, stream, 1);
        std::size_t count = 0;
        for (std::size_t i = 0; i < size; ++i) count += before(i) != theta_(i);
        std::string broken;
        const auto finite = [](const Vector& v) {
            return std::all_of(v.begin(), v.end(), [](Real x) { return std::isfinite(x); });
        };
        if (!finite(theta_) || !finite(final)) broken = "one is not finite";
        if (!same_bits(theta_, again)) broken = "the same stream gives others";
        for (const auto& [block, offset] : layout_.entries()) {
            const auto first = static_cast<std::ptrdiff_t>(offset),
                       end = first + static_cast<std::ptrdiff_t>(block.size());
            if (!std::equal(theta_.begin() + first, theta_.begin() + end, before.begin() + first))
                computed_.insert(block.name);
        }
        return {"", broken.empty(),
                broken.empty() ? std::to_string(count) + " of " + std::to_string(size) + " are computed" : broken};
    }

    CheckResult check_samples()
    {
        constexpr int count = 64;
        const RandomStream stream(31, "samples"), other(32, "samples");
        const int n = rows(count);
        std::string broken;
        std::size_t columns = 0;
        const auto check = [&](const std::string& what, const auto& draw) {
            const Matrix first = draw(loss_, stream), different = draw(loss_, other), second = draw(loss_, stream),
                         third = draw(*twin_.loss, stream);
            if (!broken.empty() || first.size() == 0) return first;
            if (!std::isfinite(largest(first))) broken = what + ": a number is not finite";
            if (!same_bits(first, second)) broken = what + ": drawn again from the same stream it is another one";
            if (!same_bits(first, third)) broken = what + ": a second object draws another one from the same stream";
            if (same_bits(first, different)) broken = what + ": another stream gives the same";
            return first;
        };
        const Matrix plain = check("sample", [n](const Loss& l, const RandomStream& s) { return l.sample(s, n); });
        const Matrix trained = check("sample to train on", [n, this](const Loss& l, const RandomStream& s) {
            return l.training_sample(s, n, theta_);
        });
        check("common batch", [](const Loss& l, const RandomStream& s) { return l.shared_batch(s); });
        columns = trained.shape(1);
        if (plain.shape(0) != static_cast<std::size_t>(n) || trained.shape(0) != plain.shape(0))
            broken = "not as many rows as were asked for";
        return {"", broken.empty(),
                broken.empty() ? std::to_string(n) + " samples of " + std::to_string(columns) + " numbers" : broken};
    }

    CheckResult check_again()
    {
        const Evaluation first = evaluate(loss_, 64, 1), second = evaluate(loss_, 64, 1),
                         twin = evaluate(*twin_.loss, 64, 1);
        std::string broken;
        if (!std::isfinite(first.value)) broken = "the value is not finite";
        if (first.terms.size() != loss_.terms().size()) broken = "not as many terms as names";
        if (!same_bits(first.terms, second.terms)) broken = "the terms are others when evaluated again";
        if (!same_bits(first.gradient, second.gradient)) broken = "the gradient is another one when evaluated again";
        if (!same_bits(first.terms, twin.terms) || !same_bits(first.gradient, twin.gradient))
            broken = "a second object gives others";
        return {"", broken.empty(), broken.empty() ? "the same bits, value " + short_text(first.value) : broken};
    }

    CheckResult check_threads()
    {
        // Several tiles are needed for the threads to share.
        int count = 256;
        while (count < 1 << 14 && evaluate(loss_, count, 1).tile_size * 2 > count) count *= 2;
        const Evaluation one = evaluate(loss_, count, 1), two = evaluate(loss_, count, 2);
        const bool same = same_bits(one.terms, two.terms) && same_bits(one.gradient, two.gradient);
        return {"", same,
                (same ? "the same bits" : "other bits") + std::string(", ") + std::to_string(rows(count)) +
                    " samples in tiles of " + std::to_string(one.tile_size)};
    }

    CheckResult check_parts()
    {
        const Matrix all = sample(loss_, 64), others = common(loss_);
        const std::size_t half = all.shape(0) / 2;
        Matrix parts[2] = {make_matrix(half, all.shape(1)), make_matrix(half, all.shape(1))};
        for (std::size_t i = 0; i < all.shape(0); ++i)
            for (std::size_t k = 0; k < all.shape(1); ++k) parts[i / half](i % half, k) = all(i, k);
        SampledObjective objective(loss_, layout_, 1);
        objective.set_sample(all, 1, others);
        const Matrix integrands = objective.integrands(theta_);
        const Vector terms = objective.terms();
        Vector mean = make_vector(terms.size());
        WorstError worst;
        for (std::size_t part = 0; part < 2; ++part) {
            objective.set_sample(parts[part], 2 + part, others);
            const Matrix of_part = objective.integrands(theta_);
            mean += Real(0.5) * objective.terms();
            Matrix expected = make_matrix(half, integrands.shape(1));
            for (std::size_t i = 0; i < half; ++i)
                for (std::size_t k = 0; k < expected.shape(1); ++k) expected(i, k) = integrands(part * half + i, k);
            worst.compare(of_part, expected, 0, "integrands of part " + std::to_string(part + 1));
        }
        const std::vector<std::string> names = loss_.terms();
        for (std::size_t i = 0; loss_.terms_are_means() && i < terms.size(); ++i)
            worst.add(mean(i) - terms(i), std::abs(terms(i)) + 1e-12, "term " + names[i]);
        return worst.below("", 1e-10);
    }

    CheckResult check_gradient()
    {
        SampledObjective objective(loss_, share_, 1);
        objective.set_sample(sample(loss_, 48), 1, common(loss_));
        objective.freeze(theta_, 1);
        const Vector here = own();
        Vector gradient = make_vector(here.size()), moved = here;
        objective.value_and_gradient(here, gradient);
        Real total = 0;
        for (const Real g : gradient) total += g * g;
        total = std::sqrt(total);
        WorstError worst;
        if (!std::isfinite(total)) worst.add(total, 1, "the gradient is not finite");
        if (total == 0) worst.add(1, 0, "the gradient is zero");
        for (const auto& [block, offset] : share_.entries()) {
            const std::size_t size = block.size();
            const Real* bar = gradient.data() + offset;
            // What the loss computes from the others takes no part in the training.
            if (computed_.count(block.name) && std::all_of(bar, bar + size, [](Real g) { return g == 0; })) continue;
            for (const std::uint64_t number : {0, 1}) {
                Vector direction = make_vector(size);
                RandomStream(29, block.name, number).normal(0, static_cast<int>(size), direction.data());
                Real length = 0, expected = 0, size_of_bar = 0;
                for (const Real v : direction) length += v * v;
                direction /= std::sqrt(length);
                for (std::size_t i = 0; i < size; ++i) {
                    expected += direction(i) * bar[i];
                    size_of_bar += bar[i] * bar[i];
                }
                // Losses with absolute values have kinks that a difference may straddle; a wrong derivative is wrong at
                // every distance.
                Real error = std::numeric_limits<Real>::infinity();
                for (const Real h : {1e-3, 1e-4, 1e-5}) {
                    const Real slope = first_difference(
                        [&](Real step) {
                            moved = here;
                            for (std::size_t i = 0; i < size; ++i) moved(offset + i) += step * direction(i);
                            return objective.value(moved);
                        },
                        h);
                    if (std::abs(slope - expected) < error) error = std::abs(slope - expected);
                }
                worst.add(error, std::sqrt(size_of_bar) + 1e-3 * total,
                          block.name + " in random direction " + std::to_string(number + 1));
            }
        }
        return worst.below("", 1e-5);
    }

    CheckResult check_validation()
    {
        std::string broken, values;
        const std::pair<const char*, const Loss*> losses[] = {{"validated", player_.validated()},
                                                              {"fine", player_.fine_loss}};
        for (const auto& [name, loss] : losses) {
            if (!loss) continue;
            if (loss->terms() != loss_.terms()) broken = std::string(name) + ": other terms";
            SampledObjective objective(*loss, layout_, 1);
            objective.set_sample(loss->sample(RandomStream(29, "validation"), rows(64)), 1, common(*loss));
            const Real value = objective.value(theta_);
            if (!std::isfinite(value)) broken = std::string(name) + ": the value is not finite";
            values += (values.empty() ? "" : ", ") + std::string(name) + " " + short_text(value);
        }
        return {"", broken.empty(), broken.empty() ? values : broken};
    }

    const Player &player_, &twin_;
    const Loss& loss_;
    const ParameterLayout& layout_;
    ParameterSubset share_;
    std::string prefix_;
    Vector theta_;
    std::set<std::string> computed_;  // blocks that `adapt` changes
};

}  // namespace

CheckResults check_player(const Method& method, const Method& twin, std::size_t player, Vector& parameters)
{
    PlayerChecks checks(method, twin, player);
    CheckResults results = checks.run();
    parameters = checks.parameters();
    return results;
}

}  // namespace mfg
