#include <mfg/densities/gaussian.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/differences.hpp>
#include "methods/lagrangian/characteristics.hpp"

#include "catch.hpp"
#include "setup.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Log determinants along paths over a short time from one point, one path for each probe (row of `probes`); without
/// probes one path with the exact trace.
Vector log_determinants(const Setup& setup, const Vector& theta, const Vector& x, const Matrix* probes, int steps)
{
    const Characteristics paths(*setup.owned_problem->mean_field_game(), *setup.network, *setup.integrator);
    const int n = probes ? static_cast<int>(probes->shape(0)) : 1, d = static_cast<int>(x.size());
    Tape tape;
    tape.begin(false);
    const Variable at = tape.constant(d, n), w = tape.constant(1, n, 0);
    for (int k = 0; k < d; ++k)
        for (int i = 0; i < n; ++i) at.write_row(k)[i] = x(static_cast<std::size_t>(k));
    PathStart start{at, w};
    if (probes) start.probe = transpose(tape.constant_view(probes->data(), n, d));
    const VariableList prepared = paths.prepare(tape, setup.layout().variables(tape, theta.data(), nullptr));
    const PathEnd end = paths.integrate(tape, prepared, start, 0, 0.5, steps);
    Vector result = make_vector(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) result(static_cast<std::size_t>(i)) = end.log_determinant(0, i);
    return result;
}

Matrix unit_vectors(std::size_t d)
{
    Matrix unit = make_matrix(d, d);
    for (std::size_t k = 0; k < d; ++k) unit(k, k) = 1;
    return unit;
}

}  // namespace

TEST_CASE("probes along the coordinates add up to the exact trace", "[numerics][hutchinson]")
{
    // For every form of the network's second derivatives, and a network of several layers.
    for (const char* laplacian : {"gram", "direct", "jet"}) {
        for (const char* rank : {"0", "3"}) {
            INFO(laplacian << ", rank " << rank);
            const Setup setup("optimal_transport",
                              {{{"dimension", "6"}}, {}, {{"laplacian", laplacian}, {"layers", "2"}, {"rank", rank}}});
            const Vector theta = random_parameters(setup.layout(), 0.2);
            Vector x = make_vector(6);
            RandomStream(3, "point").normal(0, 6, x.data());
            const Matrix unit = unit_vectors(6);
            const Vector parts = log_determinants(setup, theta, x, &unit, 3);
            Real sum = 0;
            for (const Real part : parts) sum += part;
            const Real exact = log_determinants(setup, theta, x, nullptr, 3)(0);
            CHECK(std::abs(exact) > 0.05);
            CHECK_THAT(sum, WithinRel(exact, 1e-10));
        }
    }
}

TEST_CASE("the mean over probes of the method's samples is the trace", "[numerics][hutchinson]")
{
    // Phi = x'Ax / 2: one probe gives v'Av, of variance 2 sum_{i != j} A_ij^2 for signs v.
    const Setup setup("optimal_transport",
                      {{{"dimension", "3"}, {"transport_weight", "1"}}, {{"trace", "hutchinson"}}, {}});
    const Real root = std::sqrt(2.0);
    const Vector theta = parameters_with(setup.layout(), "quadratic.upper",
                                         {1, 0.5 * root, -0.3 * root, 0, -2, 0.7 * root, 0, 0.4, 0, 0});
    const std::size_t n = 20000;
    const Matrix samples = setup.loss().sample(RandomStream(1, "probes"), n);
    REQUIRE(samples.shape(1) == 3 + 1 + 3);
    Matrix probes = make_matrix(n, 3);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < 3; ++k) {
            probes(i, k) = samples(i, 4 + k);
            CHECK(std::abs(probes(i, k)) == 1);
        }
    const Vector estimates = log_determinants(setup, theta, make_vector(3), &probes, 1);
    Real mean = 0, square = 0;
    for (const Real estimate : estimates) {
        mean += estimate / n;
        square += estimate * estimate / n;
    }
    // l over the time 0.5 is half of minus the trace.
    const Real trace = 1 - 2 + 0.4, variance = 4 * (0.25 + 0.09 + 0.49);
    CHECK_THAT(mean, WithinAbs(-0.5 * trace, 4 * 0.5 * std::sqrt(variance / n)));
    CHECK_THAT(square - mean * mean, WithinRel(0.25 * variance, 0.05));
}

TEST_CASE("the gradient of the estimated objective is that of its value", "[numerics][hutchinson]")
{
    for (const char* problem : {"optimal_transport", "gaussian_transport"}) {
        for (const char* integrator : {"rk4", "cash_karp"}) {
            INFO(problem << ", " << integrator);
            const Setup setup(problem,
                              {{{"dimension", "5"}}, {{"trace", "hutchinson"}, {"time_steps", "2"}}, {}, integrator});
            const SampledLoss& loss = setup.loss();
            SampledObjective objective(loss, setup.layout(), 1);
            objective.set_sample(loss.sample(RandomStream(1, "gradient"), 24), 1);
            const Vector theta = random_parameters(setup.layout(), 0.1);
            Vector gradient = make_vector(theta.size());
            CHECK_THAT(objective.value_and_gradient(theta, gradient), WithinRel(objective.value(theta), 1e-13));
            for (const auto& [block, offset] : setup.layout().entries()) {
                INFO(block.name);
                Vector direction = make_vector(theta.size());
                RandomStream(2, block.name).normal(0, static_cast<int>(block.size()), direction.data() + offset);
                Real expected = 0, norm = 0;
                for (std::size_t i = 0; i < theta.size(); ++i) {
                    expected += gradient(i) * direction(i);
                    norm += std::abs(gradient(i) * direction(i));
                }
                const Real slope =
                    first_difference([&](Real step) { return objective.value(theta + step * direction); }, 1e-5);
                CHECK_THAT(slope, WithinAbs(expected, 1e-6 * norm + 1e-9));
            }
        }
    }
}

TEST_CASE("the estimated objective has the mean of the exact one where it is linear in w", "[numerics][hutchinson]")
{
    const Setup exact("optimal_transport", {{}, {}, {}}),
        estimated("optimal_transport", {{}, {{"trace", "hutchinson"}}, {}});
    const Vector theta = random_parameters(exact.layout(), 0.3);
    const int n = 40000;
    const auto terms = [&](const SampledLoss& loss) {
        SampledObjective objective(loss, exact.layout(), 2);
        objective.set_sample(loss.sample(RandomStream(1, "same"), n), 1);
        return objective.value(theta).terms;
    };
    const auto a = terms(exact.loss()), b = terms(estimated.loss());
    enum Term { transport, running, terminal, hjb, hjb_terminal };
    CHECK_THAT(b[transport], WithinRel(a[transport], 1e-12));
    CHECK_THAT(b[hjb], WithinRel(a[hjb], 1e-12));
    CHECK(b[terminal] != a[terminal]);
    CHECK_THAT(b[terminal], WithinAbs(a[terminal], 0.1));
    // What is validated is the exact trace, on the same starting points.
    const auto validated = terms(estimated.player().validated());
    CHECK(validated[terminal] == a[terminal]);
    CHECK(validated[hjb_terminal] == a[hjb_terminal]);
}

TEST_CASE("a training with the estimated trace gets better by the exact one", "[numerics][hutchinson]")
{
    const Setup setup("gaussian_transport",
                      {{{"dimension", "4"}}, {{"trace", "hutchinson"}, {"time_steps", "2"}}, {{"width", "8"}}});
    const mfg::Player& player = setup.player();
    Registry registry;
    const auto optimizer = registry.create<Optimizer>("adam", {{"learning_rate", "0.03"}});
    SampledObjective objective(player.loss(), setup.layout(), 2), exact(player.validated(), setup.layout(), 2);
    exact.set_sample(player.validated().sample(RandomStream(1, "validation"), 1024), 0);
    Vector theta = setup.layout().initialise(1);
    const Real before = exact.value(theta);
    for (std::uint64_t k = 1; k <= 150; ++k) {
        objective.set_sample(player.loss().sample(RandomStream(1, "training", k), 256), k);
        optimizer->step(objective, theta);
    }
    CHECK(exact.value(theta) < 0.6 * before);
}
