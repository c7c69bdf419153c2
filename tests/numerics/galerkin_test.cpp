/// The objective of the deep Galerkin method: gradients, estimates of Laplacians, penalties, threads.
#include <mfg/base/parallel.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <algorithm>
#include <array>
#include <cmath>

using namespace mfg;

namespace {

using Names = std::vector<std::string>;

/// All that changes what is computed for a sample.
std::vector<GalerkinCase> variants()
{
    const Options::Given plane{{"dimension", "2"}},
        moving{{"dimension", "2"}, {"initial_mean", "1"}, {"initial_deviation", "0.4"}};
    return {{"ergodic_log", plane, {{"weights", "1.5,0.7"}}},
            {"ergodic_log", plane, {{"normalisation", "penalty"}, {"mass_weight", "2"}}},
            {"ergodic_log", plane, {{"density", "direct"}}},
            {"ergodic_log", plane, {{"density", "direct"}, {"normalisation", "penalty"}}},
            {"ergodic_log", plane, {{"coupling", "control"}, {"harmonics", "2"}}},
            {"ergodic_square", plane, {}},
            {"power_cost", plane, {}},
            {"power_cost", {{"dimension", "2"}, {"power", "3"}}, {{"harmonics", "2"}, {"density", "direct"}}},
            {"congestion", plane, {}},
            {"congestion", {{"dimension", "2"}, {"alpha", "0.5"}}, {{"density", "direct"}}},
            {"ergodic_log", {{"dimension", "3"}}, {{"laplacian", "hutchinson"}}},
            {"ergodic_log", {{"dimension", "3"}}, {{"laplacian", "two_point"}, {"normalisation", "penalty"}}},
            {"torus", plane, {}},
            {"torus", plane, {{"conditions", "hard"}}},
            {"torus", plane, {{"conditions", "terminal"}, {"density", "direct"}}},
            {"torus", plane, {{"conditions", "hard"}, {"density", "direct"}, {"laplacian", "two_point"}}},
            {"linear_quadratic", moving, {}},
            {"linear_quadratic", moving, {{"standardise", "yes"}, {"density_base", "gaussian"}}},
            {"linear_quadratic", moving, {{"standardise", "yes"}, {"sampling", "density"}}},
            {"linear_quadratic", moving, {{"density_base", "gaussian"}, {"conditions", "terminal"}}},
            {"linear_quadratic", moving, {{"laplacian", "hutchinson"}, {"sampling", "sobol"}}},
            {"optimal_transport", plane, {}},
            {"crowd_trading", {}, {}},
            {"crowd_trading", {}, {{"standardise", "yes"}, {"density_base", "gaussian"}, {"conditions", "terminal"}}},
            {"crowd_trading", {}, {{"means", "frozen"}, {"weights", "0,1,1,1"}}},
            {"crowd_trading", {}, {{"condition_share", "0.34"}}},
            {"torus", plane, {{"condition_share", "0.25"}, {"sampling", "sobol"}}},
            {"poisson", plane, {{"condition_share", "0.2"}, {"weights", "1,10"}}},
            {"ode", {}, {}},
            {"ode", {}, {{"conditions", "hard"}}}};
}

GalerkinCase variant()
{
    return GENERATE(from_range(variants()));
}

bool is_computed(const std::string& block, const GalerkinCase& wanted)
{
    if (block == "lambda") {
        const auto chosen = wanted.method_options.find("normalisation");
        return chosen == wanted.method_options.end() || chosen->second != "penalty";
    }
    const auto ends_with = [&](const std::string& ending) {
        return block.size() > ending.size() && block.compare(block.size() - ending.size(), ending.size(), ending) == 0;
    };
    return block.rfind("population.", 0) == 0 || ends_with(".mean") || ends_with(".log_mass") ||
           ends_with(".mass_excess");
}

Matrix integrands(const GalerkinSetup& setup, const SampledLoss& loss, const Vector& theta, const Matrix& samples)
{
    SampledObjective objective(loss, setup.layout(), 1);
    objective.set_sample(samples, 1);
    Matrix each;
    objective.value(theta, each);
    return each;
}

MonteCarloMean mean_of(const Matrix& values, std::size_t column)
{
    MonteCarloMean mean;
    for (std::size_t i = 0; i < values.shape(0); ++i) mean.add(values(i, column));
    return mean;
}

Real largest_entry(const Matrix& values, std::size_t column)
{
    Real most = 0;
    for (std::size_t i = 0; i < values.shape(0); ++i) most = std::max(most, std::abs(values(i, column)));
    return most;
}

Names terms_of(const GalerkinCase& wanted)
{
    return GalerkinSetup(wanted).loss().terms();
}

}  // namespace

TEST_CASE("the objective has a term for each equation that no ansatz keeps", "[numerics][galerkin]")
{
    CHECK(terms_of({"ergodic_log", {}, {}}) == Names{"hjb", "kfp"});
    CHECK(terms_of({"ergodic_log", {}, {{"normalisation", "penalty"}}}) == Names{"hjb", "kfp", "phi_mean", "mass"});
    CHECK(terms_of({"torus", {}, {}}) == Names{"hjb", "kfp", "initial", "terminal"});
    CHECK(terms_of({"torus", {}, {{"conditions", "terminal"}}}) == Names{"hjb", "kfp", "initial"});
    CHECK(terms_of({"torus", {}, {{"conditions", "hard"}}}) == Names{"hjb", "kfp"});
    CHECK(terms_of({"crowd_trading", {}, {}}) == Names{"hjb", "kfp", "terminal", "initial"});
    CHECK(terms_of({"ode", {}, {}}) == Names{"ode", "start"});
    CHECK(terms_of({"ode", {}, {{"conditions", "hard"}}}) == Names{"ode"});
    // There is no constant to penalise where the initial law fixes it.
    CHECK(terms_of({"torus", {}, {{"normalisation", "penalty"}}}) == Names{"hjb", "kfp", "initial", "terminal"});
}

TEST_CASE("weights multiply the terms in their order", "[numerics][galerkin]")
{
    const GalerkinSetup plain({"torus", {}, {{"conditions", "terminal"}}}),
        weighted({"torus", {}, {{"conditions", "terminal"}, {"weights", "2,3,5,7"}}});
    const Vector theta = plain.parameters();
    const Matrix samples = plain.loss().sample(RandomStream(1, "weights"), 20);
    const Matrix a = integrands(plain, plain.loss(), theta, samples),
                 b = integrands(weighted, weighted.loss(), theta, samples);
    const Real factors[] = {2, 3, 5};
    REQUIRE(b.shape(1) == 3);
    for (std::size_t q = 0; q < 3; ++q) {
        CHECK(a(0, q) > 0);
        CHECK_THAT(b(0, q), WithinRel(factors[q] * a(0, q), 1e-14));
    }
}

TEST_CASE("terms of conditions are means over the samples that have points of them", "[numerics][galerkin]")
{
    const int period = GENERATE(1, 4);
    const GalerkinSetup some(
        {"torus", {}, {{"condition_share", std::to_string(1.0 / period)}, {"weights", "1,2,3,4"}}}),
        all({"torus", {}, {{"weights", "1,2,3,4"}}});
    const Vector theta = all.parameters();
    CHECK(some.loss().in_groups(30) == (period == 1 ? 30 : 32));
    const Matrix samples = some.loss().sample(RandomStream(1, "conditions"), 32);
    const Matrix found = integrands(some, some.loss(), theta, samples),
                 expected = integrands(all, all.loss(), theta, samples);

    Tape tape;
    tape.begin(false);
    Variable residuals[4];
    const Variable tile = transpose(tape.constant_view(samples.data(), rows(samples), columns(samples)));
    some.loss().residual_rows(tape, some.layout().variables(tape, theta.data(), nullptr), tile, {}, residuals);

    for (int q = 0; q < 4; ++q) {
        INFO("integrand " << q);
        const int every = q < 2 ? 1 : period;
        REQUIRE(some.loss().residual_period(q) == every);
        REQUIRE(residuals[q].rows() == 1);
        REQUIRE(residuals[q].columns() == 32 / every);
        for (int i = 0; i < 32; ++i) {
            if (i % every != 0) {
                CHECK(found(i, q) == 0);
                continue;
            }
            const Real r = residuals[q](0, i / every);
            CHECK_THAT(found(i, q), WithinRel(every * expected(i, q), 1e-11));
            CHECK_THAT(found(i, q), WithinRel(every * r * r, 1e-11));
        }
    }
}

TEST_CASE("the gradient is that of the value, in all parameters that are trained", "[numerics][galerkin]")
{
    const GalerkinCase wanted = variant();
    INFO(wanted.text());
    const GalerkinSetup setup(wanted);
    const Vector theta = setup.parameters();
    SampledObjective objective(setup.loss(), setup.layout(), 1);
    objective.draw_training_sample(RandomStream(1, "gradient"), 32, 1, theta);
    Vector gradient = make_vector(theta.size());
    const Evaluation value = objective.value(theta);
    CHECK_THAT(objective.value_and_gradient(theta, gradient).value, WithinRel(value.value, 1e-13));
    REQUIRE(value.value > 0);

    Real most = 0;
    for (const Real g : gradient) most = std::max(most, std::abs(g));
    int without_influence = 0;
    for (const auto& [block, offset] : setup.layout().entries()) {
        INFO(block.name);
        Real worst = 0, largest = 0;
        for (std::size_t i = offset; i < offset + block.size(); ++i) {
            largest = std::max(largest, std::abs(gradient(i)));
            if (is_computed(block.name, wanted)) continue;
            Vector moved = theta;
            const Real slope = first_difference([&](Real step) {
                moved(i) = theta(i) + step;
                return objective.value(moved);
            });
            const Real error = std::abs(slope - gradient(i));
            if (!(error <= worst)) worst = error;
        }
        if (is_computed(block.name, wanted)) {
            CHECK(largest == 0);
            continue;
        }
        CHECK(worst < 1e-6 * most + 1e-9);
        without_influence += largest == 0;
    }
    // A constant of a value function that only its derivatives are known of.
    CHECK(without_influence <= 1);
}

TEST_CASE("computed parameters matter for the objective", "[numerics][galerkin]")
{
    for (const GalerkinCase& wanted :
         {GalerkinCase{"ergodic_log", {{"dimension", "2"}}, {}},
          GalerkinCase{"linear_quadratic", {}, {{"standardise", "yes"}, {"density_base", "gaussian"}}}}) {
        INFO(wanted.text());
        const GalerkinSetup setup(wanted);
        const Vector theta = setup.parameters();
        SampledObjective objective(setup.loss(), setup.layout(), 1);
        objective.draw_training_sample(RandomStream(1, "gradient"), 64, 1, theta);
        const Real before = objective.value(theta);
        for (const auto& [block, offset] : setup.layout().entries()) {
            if (!is_computed(block.name, wanted) || block.name == "phi.mean") continue;
            INFO(block.name);
            Vector moved = theta;
            for (Index i = 0; i < block.size(); ++i) moved(offset + i) += 0.1;
            CHECK(std::abs(objective.value(moved) - before) > 1e-5 * before);
        }
    }
}

TEST_CASE("frozen means over the population have the same value, and no derivative", "[numerics][galerkin]")
{
    // The Hamilton-Jacobi equation alone: it sees the density only through the mean speed.
    const auto find = [](const char* means) {
        const GalerkinSetup setup({"crowd_trading", {}, {{"means", means}, {"weights", "1,0,0,0"}}});
        const Vector theta = setup.parameters();
        SampledObjective objective(setup.loss(), setup.layout(), 1);
        objective.draw_training_sample(RandomStream(1, "frozen"), 64, 1, theta);
        Vector gradient = make_vector(theta.size());
        const Real value = objective.value_and_gradient(theta, gradient);
        Real of_value = 0, of_density = 0;
        for (const auto& [block, offset] : setup.layout().entries())
            for (std::size_t i = offset; i < offset + block.size(); ++i)
                (block.name.rfind("u.", 0) == 0 ? of_value : of_density) += std::abs(gradient(i));
        return std::array<Real, 3>{value, of_value, of_density};
    };
    const auto coupled = find("coupled"), frozen = find("frozen");
    CHECK(frozen[0] == coupled[0]);
    CHECK_THAT(frozen[1], WithinRel(coupled[1], 1e-12));
    CHECK(coupled[2] > 1e-3 * coupled[1]);
    CHECK(frozen[2] == 0);
}

TEST_CASE("results do not depend on the number of threads", "[numerics][galerkin]")
{
    const GalerkinCase wanted = variant();
    INFO(wanted.text());
    const GalerkinSetup setup(wanted, {{"width", "10"}, {"layers", "1"}, {"output_scale", "1"}});
    const Vector theta = setup.parameters();
    Evaluation first;
    Vector gradient = make_vector(theta.size());
    for (const int threads : {1, 2, 3}) {
        SampledObjective objective(setup.loss(), setup.layout(), threads);
        objective.draw_training_sample(RandomStream(1, "threads"), 4000, 1, theta);
        // There is something to share, and groups that are kept together.
        REQUIRE(objective.sample_count() >= 2 * objective.tile_size());
        REQUIRE(objective.tile_size() % setup.loss().group() == 0);
        Vector here = make_vector(theta.size());
        const Evaluation result = objective.value_and_gradient(theta, here);
        if (threads == 1) {
            first = result;
            gradient = here;
            continue;
        }
        CHECK(result.value == first.value);
        CHECK(same(here, gradient));
        CHECK(result.terms == first.terms);
    }
}

TEST_CASE("nor do computed parameters, chosen points and the velocity", "[numerics][galerkin]")
{
    const GalerkinCase wanted =
        GENERATE(GalerkinCase{"ergodic_log", {{"dimension", "6"}}, {{"sampling", "density"}}},
                 GalerkinCase{"torus", {{"dimension", "2"}}, {{"sampling", "residual"}}},
                 GalerkinCase{"linear_quadratic", {}, {{"sampling", "density"}, {"standardise", "yes"}}},
                 GalerkinCase{"linear_quadratic", {}, {{"sampling", "residual"}}});
    INFO(wanted.text());
    // So wide that the work is worth a second thread.
    const GalerkinSetup setup(wanted, {{"width", "16"}, {"layers", "2"}, {"output_scale", "1"}});
    struct Found {
        Vector parameters;
        Matrix samples, velocity;
    };
    const auto find = [&](int threads) {
        limit_threads(threads);
        const Vector theta = setup.parameters();
        const Matrix samples = setup.loss().training_sample(RandomStream(1, "chosen"), 500, theta);
        Matrix x = make_matrix(1000, static_cast<std::size_t>(setup.owned_problem->dimension()));
        RandomStream(1, "points").uniform(0, static_cast<int>(x.size()), x.data());
        return Found{theta, samples, setup.formulation->solution(theta)->velocity_at(x, 0.3)};
    };
    const Found one = find(1);
    const auto equal = [](const Matrix& a, const Matrix& b) {
        return a.shape() == b.shape() && std::equal(a.begin(), a.end(), b.begin());
    };
    for (const int threads : {2, 4}) {
        const Found other = find(threads);
        CHECK(same(other.parameters, one.parameters));
        CHECK(equal(other.samples, one.samples));
        CHECK(equal(other.velocity, one.velocity));
    }
    // The velocity at a point does not depend on the others.
    const auto solution = setup.formulation->solution(one.parameters);
    const Matrix again = solution->velocity_at(make_matrix(1, one.velocity.shape(1), 0.25), 0.3);
    const Matrix many = solution->velocity_at(make_matrix(300, one.velocity.shape(1), 0.25), 0.3);
    for (std::size_t k = 0; k < again.shape(1); ++k) CHECK_THAT(many(299, k), WithinRel(again(0, k), 1e-12));
}

TEST_CASE("products of two estimates have the mean of the exact squares", "[numerics][galerkin][hutchinson]")
{
    const GalerkinCase wanted =
        GENERATE(GalerkinCase{"ergodic_log", {{"dimension", "3"}}, {}}, GalerkinCase{"torus", {{"dimension", "3"}}, {}},
                 GalerkinCase{"linear_quadratic", {{"dimension", "3"}}, {}});
    const std::string estimate = GENERATE("hutchinson", "two_point");
    INFO(wanted.text() << ", " << estimate);
    GalerkinCase estimated = wanted;
    estimated.method_options = {{"laplacian", estimate}};
    const GalerkinSetup setup(estimated);
    const Vector theta = setup.parameters();
    const int n = 20000, d = 3;
    Matrix samples = setup.loss().sample(RandomStream(1, "probes"), n);
    const std::size_t plain = samples.shape(1) - 2 * d;
    Matrix points = make_matrix(samples.shape(0), plain);
    for (std::size_t i = 0; i < points.shape(0); ++i)
        for (std::size_t k = 0; k < plain; ++k) points(i, k) = samples(i, k);

    const Matrix product = integrands(setup, setup.loss(), theta, samples),
                 exact = integrands(setup, setup.player().validated(), theta, points);
    for (std::size_t i = 0; i < samples.shape(0); ++i)
        for (std::size_t k = 0; k < d; ++k) samples(i, plain + d + k) = samples(i, plain + k);
    const Matrix square = integrands(setup, setup.loss(), theta, samples);

    for (std::size_t q = 0; q < product.shape(1); ++q) {
        const std::string term = setup.loss().terms()[q];
        INFO(term);
        Matrix gap = product - exact, biased = square - exact;
        const MonteCarloMean of_product = mean_of(gap, q), of_square = mean_of(biased, q);
        if (term == "initial" || term == "terminal") {
            CHECK(largest_entry(gap, q) == 0);
            continue;
        }
        CHECK_THAT(of_product.mean(), WithinAbs(0, 4 * of_product.standard_error()));
        // The variance of one estimate is what a square would be off by.
        CHECK(of_square.mean() > 20 * of_square.standard_error());
        CHECK(of_square.mean() > 20 * of_product.standard_error());
    }
}

TEST_CASE("the error of two points falls with the square of their distance", "[numerics][galerkin][hutchinson]")
{
    const auto means = [&](const std::string& step) {
        const GalerkinSetup setup(
            {"ergodic_log", {{"dimension", "3"}}, {{"laplacian", "two_point"}, {"two_point_step", step}}});
        const Vector theta = setup.parameters();
        const Matrix all = integrands(setup, setup.loss(), theta, setup.loss().sample(RandomStream(1, "steps"), 2000));
        Vector result = make_vector(all.shape(1));
        for (std::size_t q = 0; q < result.size(); ++q) result(q) = mean_of(all, q).mean();
        return result;
    };
    const Vector limit = means("1e-4"), fine = means("5e-3"), coarse = means("1e-2");
    for (std::size_t q = 0; q < limit.size(); ++q) {
        CHECK(std::abs(coarse(q) - limit(q)) > 1e-6 * limit(q));
        CHECK_THAT((coarse(q) - limit(q)) / (fine(q) - limit(q)), WithinRel(4.0, 0.1));
    }
}

TEST_CASE("penalties are unbiased however small the sample", "[numerics][galerkin]")
{
    const GalerkinSetup setup(
        {"ergodic_log", {{"dimension", "1"}}, {{"normalisation", "penalty"}, {"mass_weight", "3"}}});
    const Vector theta = setup.parameters(0.5);
    enum Term { hjb, kfp, phi_mean, mass };

    // A fine grid: both halves have the true means.
    Matrix grid = setup.loss().sample(RandomStream(1, "penalty"), 1024);
    for (std::size_t i = 0; i < grid.shape(0); ++i) grid(i, 0) = static_cast<Real>(i) / 1024;
    SampledObjective objective(setup.loss(), setup.layout(), 1);
    objective.set_sample(grid, 1);
    const auto exact = objective.value(theta).terms;
    CHECK(exact[phi_mean] > 1e-3);
    CHECK(exact[mass] > 1e-3);

    for (const int n : {4, 7}) {
        INFO(n << " points");
        MonteCarloMean value, population, naive_value;
        for (std::uint64_t k = 0; k < 4000; ++k) {
            objective.draw_sample(RandomStream(1, "small", k), n, k);
            Matrix each;
            const auto terms = objective.value(theta, each).terms;
            value.add(terms[phi_mean]);
            population.add(terms[mass]);
            Real mean = 0;
            for (std::size_t i = 0; i < each.shape(0); ++i)
                mean += (each(i, 2) + each(i, 3)) / 2 / static_cast<Real>(each.shape(0));
            naive_value.add(3 * mean * mean);
        }
        CHECK_THAT(value.mean(), WithinAbs(exact[phi_mean], 4 * value.standard_error()));
        CHECK_THAT(population.mean(), WithinAbs(exact[mass], 4 * population.standard_error()));
        // It could have been noticed.
        CHECK(naive_value.mean() - exact[phi_mean] > 5 * value.standard_error());
    }
}

TEST_CASE("penalties are products of the means over two halves", "[numerics][galerkin]")
{
    const GalerkinSetup setup(
        {"ergodic_log", {{"dimension", "2"}}, {{"normalisation", "penalty"}, {"mass_weight", "3"}}});
    const Vector theta = setup.parameters();
    SampledObjective objective(setup.loss(), setup.layout(), 2);
    objective.set_sample(setup.loss().sample(RandomStream(1, "halves"), 100), 1);
    Matrix each;
    const Evaluation value = objective.value(theta, each);
    REQUIRE(each.shape(1) == 6);
    Real means[6] = {};
    for (std::size_t i = 0; i < each.shape(0); ++i)
        for (std::size_t q = 0; q < 6; ++q) means[q] += each(i, q) / 100;
    const auto& terms = value.terms;
    REQUIRE(value.term_count == 4);
    CHECK_THAT(terms[0], WithinRel(means[0], 1e-12));
    CHECK_THAT(terms[1], WithinRel(means[1], 1e-12));
    CHECK_THAT(terms[2], WithinRel(3 * means[2] * means[3], 1e-12));
    CHECK_THAT(terms[3], WithinRel(3 * (means[4] - 1) * (means[5] - 1), 1e-12));
    CHECK_THAT(value.value, WithinRel(terms[0] + terms[1] + terms[2] + terms[3], 1e-12));
}

TEST_CASE("settings that exclude each other are refused", "[numerics][galerkin]")
{
    const auto refusal = [](const GalerkinCase& wanted) {
        return message_of<Error>([&] { GalerkinSetup setup(wanted); });
    };
    CHECK_THAT(refusal({"ergodic_log", {}, {{"weights", "1,2,3"}}}),
               ContainsSubstring("weights needs one number, or one for each of hjb, kfp"));
    for (const char* sampling : {"residual", "density"})
        CHECK_THAT(refusal({"ergodic_log", {}, {{"normalisation", "penalty"}, {"sampling", sampling}}}),
                   ContainsSubstring("penalties for the mass need uniform points"));
    CHECK_THAT(refusal({"optimal_transport", {}, {{"conditions", "hard"}}}),
               ContainsSubstring("--method.conditions soft"));
    CHECK_THAT(refusal({"ergodic_log", {}, {{"conditions", "hard"}}}), ContainsSubstring("--method.conditions soft"));
    CHECK_THAT(refusal({"swarm", {}, {}}), ContainsSubstring("interact through a kernel"));
    for (const char* laplacian : {"hutchinson", "two_point"})
        for (const char* option : {"standardise", "density_base"})
            CHECK_THAT(refusal({"linear_quadratic",
                                {},
                                {{option, *option == 's' ? "yes" : "gaussian"}, {"laplacian", laplacian}}}),
                       ContainsSubstring("estimates of the Laplacian need networks of the plain coordinates"));
}
