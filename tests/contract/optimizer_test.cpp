#include <mfg/plugin/registry.hpp>
#include <mfg/testing/optimizer_contract.hpp>
#include <mfg/testing/test_objectives.hpp>

#include "catch.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Steps `first`, ..., `last - 1`; the sample changes every 10 steps and after a failure.
void advance(Optimizer& optimizer, TestObjective& objective, Vector& theta, int first, int last)
{
    for (int k = first; k < last; ++k) {
        objective.set_sample(static_cast<std::uint64_t>(k / 10));
        optimizer.step(objective, theta);
    }
}

}  // namespace

TEST_CASE("every optimizer keeps the contract", "[contract][optimizer]")
{
    Registry registry;
    const std::vector<std::string> names = registry.names("optimizer");
    REQUIRE(names.size() >= 4);
    for (const std::string& name : names) {
        INFO("optimizer " << name);
        const auto optimizer = registry.create<Optimizer>(name);
        for (const CheckResult& result : check_optimizer(*optimizer)) {
            INFO(result.what << ": " << result.measured);
            CHECK(result.passed);
        }
    }
}

TEST_CASE("every optimizer goes on in a new object that loads its state", "[contract][optimizer]")
{
    Registry registry;
    for (const std::string& name : registry.names("optimizer")) {
        INFO("optimizer " << name);
        TestObjective objective = test_resampled_quadratic();
        const auto whole = registry.create<Optimizer>(name), half = registry.create<Optimizer>(name),
                   other = registry.create<Optimizer>(name);
        Vector expected = objective.start(), theta = objective.start();
        advance(*whole, objective, expected, 0, 40);

        advance(*half, objective, theta, 0, 17);
        Archive saved;
        half->state(saved);
        Archive loaded(saved.items());
        other->state(loaded);
        advance(*other, objective, theta, 17, 40);
        for (std::size_t i = 0; i < theta.size(); ++i) CHECK(theta(i) == expected(i));
    }
}

TEST_CASE("first-order methods do not step on what is not a number", "[contract][optimizer]")
{
    Registry registry;
    for (const std::string& name : registry.names("optimizer")) {
        INFO("optimizer " << name);
        TestObjective objective("not a number", make_vector(2, 1), 0, 0, 0, [](const Vector&, Real* g, std::uint64_t) {
            if (g) g[0] = g[1] = std::nan("");
            return std::nan("");
        });
        Vector theta = objective.start();
        const StepReport report = registry.create<Optimizer>(name)->step(objective, theta);
        CHECK_FALSE(report.progress);
        CHECK(theta(0) == 1);
        CHECK(theta(1) == 1);
    }
}
