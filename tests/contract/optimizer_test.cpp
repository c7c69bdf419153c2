#include <mfg/plugin/registry.hpp>
#include <mfg/testing/test_objectives.hpp>

#include "contract.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

using namespace mfg;

namespace {

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
    require_all_plugins("optimizer", 8);
}

TEST_CASE("the optimizer of the guide keeps the contract and is Nesterov's", "[contract][optimizer]")
{
    Registry registry({MFG_TEMPLATE_PLUGINS});
    require_all(check_plugin(registry, "optimizer", "my_optimizer"));

    // On x^2 / 2 from 1 with rate 1/2, y is half of x; momenta are 0, 1/4, 2/5.
    TestObjective objective("parabola", make_vector(1, 1), 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
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
