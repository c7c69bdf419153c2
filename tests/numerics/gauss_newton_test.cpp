/// Residuals of an objective with their Jacobian, and steps of Gauss-Newton on them.
#include <mfg/assessment/errors.hpp>
#include <mfg/autodiff/jet.hpp>
#include <mfg/testing/test_objectives.hpp>
#include <mfg/training/line_search.hpp>
#include <mfg/training/objective.hpp>
#include <mfg/training/training.hpp>

#include "catch.hpp"
#include "recorder.hpp"
#include "setup.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// A problem by residuals, with small networks.
Setup residual_setup(const std::string& problem, const Options::Given& method = {}, const std::string& network = "mlp",
                     const Options::Given& network_options = {{"width", "6"}, {"layers", "2"}})
{
    Setup::Options options;
    for (const char* choosable : {"ergodic_log", "two_crowds", "power_cost", "congestion"})
        if (problem == choosable) options.problem = {{"dimension", "2"}};
    options.method = method;
    options.network = network_options;
    options.method_name = "galerkin";
    options.network_name = network;
    return Setup(problem, options);
}

struct Linearised {
    Vector residuals;
    Matrix jacobian;
};

Linearised linearise(SampledObjective& objective, const Vector& theta)
{
    LeastSquares* squares = objective.least_squares();
    REQUIRE(squares);
    Linearised l{make_vector(squares->residual_count()), make_matrix(squares->residual_count(), length(theta))};
    squares->linearise(theta, l.residuals, l.jacobian);
    return l;
}

/// A training with new points in each step.
TrainingResult train_on_new_points(const Setup& setup, int samples, int iterations, Recorder& recorder)
{
    Registry registry;
    const auto optimizer = registry.create<Optimizer>("gauss_newton");
    TrainingSettings settings = schedule({samples}, {iterations});
    settings.resample_every = 1;
    settings.validate_every = 10;
    const auto training = player_training(*setup.formulation, settings, {{optimizer.get()}}, 1, 2);
    return recorder.run(*training);
}

}  // namespace

TEST_CASE("residuals and their Jacobian belong to the objective and its gradient", "[numerics][gauss_newton]")
{
    struct Case {
        std::string problem, network;
        Options::Given options, method = {};
    };
    // The last but one computes derivatives in closed form, whose sums over samples are not kept apart.
    const Options::Given small{{"width", "6"}, {"layers", "2"}};
    const auto [problem, network, network_options, method] = GENERATE_COPY(values<Case>(
        {{"ergodic_log", "mlp", small},
         {"two_crowds", "mlp", small},
         {"linear_quadratic", "mlp", small},
         {"crowd_trading", "mlp", small},
         {"ode", "mlp", small},
         {"poisson", "mlp", small, {{"condition_share", "0.25"}, {"weights", "1,10"}}},
         {"crowd_trading", "mlp", small, {{"condition_share", "0.34"}}},
         {"torus", "resnet", small, {{"condition_share", "0.5"}}},
         {"ergodic_log", "dgm", small},
         {"linear_quadratic", "dgm", {{"width", "4"}, {"layers", "2"}, {"gate", "current"}, {"activation", "swish"}}},
         {"linear_quadratic", "resnet", {{"width", "4"}, {"layers", "2"}}},
         {"linear_quadratic", "resnet", {{"width", "4"}, {"rank", "2"}, {"laplacian", "jet"}}}}));
    INFO(problem << ", " << network);
    const Setup setup = residual_setup(problem, method, network, network_options);
    Vector theta = setup.layout().initialise(3);
    for (std::size_t i = 0; i < theta.size(); ++i) theta(i) += 0.1 * std::sin(static_cast<Real>(i));
    SampledObjective objective(setup.loss(), setup.layout(), 2);
    objective.draw_sample(RandomStream(5, "sample"), 44, 1);
    const Linearised at = linearise(objective, theta);

    Vector gradient = make_vector(theta.size());
    const Real value = objective.value_and_gradient(theta, gradient);
    Real squares = 0, off = 0;
    for (const Real r : at.residuals) squares += r * r;
    CHECK(std::abs(squares - value) < 1e-12 * value);
    for (std::size_t p = 0; p < theta.size(); ++p) {
        Real sum = 0;
        for (std::size_t i = 0; i < at.residuals.size(); ++i) sum += 2 * at.residuals(i) * at.jacobian(i, p);
        off = std::max(off, std::abs(sum - gradient(p)));
    }
    CHECK(off < 1e-11 * euclidean_norm(gradient));

    // Along a line, by central differences.
    constexpr Real h = 1e-5;
    Vector forward = theta, backward = theta, direction = theta;
    for (std::size_t i = 0; i < theta.size(); ++i) {
        // What is computed, such as the mass, is held fixed.
        Real column = 0;
        for (std::size_t k = 0; k < at.residuals.size(); ++k) column += std::abs(at.jacobian(k, i));
        direction(i) = column > 0 ? std::cos(static_cast<Real>(3 * i)) : 0;
        forward(i) += h * direction(i);
        backward(i) -= h * direction(i);
    }
    const Linearised ahead = linearise(objective, forward), behind = linearise(objective, backward);
    Real largest = 0, error = 0;
    for (std::size_t i = 0; i < at.residuals.size(); ++i) {
        Real slope = 0;
        for (std::size_t p = 0; p < theta.size(); ++p) slope += at.jacobian(i, p) * direction(p);
        const Real difference = (ahead.residuals(i) - behind.residuals(i)) / (2 * h);
        largest = std::max(largest, std::abs(slope));
        error = std::max(error, std::abs(slope - difference));
    }
    CHECK(error < 1e-7 * largest);
}

TEST_CASE("the Jacobian is the same for any number of threads", "[numerics][gauss_newton]")
{
    const char* share = GENERATE("1", "0.25");
    const Setup setup = residual_setup("torus", {{"condition_share", share}});
    const Vector theta = setup.layout().initialise(3);
    SampledObjective one(setup.loss(), setup.layout(), 1), two(setup.loss(), setup.layout(), 2);
    one.draw_sample(RandomStream(5, "sample"), 64, 1);
    two.draw_sample(RandomStream(5, "sample"), 64, 1);
    CHECK((linearise(one, theta).jacobian == linearise(two, theta).jacobian));
}

TEST_CASE("products with a Jacobian that is not stored", "[numerics][gauss_newton]")
{
    const std::string problem = GENERATE("linear_quadratic", "crowd_trading");
    const char* share = GENERATE("1", "0.25");
    const Setup setup = residual_setup(problem, {{"condition_share", share}});
    const Vector theta = setup.layout().initialise(3);
    SampledObjective objective(setup.loss(), setup.layout(), 2);
    objective.draw_sample(RandomStream(5, "sample"), 44, 1);
    const Linearised at = linearise(objective, theta);
    const Index n = length(at.residuals), p = length(theta);
    Vector v = theta, u = at.residuals, residuals = u, product = u, squares = u, transposed = v;
    for (Index k = 0; k < p; ++k) v(k) = std::sin(static_cast<Real>(k));
    for (Index i = 0; i < n; ++i) u(i) = std::cos(static_cast<Real>(i));
    LeastSquares& rows = *objective.least_squares();
    rows.multiply(theta, v, residuals, product, squares);
    rows.multiply_transposed(theta, u, transposed);
    Vector expected = make_vector(static_cast<std::size_t>(p));
    for (Index i = 0; i < n; ++i) {
        Real along = 0, square = 0;
        for (Index k = 0; k < p; ++k) {
            along += at.jacobian(i, k) * v(k);
            square += at.jacobian(i, k) * at.jacobian(i, k);
            expected(k) += at.jacobian(i, k) * u(i);
        }
        CHECK(residuals(i) == Approx(at.residuals(i)));
        CHECK(product(i) == Approx(along).margin(1e-12));
        CHECK(squares(i) == Approx(square));
    }
    for (Index k = 0; k < p; ++k) CHECK(transposed(k) == Approx(expected(k)).margin(1e-12));
}

TEST_CASE("steps by conjugate gradients are those by factorisation", "[numerics][gauss_newton]")
{
    const Setup setup = residual_setup("ergodic_log");
    const auto samples = GENERATE(12, 200);  // fewer residuals than parameters, and more
    SampledObjective objective(setup.loss(), setup.layout(), 2);
    objective.draw_sample(RandomStream(5, "sample"), samples, 1);
    const auto steps = [&](const char* memory) {
        Registry registry;
        const auto optimizer = registry.create<Optimizer>("gauss_newton", {{"memory", memory},
                                                                           {"damping", "1e-3"},
                                                                           {"momentum", "0.5"},
                                                                           {"cg_tolerance", "1e-12"},
                                                                           {"cg_iterations", "2000"}});
        Vector theta = setup.layout().initialise(3);
        for (int k = 0; k < 3; ++k) CHECK(optimizer->step(objective, theta).progress);
        return theta;
    };
    const Vector start = setup.layout().initialise(3), dense = steps("100"), iterative = steps("0");
    Real moved = 0, off = 0;
    for (std::size_t k = 0; k < start.size(); ++k) {
        moved = std::max(moved, std::abs(dense(k) - start(k)));
        off = std::max(off, std::abs(dense(k) - iterative(k)));
    }
    CHECK(off > 0);  // two computations
    CHECK(off < 1e-6 * moved);
}

TEST_CASE("objectives that are no sums of squares offer no residuals", "[numerics][gauss_newton]")
{
    const Setup paths("gaussian_transport", {{}, {}, {{"width", "4"}}});
    SampledObjective objective(paths.loss(), paths.layout(), 1);
    CHECK_FALSE(objective.least_squares());
    const Setup estimated = residual_setup("ergodic_log", {{"laplacian", "two_point"}});
    SampledObjective products(estimated.loss(), estimated.layout(), 1);
    CHECK_FALSE(products.least_squares());
}

TEST_CASE("a step of gauss_newton solves a linear problem", "[numerics][gauss_newton]")
{
    Registry registry;
    // By samples (3 residuals), and by parameters (20 residuals), of 5 parameters.
    for (const Index n : {Index{3}, Index{20}}) {
        INFO(n);
        Matrix a = make_matrix(n, 5);
        Vector b = make_vector(n), expected = make_vector(5, 1);
        for (Index i = 0; i < n; ++i) {
            for (Index k = 0; k < 5; ++k) a(i, k) = std::sin(static_cast<Real>((i + 1) * (2 * k + 1)));
            for (Index k = 0; k < 5; ++k) b(i) += a(i, k) * expected(k);
        }
        const auto residual = [&](const Vector& x, Index i) {
            Real r = -b(i);
            for (Index k = 0; k < 5; ++k) r += a(i, k) * x(k);
            return r;
        };
        TestObjective objective =
            TestObjective("linear", make_vector(5, 0), 0, 0, [&](const Vector& x, Real*, std::uint64_t) {
                Real sum = 0;
                for (Index i = 0; i < n; ++i) sum += residual(x, i) * residual(x, i);
                return sum;
            }).with_residuals(n, [&](const Vector& x, Vector& r, Matrix& jacobian, std::uint64_t) {
                for (Index i = 0; i < n; ++i) r(i) = residual(x, i);
                jacobian = a;
            });
        const auto optimizer = registry.create<Optimizer>("gauss_newton");
        Vector x = objective.start();
        const StepReport report = optimizer->step(objective, x);
        CHECK(report.progress);
        CHECK(Real(report.objective) < 1e-15);
        CHECK(objective.value(x) < 1e-15);
        if (n == 20)
            for (Index k = 0; k < 5; ++k) CHECK(std::abs(x(k) - expected(k)) < 1e-8);
    }
}

TEST_CASE("gauss_newton with momentum follows its formula", "[numerics][gauss_newton]")
{
    // r = x - 1 in one dimension: v <- mu v + (r - mu v) / (1 + lambda), x <- x - eta v.
    TestObjective objective = TestObjective("line", make_vector(1, 3), 0, 0, [](const Vector& x, Real*, std::uint64_t) {
                                  return (x(0) - 1) * (x(0) - 1);
                              }).with_residuals(1, [](const Vector& x, Vector& r, Matrix& jacobian, std::uint64_t) {
        r(0) = x(0) - 1;
        jacobian(0, 0) = 1;
    });
    Registry registry;
    const auto optimizer = registry.create<Optimizer>(
        "gauss_newton", {{"damping", "0.5"}, {"momentum", "0.8"}, {"step", "fixed"}, {"learning_rate", "0.25"}});
    Vector x = objective.start();
    Real expected = 3, v = 0;
    for (int k = 0; k < 5; ++k) {
        optimizer->step(objective, x);
        v = 0.8 * v + (expected - 1 - 0.8 * v) / 1.5;
        expected -= 0.25 * v;
        CHECK(std::abs(x(0) - expected) < 1e-14);
    }
}

TEST_CASE("gauss_newton brings an ergodic game to five digits", "[numerics][gauss_newton]")
{
    const Setup setup = residual_setup("ergodic_log", {}, "mlp", {{"width", "16"}, {"layers", "2"}});
    Recorder recorder;
    train_on_new_points(setup, 100, 40, recorder);
    // After as many steps adam is above 0.1.
    CHECK(recorder.column(recorder.records.size() - 1, "validation.objective") < 1e-5);
}

TEST_CASE("gauss_newton solves games with other Hamiltonians", "[numerics][gauss_newton]")
{
    // The one that sees the density has solutions of any mass: only one of them is the answer.
    for (const char* problem : {"power_cost", "congestion"}) {
        INFO(problem);
        const Setup setup = residual_setup(problem, {}, "mlp", {{"width", "16"}, {"layers", "2"}});
        Recorder recorder;
        const TrainingResult result = train_on_new_points(setup, 200, 60, recorder);
        const auto errors =
            solution_errors(*setup.formulation->solution(result.parameters), RandomStream(1, "errors"), 4096);
        CHECK(errors.at("value_centred") < 1e-3);
        CHECK(errors.at("density") < 1e-3);
        CHECK(errors.at("log_density") < 2e-3);
    }
}

TEST_CASE("a training by gauss_newton is restored bit for bit, for any number of threads", "[numerics][gauss_newton]")
{
    const Setup setup = residual_setup("ergodic_log");
    Registry registry;
    const Options::Given given{{"momentum", "0.5"}, {"damping_rule", "levenberg_marquardt"}, {"damping", "1e-3"}};
    TrainingSettings settings = schedule({60}, {10});
    settings.resample_every = 1;
    settings.checkpoint_every = "1i";
    const auto run = [&](int threads, const Archive* from, Recorder& recorder) {
        const auto optimizer = registry.create<Optimizer>("gauss_newton", given);
        const auto training = player_training(*setup.formulation, settings, {{optimizer.get()}}, 1, threads);
        if (from) training->restore(Archive(from->items()));
        return recorder.run(*training).parameters;
    };
    Recorder whole, parallel, rest;
    const Vector expected = run(1, nullptr, whole);
    CHECK((run(2, nullptr, parallel) == expected));
    CHECK((run(2, &whole.checkpoints.at(3), rest) == expected));
}
