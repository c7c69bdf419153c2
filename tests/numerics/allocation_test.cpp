#include "allocation_counter.hpp"
#include "catch.hpp"
#include "numerics/setup.hpp"

#include <mfg/base/parallel.hpp>

#include <algorithm>

using namespace mfg;

namespace {

/// What ten steps of a training take from the heap after the first ones.
int allocations_of_steps(Setup& setup, const char* optimizer_name, const Options::Given& options, int threads)
{
    Registry& registry = setup.registry;
    const auto optimizer = registry.create<Optimizer>(optimizer_name, options);
    SampledObjective objective(setup.loss(), setup.layout(), threads);
    Vector theta = setup.layout().initialise(1);
    objective.draw_training_sample(RandomStream(1, "sample"), 300, 1, theta);
    const auto steps = [&](int count) {
        for (int i = 0; i < count; ++i) optimizer->step(objective, theta);
    };
    // A quasi-Newton method has filled its memory after so many steps.
    steps(6);
    // A thread that joins for the first time takes memory, and on a busy machine that may be now; a step that allocates
    // does so every time.
    int least = allocations_of([&] { steps(10); });
    for (int again = 0; again < 3 && least > 0; ++again) least = std::min(least, allocations_of([&] { steps(10); }));
    return least;
}

}  // namespace

TEST_CASE("a training step does not allocate after the first ones", "[allocation]")
{
    if (!counts_allocations()) return;
    struct Case {
        const char* optimizer;
        Options::Given options;
    };
    const auto wanted = GENERATE(Case{"bfgs", {}}, Case{"bfgs", {{"line_search", "wolfe"}}},
                                 Case{"bfgs", {{"scaling", "broyden"}}}, Case{"lbfgs", {{"memory", "3"}}},
                                 Case{"adam", {}}, Case{"sgd", {{"learning_rate", "1e-5"}, {"momentum", "0.9"}}});
    const int threads = GENERATE(1, 2);
    const std::string dimension = GENERATE("2", "12");
    INFO(wanted.optimizer << ", " << threads << " threads, dimension " << dimension);

    Setup setup("optimal_transport", {{{"dimension", dimension}}, {}, {}});
    CHECK(allocations_of_steps(setup, wanted.optimizer, wanted.options, threads) == 0);
}

TEST_CASE("nor does one with a common batch, an estimated trace, congestion or other integrators", "[allocation]")
{
    if (!counts_allocations()) return;
    struct Case {
        const char* problem;
        Setup::Options options;
    };
    const auto wanted =
        GENERATE(Case{"swarm", {{}, {{"interaction_samples", "64"}}, {}}},
                 Case{"optimal_transport", {{}, {{"trace", "hutchinson"}}, {}}},
                 Case{"crowd_motion", {{{"congestion_weight", "1"}, {"congestion_power", "1.5"}}, {}, {}}},
                 Case{"optimal_transport", {{}, {}, {}, "cash_karp"}},
                 Case{"swarm", {{}, {{"interaction_samples", "64"}, {"trace", "hutchinson"}}, {}, "cash_karp"}});
    const int threads = GENERATE(1, 2);
    INFO(wanted.problem << ", " << wanted.options.integrator << ", " << threads << " threads");

    Setup setup(wanted.problem, wanted.options);
    CHECK(allocations_of_steps(setup, "bfgs", {}, threads) == 0);
}

TEST_CASE("nor does one on the equations of a system", "[allocation]")
{
    if (!counts_allocations()) return;
    const auto wanted = GENERATE(
        GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {}},
        GalerkinCase{"ergodic_log", {{"dimension", "12"}}, {{"normalisation", "penalty"}}},
        GalerkinCase{"ergodic_log", {{"dimension", "3"}}, {{"laplacian", "hutchinson"}}},
        GalerkinCase{"two_crowds", {{"dimension", "2"}}, {}}, GalerkinCase{"power_cost", {{"dimension", "3"}}, {}},
        GalerkinCase{"congestion", {{"dimension", "2"}}, {}}, GalerkinCase{"flock", {}, {{"density", "log"}}},
        GalerkinCase{"flock", {}, {{"density", "none"}}}, GalerkinCase{"room", {{"dimension", "2"}}, {}},
        GalerkinCase{"discounted", {}, {}},
        GalerkinCase{"torus", {{"dimension", "2"}}, {{"density", "direct"}, {"laplacian", "two_point"}}},
        GalerkinCase{"torus", {{"dimension", "2"}}, {{"conditions", "hard"}, {"sampling", "residual"}}},
        GalerkinCase{"linear_quadratic", {}, {{"standardise", "yes"}, {"density_base", "gaussian"}}},
        GalerkinCase{"crowd_trading", {}, {{"standardise", "yes"}}}, GalerkinCase{"ode", {}, {}});
    const int threads = GENERATE(1, 2);
    INFO(wanted.text() << ", " << threads << " threads");
    GalerkinSetup setup(wanted);
    CHECK(allocations_of_steps(setup, "adam", {}, threads) == 0);
}

TEST_CASE("nor does one on linearised residuals", "[allocation]")
{
    if (!counts_allocations()) return;
    const auto wanted =
        GENERATE(GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {}},
                 GalerkinCase{"linear_quadratic", {}, {{"standardise", "yes"}}}, GalerkinCase{"ode", {}, {}});
    const std::string memory = GENERATE("4096", "0");  // by factorisation, and by conjugate gradients
    INFO(wanted.text() << ", " << memory << " MiB");
    GalerkinSetup setup(wanted);
    // Tasks of other threads take memory for a tape when they first run, at any time.
    const int before = thread_limit();
    limit_threads(1);
    CHECK(allocations_of_steps(setup, "gauss_newton", {{"memory", memory}, {"cg_iterations", "3"}}, 1) == 0);
    limit_threads(before);
}
