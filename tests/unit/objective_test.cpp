#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/testing/differences.hpp>
#include <mfg/training/objective.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

using namespace mfg;

namespace {

constexpr int features = 2, hidden = 4;

/// u(x) = a . tanh(W x + b): what the losses below are made of. Evaluated by the losses, not as a network.
class Layer final : public Network {
public:
    std::vector<ParameterBlock> blocks(const NetworkInput&) const override
    {
        return {{"opening.weight", hidden, features}, {"opening.bias", hidden, 1}, {"closing.weight", 1, hidden}};
    }
    void initialise(const NetworkInput&, const RandomStream& stream, int block, Real* values) const override
    {
        const int sizes[] = {hidden * features, hidden, hidden};
        stream.normal(static_cast<std::uint64_t>(block), sizes[block], values);
    }
    Jet evaluate(Tape&, const VariableList&, const Jet&) const override { return {}; }
};

/// Terms: the mean of u^2 / 2 and of |u - x_1|.
class Means : public SampledLoss {
public:
    std::vector<std::string> terms() const override { return {"square", "distance"}; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        Matrix rows = make_matrix(static_cast<std::size_t>(count), features);
        for (std::size_t i = 0; i < rows.shape(0); ++i) stream.normal(i, features, &rows(i, 0));
        return rows;
    }
    Variable integrands(Tape&, const VariableList& parameters, const Variable& x, const Variable&) const override
    {
        const Variable u = matmul(parameters[2], log_cosh_and_slope(matmul(parameters[0], x, false, parameters[1])).t);
        return vconcat({multiply(u, u, 0.5), absolute(combine({{1, u}, {-1, x.rows(0, 1)}}))});
    }
};

/// Terms that are a function of the means: (m_1 - 1)^2 + m_1 m_2 and m_2^2.
class OfMeans : public Means {
public:
    bool terms_are_means() const override { return false; }
    int integrand_count() const override { return 2; }
    Variable terms_of_means(Tape&, const Variable& means) const override
    {
        const Variable first = means.rows(0, 1), second = means.rows(1, 1), centred = add_number(first, -1);
        return vconcat(
            {combine({{1, multiply(centred, centred)}, {1, multiply(first, second)}}), multiply(second, second)});
    }
};

/// Rows of a group of 6 have the group's number as first feature; terms use the sums over groups.
class Groups final : public Means {
public:
    static constexpr int size = 6;
    int group() const override { return size; }
    Matrix sample(const RandomStream& stream, int count) const override
    {
        Matrix rows = Means::sample(stream, count);
        for (std::size_t i = 0; i < rows.shape(0); ++i) rows(i, 0) = 0.01 * static_cast<Real>(i / size);
        return rows;
    }
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& x,
                        const Variable& shared) const override
    {
        if (x.columns() % size != 0) split = true;
        for (int j = 0; j < x.columns(); ++j)
            if (x(0, j) != x(0, j / size * size)) split = true;
        return Means::integrands(tape, parameters, x, shared);
    }
    mutable std::atomic<bool> split{false};
};

/// Value, terms and gradient for the whole sample at once, by plain loops.
struct Direct {
    Real value = 0;
    Real means[2] = {0, 0};
    std::vector<Real> gradient;
};

Direct direct(const Vector& theta, const Matrix& rows, bool of_means)
{
    const std::size_t n = rows.shape(0);
    Direct result;
    const auto at = [&](std::size_t i) { return theta(i); };
    const std::size_t bias = hidden * features, closing = bias + hidden;
    const auto layer = [&](std::size_t i, Real(&t)[hidden]) {
        Real u = 0;
        for (std::size_t h = 0; h < hidden; ++h) {
            Real y = at(bias + h);
            for (std::size_t f = 0; f < features; ++f) y += at(h * features + f) * rows(i, f);
            t[h] = std::tanh(y);
            u += at(closing + h) * t[h];
        }
        return u;
    };
    Real t[hidden];
    for (std::size_t i = 0; i < n; ++i) {
        const Real u = layer(i, t);
        result.means[0] += 0.5 * u * u / Real(n);
        result.means[1] += std::abs(u - rows(i, 0)) / Real(n);
    }
    const auto [a, b] = result.means;
    result.value = of_means ? (a - 1) * (a - 1) + a * b + b * b : a + b;
    const Real seeds[2] = {of_means ? 2 * (a - 1) + b : 1, of_means ? a + 2 * b : 1};
    result.gradient.assign(theta.size(), 0);
    for (std::size_t i = 0; i < n; ++i) {
        const Real u = layer(i, t);
        const Real bar = (seeds[0] * u + seeds[1] * (u > rows(i, 0) ? 1 : -1)) / Real(n);
        for (std::size_t h = 0; h < hidden; ++h) {
            const Real slope = bar * at(closing + h) * (1 - t[h] * t[h]);
            result.gradient[closing + h] += bar * t[h];
            result.gradient[bias + h] += slope;
            for (std::size_t f = 0; f < features; ++f) result.gradient[h * features + f] += slope * rows(i, f);
        }
    }
    return result;
}

struct Setting {
    Setting() { layout.add("u", layer, {features, false}); }
    Layer layer;
    ParameterLayout layout;
};

const Means means;
const OfMeans of_means;
const RandomStream stream(1, "sample");

}  // namespace

TEST_CASE("sampled objective: value and gradient are those of the whole sample", "[objective]")
{
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    for (const bool coupled : {false, true}) {
        const SampledLoss& loss = coupled ? static_cast<const SampledLoss&>(of_means) : means;
        for (const int n : {1, 7, 1000, 10000}) {
            INFO(n << " samples" << (coupled ? ", terms of means" : ""));
            SampledObjective objective(loss, setting.layout, 1);
            const Matrix rows = loss.sample(stream, n);
            objective.set_sample(rows, 17);
            CHECK(objective.sample_count() == n);
            CHECK(objective.revision() == 17);
            CHECK(objective.size() == theta.size());
            if (n == 10000) CHECK(objective.tile_size() < n / 4);  // else tiles are not tested

            const Direct expected = direct(theta, rows, coupled);
            Vector gradient = make_vector(theta.size(), 99);
            const Evaluation value = objective.value_and_gradient(theta, gradient), again = objective.value(theta);
            CHECK_THAT(value.value, WithinRel(expected.value, 1e-13));
            CHECK(value.value == again.value);
            CHECK(value.terms == again.terms);
            CHECK(objective.evaluations() == 2);
            CHECK(objective.gradients() == 1);
            CHECK(objective.operations() > 0);
            REQUIRE(value.term_count == 2);
            CHECK_THAT(value.terms[0] + value.terms[1], WithinRel(value.value, 1e-15));
            if (!coupled) CHECK_THAT(value.terms[1], WithinRel(expected.means[1], 1e-13));
            Real largest = 0;
            for (const Real g : expected.gradient) largest = std::max(largest, std::abs(g));
            for (std::size_t i = 0; i < theta.size(); ++i)
                CHECK_THAT(gradient(i), WithinAbs(expected.gradient[i], 1e-13 * largest));
        }
    }
}

TEST_CASE("sampled objective: gradient against finite differences", "[objective]")
{
    const Setting setting;
    for (const SampledLoss* loss :
         {static_cast<const SampledLoss*>(&means), static_cast<const SampledLoss*>(&of_means)}) {
        SampledObjective objective(*loss, setting.layout, 2);
        // Few samples, so that no difference crosses a kink of the absolute value.
        objective.set_sample(loss->sample(stream, 50), 1);
        Vector theta = setting.layout.initialise(3), gradient = theta;
        objective.value_and_gradient(theta, gradient);
        Real largest = 0;
        for (const Real g : gradient) largest = std::max(largest, std::abs(g));
        const Real h = std::cbrt(std::numeric_limits<Real>::epsilon());
        for (std::size_t i = 0; i < theta.size(); ++i) {
            const auto value_at = [&](Real step) {
                Vector moved = theta;
                moved(i) += step;
                return objective.value(moved);
            };
            CHECK_THAT(gradient(i), WithinAbs(first_difference(value_at, h), 1e-8 * largest));
        }
    }
}

TEST_CASE("sampled objective: the same bits for any number of threads", "[objective]")
{
    limit_threads(3);  // on machines with fewer cores, too
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    for (const SampledLoss* loss :
         {static_cast<const SampledLoss*>(&means), static_cast<const SampledLoss*>(&of_means)})
        for (const int n : {7, 5000, 100000}) {
            const Matrix rows = loss->sample(stream, n);
            Vector first = theta, gradient = theta;
            Real value = 0;
            for (const int threads : {1, 2, 3}) {
                INFO(n << " samples, " << threads << " threads");
                SampledObjective objective(*loss, setting.layout, threads);
                objective.set_sample(rows, 1);
                for (int repetition = 0; repetition < 3; ++repetition) {
                    const Real again = objective.value_and_gradient(theta, gradient);
                    if (threads == 1 && repetition == 0) {
                        value = again;
                        first = gradient;
                    }
                    CHECK(again == value);
                    CHECK(objective.value(theta) == value);
                    CHECK((gradient == first));
                }
            }
        }
}

TEST_CASE("sampled objective: threads without a tile have no tape", "[objective]")
{
    if (!counts_allocations()) return;
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    const Matrix rows = means.sample(stream, 8);
    const auto allocations = [&](int threads) {
        return allocations_of([&] {
            SampledObjective objective(means, setting.layout, threads);
            Vector gradient = theta;
            objective.set_sample(rows, 1);
            objective.value_and_gradient(theta, gradient);
        });
    };
    allocations(1);
    CHECK(allocations(64) == allocations(1));
}

TEST_CASE("sampled objective: factors multiply the terms", "[objective]")
{
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    Vector factors = make_vector(2), gradient = theta, first = theta, second = theta;
    factors(0) = 3;
    factors(1) = 0.25;
    for (const SampledLoss* loss :
         {static_cast<const SampledLoss*>(&means), static_cast<const SampledLoss*>(&of_means)}) {
        SampledObjective objective(*loss, setting.layout, 2);
        objective.draw_sample(stream, 1000, 1);
        const Evaluation plain = objective.value_and_gradient(theta, gradient);
        const Vector all = gradient;
        objective.term_gradient(theta, 0, first);
        objective.term_gradient(theta, 1, second);
        for (std::size_t i = 0; i < theta.size(); ++i) CHECK_THAT(first(i) + second(i), WithinAbs(all(i), 1e-12));

        objective.set_weights(factors, 7);
        CHECK(objective.revision() == 7);
        const Evaluation value = objective.value_and_gradient(theta, gradient);
        CHECK(value.value == objective.value(theta).value);
        CHECK_THAT(value.value, WithinRel(3 * plain.terms[0] + 0.25 * plain.terms[1], 1e-14));
        CHECK(value.terms[0] == 3 * plain.terms[0]);
        CHECK(value.terms[1] == 0.25 * plain.terms[1]);
        for (std::size_t i = 0; i < theta.size(); ++i)
            CHECK_THAT(gradient(i), WithinAbs(3 * first(i) + 0.25 * second(i), 1e-12));

        // A term alone is without its factor, and leaves the factors as they are; a new sample keeps them.
        Vector again = theta;
        objective.term_gradient(theta, 1, again);
        CHECK((again == second));
        objective.draw_sample(stream, 1000, 8);
        CHECK(objective.value(theta).value == value.value);
        objective.set_weights(make_vector(2, 1), 9);
        CHECK(objective.value_and_gradient(theta, gradient).value == plain.value);
        CHECK((gradient == all));
        CHECK_THROWS_AS(objective.set_weights(make_vector(3, 1), 10), Error);
    }
}

TEST_CASE("sampled objective: a new sample replaces the old one", "[objective]")
{
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    SampledObjective objective(means, setting.layout, 2);
    Vector gradient = theta;
    for (const int n : {300, 20000, 20000, 9, 9, 20001}) {
        const Matrix rows = means.sample(RandomStream(1, "sample", static_cast<std::uint64_t>(n)), n);
        objective.set_sample(rows, static_cast<std::uint64_t>(n));
        const Direct expected = direct(theta, rows, false);
        CHECK_THAT(objective.value_and_gradient(theta, gradient).value, WithinRel(expected.value, 1e-13));
        CHECK_THAT(gradient(0), WithinRel(expected.gradient[0], 1e-10));
    }
}

TEST_CASE("sampled objective: groups are not split", "[objective]")
{
    const Setting setting;
    const Groups loss;
    const Vector theta = setting.layout.initialise(3);
    SampledObjective objective(loss, setting.layout, 2);
    Vector gradient = theta;
    for (const int groups : {1, 7, 5000}) {
        objective.set_sample(loss.sample(stream, groups * Groups::size), 1);
        objective.value_and_gradient(theta, gradient);
        CHECK(objective.tile_size() % Groups::size == 0);
        CHECK_FALSE(loss.split);
    }
    CHECK(objective.tile_size() < 5000 * Groups::size / 4);
}

TEST_CASE("sampled objective: a number of samples is rounded up to whole groups", "[objective]")
{
    const Setting setting;
    const Groups loss;
    SampledObjective objective(loss, setting.layout, 1);
    for (const int count : {1, 6, 7, 100}) {
        objective.draw_sample(stream, count, 1);
        CHECK(objective.sample_count() == (count + 5) / 6 * 6);
        objective.draw_training_sample(stream, count, 1, setting.layout.initialise(3));
        CHECK(objective.sample_count() == (count + 5) / 6 * 6);
    }
}

TEST_CASE("sampled objective: a loss may have thirty-two terms, and no more", "[objective]")
{
    class Many final : public Means {
    public:
        explicit Many(std::size_t terms) : terms_(terms) {}
        std::vector<std::string> terms() const override { return std::vector<std::string>(terms_, "term"); }

    private:
        std::size_t terms_;
    };
    const Setting setting;
    const Many most(32), too_many(33);
    CHECK_NOTHROW(SampledObjective(most, setting.layout, 1));
    CHECK_THAT(message_of<Error>([&] { SampledObjective(too_many, setting.layout, 1); }),
               ContainsSubstring("at most 32 terms"));
}

TEST_CASE("sampled objective: every tile is given the shared batch", "[objective]")
{
    /// Adds the mean of u over the shared batch to each sample's.
    class Shared final : public Means {
    public:
        Matrix shared_batch(const RandomStream& stream) const override { return Means::sample(stream, 5); }
        Variable integrands(Tape& tape, const VariableList& parameters, const Variable& x,
                            const Variable& shared) const override
        {
            const Variable own = Means::integrands(tape, parameters, x, {});
            const Variable others = sum_columns(Means::integrands(tape, parameters, shared, {}), 0.2);
            return add_column(own, others);
        }
    };
    const Setting setting;
    const Shared loss;
    const Vector theta = setting.layout.initialise(3);
    Vector gradient = theta;
    SampledObjective objective(loss, setting.layout, 2);
    for (const int n : {3, 700, 30000}) {
        objective.draw_sample(stream, n, 1);
        const Real value = objective.value_and_gradient(theta, gradient);
        const Direct own = direct(theta, loss.sample(stream, n), false),
                     others = direct(theta, loss.shared_batch(stream.part(Sampler::shared_batch_name)), false);
        CHECK_THAT(value, WithinRel(own.value + others.value, 1e-13));
        for (std::size_t i = 0; i < theta.size(); ++i)
            CHECK_THAT(gradient(i), WithinAbs(own.gradient[i] + others.gradient[i], 1e-11));
    }
}

TEST_CASE("sampled objective: a sample must have samples", "[objective]")
{
    const Setting setting;
    const Groups groups;
    struct Wrong {
        const SampledLoss& loss;
        int count;
    };
    for (const Wrong& wrong : {Wrong{means, 0}, Wrong{of_means, 0}, Wrong{groups, 0}, Wrong{groups, 7}}) {
        SampledObjective objective(wrong.loss, setting.layout, 1);
        const Matrix rows = wrong.loss.sample(stream, wrong.count);
        const std::string message = message_of<Error>([&] { objective.set_sample(rows, 1); });
        CHECK_THAT(message, ContainsSubstring(std::to_string(wrong.count) + " samples"));
        CHECK(message.find('\n') == std::string::npos);
    }
}

TEST_CASE("sampled objective: evaluations do not allocate", "[objective]")
{
    if (!counts_allocations()) return;
    // The counter counts, what libraries allocate included.
    REQUIRE(allocations_of([&] { means.sample(stream, 10); }) > 0);
    const Setting setting;
    const Vector theta = setting.layout.initialise(3);
    Vector gradient = theta;
    const Vector factors = make_vector(2, 0.5);
    for (const SampledLoss* loss :
         {static_cast<const SampledLoss*>(&means), static_cast<const SampledLoss*>(&of_means)})
        for (const int threads : {1, 2})
            for (const int n : {7, 1000, 50001}) {
                INFO(n << " samples, " << threads << " threads" << (loss == &means ? "" : ", terms of means"));
                SampledObjective objective(*loss, setting.layout, threads);
                const Matrix rows = loss->sample(stream, n);
                objective.set_sample(rows, 1);
                const auto evaluate = [&](int repetitions) {
                    for (int i = 0; i < repetitions; ++i) {
                        objective.value_and_gradient(theta, gradient);
                        objective.value(theta);
                        objective.set_sample(rows, 2);
                        objective.set_weights(factors, 3);
                    }
                };
                evaluate(2);
                CHECK(allocations_of([&] { evaluate(20); }) == 0);
            }
}

TEST_CASE("sampled objective: a loss with another shape than it says is refused", "[objective]")
{
    /// One row of integrands too many, too few samples, or a term too many.
    class WrongShape final : public OfMeans {
    public:
        explicit WrongShape(int fault) : fault_(fault) {}
        Variable integrands(Tape& tape, const VariableList& parameters, const Variable& x,
                            const Variable& shared) const override
        {
            const Variable right = OfMeans::integrands(tape, parameters, x, shared);
            return fault_ == 0 ? vconcat({right, right}) : fault_ == 1 ? right.columns(0, x.columns() - 1) : right;
        }
        Variable terms_of_means(Tape& tape, const Variable& means) const override
        {
            return vconcat({OfMeans::terms_of_means(tape, means), means});
        }

    private:
        int fault_;
    };
    const Setting setting;
    const char* const messages[] = {"integrands of a loss: the shape is [4 x ",
                                    "integrands of a loss: the shape is [2 x ",
                                    "terms of a loss: the shape is [4 x 1] and should be [2 x 1]"};
    for (const int fault : {0, 1, 2}) {
        const WrongShape loss(fault);
        const std::string message = message_of<Error>([&] {
            SampledObjective objective(loss, setting.layout, 2);
            objective.set_sample(loss.sample(stream, 32), 1);
            objective.value(setting.layout.initialise(3));
        });
        CHECK_THAT(message, ContainsSubstring(messages[fault]));
    }
}
