#include <mfg/plugin/registry.hpp>
#include <mfg/testing/optimizer_contract.hpp>
#include <mfg/testing/test_objectives.hpp>

#include "catch.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

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

std::string text_of(const std::string& file)
{
    std::ifstream in(MFG_SOURCES "/" + file);
    REQUIRE(in);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
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

TEST_CASE("the optimizer of the guide keeps the contract and is Nesterov's", "[contract][optimizer]")
{
    Registry registry({MFG_TEMPLATE_PLUGINS});
    const auto optimizer = registry.create<Optimizer>("my_optimizer");
    for (const CheckResult& result : check_optimizer(*optimizer)) {
        INFO(result.what << ": " << result.measured);
        CHECK(result.passed);
    }

    // On x^2 / 2 from 1 with rate 1/2, y is half of x; momenta are 0, 1/4, 2/5.
    TestObjective objective("parabola", make_vector(1, 1), 0, 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
        if (g) g[0] = x(0);
        return 0.5 * x(0) * x(0);
    });
    const auto nesterov = registry.create<Optimizer>("my_optimizer", {{"learning_rate", "0.5"}});
    Vector x = objective.start();
    for (const Real expected : {0.5, 0.25 + (0.25 - 0.5) / 4, 0.09375 + 0.4 * (0.09375 - 0.25)}) {
        nesterov->step(objective, x);
        CHECK(std::abs(x(0) - expected) < 1e-15);
    }
}

TEST_CASE("the guide shows the optimizer as it is compiled", "[contract][optimizer]")
{
    const std::string guide = text_of("docs/write_an_optimizer.md");
    CHECK(guide.find("```cpp\n" + text_of("apps/templates/optimizer.cpp") + "```\n") != std::string::npos);
}
