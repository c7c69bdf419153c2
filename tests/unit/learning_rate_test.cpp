#include <mfg/optimizer.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/learning_rate.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

LearningRate rates(const Options::Given& given)
{
    LearningRate result;
    Options options("test", given);
    result.declare(options);
    options.finish();
    return result;
}

/// x itself: every gradient is 1, and a step of sgd without momentum is the learning rate.
class Slope final : public Objective {
public:
    std::size_t size() const override { return 1; }
    Real value(const Vector& theta) override { return theta(0); }
    Real value_and_gradient(const Vector& theta, Vector& gradient) override
    {
        gradient(0) = 1;
        return theta(0);
    }
    std::uint64_t sample() const override { return 0; }
};

}  // namespace

TEST_CASE("schedules of the learning rate", "[optimizer]")
{
    const LearningRate constant = rates({});
    for (const std::uint64_t k : {1u, 2u, 1000u}) CHECK(constant.factor(k, 100) == 1);

    const LearningRate cosine = rates({{"schedule", "cosine"}, {"decay", "0.2"}});
    CHECK(cosine.factor(1, 101) == 1);
    CHECK_THAT(cosine.factor(51, 101), WithinRel(0.6, 1e-14));
    CHECK_THAT(cosine.factor(26, 101), WithinRel(0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2, 1e-14));
    CHECK_THAT(cosine.factor(101, 101), WithinRel(0.2, 1e-14));
    CHECK_THAT(cosine.factor(500, 101), WithinRel(0.2, 1e-14));

    const LearningRate exponential = rates({{"schedule", "exponential"}, {"decay", "0.01"}});
    CHECK(exponential.factor(1, 101) == 1);
    CHECK_THAT(exponential.factor(51, 101), WithinRel(0.1, 1e-14));
    CHECK_THAT(exponential.factor(101, 101), WithinRel(0.01, 1e-14));

    const LearningRate step = rates({{"schedule", "step"}, {"decay", "0.5"}, {"step_every", "10"}});
    CHECK(step.factor(10, 0) == 1);
    CHECK(step.factor(11, 0) == 0.5);
    CHECK(step.factor(35, 0) == 0.125);

    // Nothing is known of the end: the rate stays.
    for (const LearningRate& unknown : {cosine, exponential}) CHECK(unknown.factor(70, 0) == 1);
    for (const LearningRate& single : {cosine, exponential}) CHECK(single.factor(1, 1) == 1);
}

TEST_CASE("a warm-up comes before the schedule", "[optimizer]")
{
    for (const char* schedule : {"constant", "cosine", "exponential", "step"}) {
        INFO(schedule);
        const LearningRate warm =
            rates({{"schedule", schedule}, {"warm_up", "4"}, {"decay", "0.25"}, {"step_every", "3"}});
        const LearningRate cold = rates({{"schedule", schedule}, {"decay", "0.25"}, {"step_every", "3"}});
        for (std::uint64_t k = 1; k <= 4; ++k) CHECK(warm.factor(k, 30) == static_cast<Real>(k) / 4);
        for (std::uint64_t k = 1; k <= 26; ++k) CHECK(warm.factor(k + 4, 30) == cold.factor(k, 26));
    }
    // A warm-up that never ends is no error.
    CHECK(rates({{"schedule", "cosine"}, {"warm_up", "50"}}).factor(10, 20) == 0.2);
}

TEST_CASE("options of a schedule have ranges", "[optimizer]")
{
    CHECK_THROWS_AS(rates({{"schedule", "linear"}}), Error);
    CHECK_THROWS_AS(rates({{"decay", "0"}}), Error);
    CHECK_THROWS_AS(rates({{"decay", "1.5"}}), Error);
    CHECK_THROWS_AS(rates({{"step_every", "0"}}), Error);
    CHECK_THROWS_AS(rates({{"warm_up", "-1"}}), Error);
}

TEST_CASE("first-order optimizers follow their schedule", "[optimizer]")
{
    Registry registry;
    const Options::Given given{{"learning_rate", "0.5"}, {"schedule", "cosine"}, {"decay", "0.2"}, {"warm_up", "3"}};
    const LearningRate expected = rates({{"schedule", "cosine"}, {"decay", "0.2"}, {"warm_up", "3"}});
    for (const char* name : {"sgd", "adam"}) {
        INFO(name);
        const auto optimizer = registry.create<Optimizer>(name, given);
        Slope slope;
        Vector x = make_vector(1);
        for (int round = 0; round < 2; ++round) {
            optimizer->reset();
            optimizer->plan(20);
            for (std::uint64_t k = 1; k <= 20; ++k)
                CHECK_THAT(optimizer->step(slope, x).step_length, WithinRel(0.5 * expected.factor(k, 20), 1e-7));
        }
    }
}

TEST_CASE("the place in a schedule is a part of an optimizer's state", "[optimizer]")
{
    Registry registry;
    const Options::Given given{{"schedule", "exponential"}};
    for (const char* name : {"sgd", "adam"}) {
        INFO(name);
        const auto whole = registry.create<Optimizer>(name, given), rest = registry.create<Optimizer>(name, given);
        Slope slope;
        Vector x = make_vector(1);
        whole->reset();
        whole->plan(12);
        for (int k = 0; k < 5; ++k) whole->step(slope, x);
        Archive saved;
        whole->state(saved);
        Archive loaded(saved.items());
        rest->state(loaded);
        Vector y = x;
        for (int k = 5; k < 12; ++k) {
            whole->step(slope, x);
            rest->step(slope, y);
            CHECK(x(0) == y(0));
        }
    }
}
