/// Errors of answers that know nothing, and how certain the ergodic constant is.
#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/baselines.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>

#include "catch.hpp"
#include "setup.hpp"

#include <cmath>

using namespace mfg;

TEST_CASE("the exact function of t alone has the errors of an independent computation", "[numerics][baselines]")
{
    struct Case {
        const char *problem, *dimension, *method, *network;
        Real error;
    };
    // NumPy, under the exact law.
    const auto wanted = GENERATE(Case{"linear_quadratic", "10", "galerkin", "dgm", 0.320},
                                 Case{"linear_quadratic", "100", "galerkin", "dgm", 0.106},
                                 Case{"gaussian_transport", "100", "lagrangian", "resnet", 0.248});
    INFO(wanted.problem << " " << wanted.dimension);
    const Setup setup(
        wanted.problem,
        {{{"dimension", wanted.dimension}}, {}, {{"width", "4"}}, "rk4", {}, wanted.method, wanted.network});
    const auto solution = setup.formulation->solution(setup.layout().initialise(1));
    const auto errors = errors_of_time_means(*solution, error_points(*solution, RandomStream(3, "errors"), 8192));
    CHECK_THAT(errors.at("value"), WithinRel(wanted.error, 0.03));
    CHECK_THAT(errors.at("value_centred"), WithinRel(1, 1e-9));
}

TEST_CASE("agents attracted to their mean: what is known before any training", "[numerics][baselines]")
{
    const Setup setup("mean_attraction", {{{"dimension", "100"}},
                                          {{"density", "none"}, {"conditions", "terminal"}, {"sampling", "density"}},
                                          {{"width", "4"}, {"initial_scale", "1e-3"}},
                                          "rk4",
                                          {},
                                          "galerkin",
                                          "resnet"});
    const RandomStream stream(3, "errors");
    const auto solution = setup.formulation->solution(setup.layout().initialise(1));
    const auto known = baselines(*setup.formulation, *solution, 1, stream, 2000);
    CHECK_THAT(known.at("control.standing_still"), WithinRel(1, 1e-12));
    // Riccati equations in NumPy give 0.373 and 0.331 for phi = g.
    CHECK_THAT(known.at("control.ansatz"), WithinRel(0.373, 0.02));
    CHECK_THAT(known.at("value_l1.ansatz"), WithinRel(0.331, 0.02));
    CHECK_THAT(known.at("control.untrained"), WithinRel(0.373, 0.05));
    CHECK_THAT(known.at("value_centred.time_only"), WithinRel(1, 1e-9));
    CHECK(known.count("log_density.initial") == 0);

    // (c5 + c3 (T - t)) |x|^2/2 is a guess that needs no computer.
    Reference first_terms = *solution->reference();
    first_terms.value = [](const State& s) { return 0.005 * ((2 - s.t) * norm_squared(s.x)); };
    const auto errors = field_errors(FormulaSolution(*solution, first_terms), error_points(*solution, stream, 2000));
    CHECK_THAT(errors.at("value_l1"), WithinRel(4.6e-3, 0.05));
    CHECK_THAT(errors.at("control"), WithinRel(7.4e-3, 0.05));
}

TEST_CASE("a density is compared with the initial one and a uniform one", "[numerics][baselines]")
{
    const GalerkinSetup setup({"torus", {}, {}});
    const auto solution = setup.formulation->solution(setup.parameters());
    const auto known = baselines(*setup.formulation, *solution, 1, RandomStream(3, "errors"), 1000);
    for (const char* name :
         {"density.uniform", "density.untrained", "log_density.time_only", "control.untrained", "value.time_only"}) {
        INFO(name);
        REQUIRE(known.count(name) == 1);
        CHECK(known.at(name) > 0.01);
    }
    // The population of this game never changes, which its answers are not asked to beat.
    CHECK(known.at("log_density.initial") < 1e-9);
    CHECK(best_baseline(known, "log_density")->first != "initial");
    CHECK(known.count("log_density.ansatz") == 0);
    const GalerkinSetup hard({"torus", {}, {{"conditions", "hard"}}});
    const auto built = baselines(*hard.formulation, *hard.formulation->solution(hard.parameters()), 1,
                                 RandomStream(3, "errors"), 1000);
    // The ansatz for w is the initial one.
    CHECK(std::abs(built.at("log_density.ansatz") - built.at("log_density.initial")) < 1e-9);
}

TEST_CASE("the standard error of the ergodic constant is that of its spread", "[numerics][baselines]")
{
    const GalerkinSetup setup({"ergodic_log", {{"dimension", "3"}, {"amplitude", "0.3"}}, {}});
    const auto solution = setup.formulation->solution(setup.parameters());
    constexpr int runs = 40;
    Real mean = 0, squares = 0, stated = 0;
    for (int k = 0; k < runs; ++k) {
        const Estimate found = first_constant(*solution, RandomStream(100 + k, "constant"), 500);
        const Real change = found.value - mean;
        mean += change / (k + 1);
        squares += change * (found.value - mean);
        stated += found.standard_error / runs;
    }
    const Real spread = std::sqrt(squares / (runs - 1));
    INFO("spread " << spread << ", stated " << stated);
    CHECK(stated > spread / 2);
    CHECK(stated < 2 * spread);
}

TEST_CASE("the constant is that of the learned density, from whichever points", "[numerics][baselines]")
{
    const GalerkinSetup setup({"ergodic_log", {{"dimension", "2"}}, {}});
    const auto solution = setup.formulation->solution(setup.parameters());
    const RandomStream stream(8, "constant");
    const Estimate by_population = first_constant(*solution, stream, 20000);
    const Estimate by_uniform =
        solution->refined_constant({uniform_points(solution->problem(), stream.part("uniform"), 20000)});
    const Real deviation = std::hypot(by_population.standard_error, by_uniform.standard_error);
    CHECK(deviation > 0);
    CHECK(std::abs(by_population.value - by_uniform.value) < 4 * deviation);

    const Measures measures = assess(*solution, stream, 500);
    CHECK_THAT(measures.at("errors").at("constant"),
               WithinRel(std::abs(measures.at("constants").at("lambda") - *solution->reference()->constant), 1e-12));
    CHECK(measures.at("constants").at("lambda_standard_error") == measures.at("errors").at("constant_standard_error"));
}
