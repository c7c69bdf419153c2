#include <mfg/plugin/registry.hpp>
#include <mfg/testing/test_objectives.hpp>
#include <mfg/training/first_order.hpp>
#include <mfg/training/line_search.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

/// Settings with the learning rate 1, unless another is given.
FirstOrderSettings rates(Options::Given given)
{
    given.emplace("learning_rate", "1");
    FirstOrderSettings result;
    Options options("test", std::move(given));
    result.declare(options);
    options.finish();
    return result;
}

/// x itself: every gradient is 1, and a step of sgd without momentum is the learning rate.
class Slope final : public Objective {
public:
    std::size_t size() const override { return 1; }
    Evaluation value(const Vector& theta) override { return theta(0); }
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override
    {
        gradient(0) = 1;
        return theta(0);
    }
    std::uint64_t revision() const override { return 0; }
};

}  // namespace

TEST_CASE("schedules of the learning rate", "[optimizer]")
{
    const FirstOrderSettings constant = rates({});
    for (const std::uint64_t k : {1u, 2u, 1000u}) CHECK(constant.rate(k, 100) == 1);

    const FirstOrderSettings cosine = rates({{"schedule", "cosine"}, {"decay", "0.2"}});
    CHECK(cosine.rate(1, 101) == 1);
    CHECK_THAT(cosine.rate(51, 101), WithinRel(0.6, 1e-14));
    CHECK_THAT(cosine.rate(26, 101), WithinRel(0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2, 1e-14));
    CHECK_THAT(cosine.rate(101, 101), WithinRel(0.2, 1e-14));
    CHECK_THAT(cosine.rate(500, 101), WithinRel(0.2, 1e-14));

    const FirstOrderSettings exponential = rates({{"schedule", "exponential"}, {"decay", "0.01"}});
    CHECK(exponential.rate(1, 101) == 1);
    CHECK_THAT(exponential.rate(51, 101), WithinRel(0.1, 1e-14));
    CHECK_THAT(exponential.rate(101, 101), WithinRel(0.01, 1e-14));

    const FirstOrderSettings step = rates({{"schedule", "step"}, {"decay", "0.5"}, {"step_every", "10"}});
    CHECK(step.rate(10, 0) == 1);
    CHECK(step.rate(11, 0) == 0.5);
    CHECK(step.rate(35, 0) == 0.125);

    // Nothing is known of the end: the rate stays.
    for (const FirstOrderSettings& unknown : {cosine, exponential}) CHECK(unknown.rate(70, 0) == 1);
    for (const FirstOrderSettings& single : {cosine, exponential}) CHECK(single.rate(1, 1) == 1);
}

TEST_CASE("a warm-up comes before the schedule", "[optimizer]")
{
    for (const char* schedule : {"constant", "cosine", "exponential", "step"}) {
        INFO(schedule);
        const FirstOrderSettings warm =
            rates({{"schedule", schedule}, {"warm_up", "4"}, {"decay", "0.25"}, {"step_every", "3"}});
        const FirstOrderSettings cold = rates({{"schedule", schedule}, {"decay", "0.25"}, {"step_every", "3"}});
        for (std::uint64_t k = 1; k <= 4; ++k) CHECK(warm.rate(k, 30) == static_cast<Real>(k) / 4);
        for (std::uint64_t k = 1; k <= 26; ++k) CHECK(warm.rate(k + 4, 30) == cold.rate(k, 26));
    }
    // A warm-up that never ends is no error.
    CHECK(rates({{"schedule", "cosine"}, {"warm_up", "50"}}).rate(10, 20) == 0.2);
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
    // All of these move by the learning rate where every gradient is the same.
    const Options::Given given{{"learning_rate", "0.5"}, {"schedule", "cosine"}, {"decay", "0.2"}, {"warm_up", "3"}};
    const FirstOrderSettings expected = rates(given);
    for (const char* name : {"sgd", "adam", "lion"}) {
        INFO(name);
        const auto optimizer = registry.create<Optimizer>(name, given);
        Slope slope;
        Vector x = make_vector(1);
        for (int round = 0; round < 2; ++round) {
            optimizer->reset();
            optimizer->plan(20);
            for (std::uint64_t k = 1; k <= 20; ++k)
                CHECK_THAT(optimizer->step(slope, x).step_length, WithinRel(expected.rate(k, 20), 1e-7));
        }
    }
}

TEST_CASE("the place in a schedule is a part of an optimizer's state", "[optimizer]")
{
    Registry registry;
    const Options::Given given{{"schedule", "exponential"}};
    for (const char* name : {"sgd", "adam", "adamw", "lion"}) {
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

TEST_CASE("a long gradient is clipped and reported as it was", "[optimizer]")
{
    // 3 x + 4 y: the norm of the gradient is 5.
    TestObjective plane("plane", make_vector(2), 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
        if (g) g[0] = 3;
        if (g) g[1] = 4;
        return 3 * x(0) + 4 * x(1);
    });
    Registry registry;
    const auto step = [&](const char* clip) {
        const auto sgd = registry.create<Optimizer>("sgd", {{"learning_rate", "0.1"}, {"clip", clip}});
        Vector x = plane.start();
        const StepReport report = sgd->step(plane, x);
        CHECK(report.gradient_norm == 5);
        CHECK_THAT(report.step_length, WithinRel(euclidean_norm(x), 1e-15));
        return x;
    };
    const Vector whole = step("0"), loose = step("5"), clipped = step("0.5");
    CHECK_THAT(whole(0), WithinRel(-0.3, 1e-15));
    CHECK_THAT(whole(1), WithinRel(-0.4, 1e-15));
    CHECK(loose(0) == whole(0));
    CHECK(loose(1) == whole(1));
    CHECK_THAT(clipped(0), WithinRel(-0.03, 1e-15));
    CHECK_THAT(clipped(1), WithinRel(-0.04, 1e-15));
    CHECK_THROWS_AS(rates({{"clip", "-1"}}), Error);
}

TEST_CASE("every first-order optimizer has the common options", "[optimizer]")
{
    Registry registry;
    std::vector<std::string> with;
    for (const std::string& name : registry.names("optimizer"))
        for (const OptionRecord& option : registry.options("optimizer", name))
            if (option.name == "clip") with.push_back(name);
    CHECK(with == std::vector<std::string>{"adam", "adamw", "lion", "rmsprop", "sgd"});
}

TEST_CASE("a step to infinity is not made", "[optimizer]")
{
    Registry registry;
    const auto sgd = registry.create<Optimizer>("sgd", {{"learning_rate", "1e300"}});
    TestObjective steep("steep", make_vector(2, 1), 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
        for (std::size_t i = 0; g && i < 2; ++i) g[i] = 1e30;
        return 1e30 * (x(0) + x(1));
    });
    Vector x = steep.start();
    const StepReport report = sgd->step(steep, x);
    CHECK_FALSE(report.progress);
    CHECK_FALSE(std::isfinite(report.step_length));
    CHECK(x(0) == 1);
    CHECK(x(1) == 1);
}

TEST_CASE("two vectors of a memory have two names", "[optimizer]")
{
    class Twice final : public FirstOrderOptimizer {
    public:
        Twice() : FirstOrderOptimizer({})
        {
            memory("momentum");
            memory("momentum");
        }

    protected:
        void update(Vector&, const Vector&, Real, std::uint64_t) override {}
    };
    CHECK(message_of<Error>([] { Twice(); }) == "optimizer: two vectors of its memory are called 'momentum'");
}
