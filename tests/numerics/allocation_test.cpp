#include "allocation_counter.hpp"
#include "catch.hpp"
#include "numerics/setup.hpp"

using namespace mfg;

TEST_CASE("a training step does not allocate after the first ones", "[allocation]")
{
    if (!counts_allocations()) return;
    struct Case {
        const char* optimizer;
        Options::Given options;
    };
    const auto wanted =
        GENERATE(Case{"bfgs", {}}, Case{"bfgs", {{"line_search", "wolfe"}}}, Case{"lbfgs", {{"memory", "3"}}},
                 Case{"adam", {}}, Case{"sgd", {{"learning_rate", "1e-5"}, {"momentum", "0.9"}}});
    const int threads = GENERATE(1, 2);
    const std::string dimension = GENERATE("2", "12");
    INFO(wanted.optimizer << ", " << threads << " threads, dimension " << dimension);

    Setup setup("optimal_transport", {{{"dimension", dimension}}, {}, {}});
    const auto optimizer = setup.registry.create<Optimizer>(wanted.optimizer, wanted.options);
    SampledObjective objective(*setup.player().loss, setup.layout(), threads);
    objective.set_sample(setup.player().loss->sample(RandomStream(1, "sample"), 300), 1);
    Vector theta = setup.layout().initialise(1);
    const auto steps = [&](int count) {
        for (int i = 0; i < count; ++i) optimizer->step(objective, theta);
    };
    // A quasi-Newton method has filled its memory after so many steps.
    steps(6);
    CHECK(allocations_of([&] { steps(10); }) == 0);
}
