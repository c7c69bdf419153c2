#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/testing/check.hpp>
#include <mfg/testing/differences.hpp>
#include "methods/lagrangian/path_solution.hpp"

#include "catch.hpp"
#include "setup.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// log N(0, variance I) at a row's first d entries.
Real log_gaussian(const Matrix& x, std::size_t row, std::size_t d, Real variance)
{
    Real sum = 0;
    for (std::size_t k = 0; k < d; ++k) sum -= x(row, k) * x(row, k) / (2 * variance);
    return sum - static_cast<Real>(d) / 2 * (log_two_pi + std::log(variance));
}

/// The terms of the method's objective on its own samples.
auto terms_at(const Setup& setup, const Vector& theta, const Matrix& samples)
{
    SampledObjective objective(setup.loss(), setup.layout(), 2);
    objective.set_sample(samples, 1);
    return objective.value(theta).terms;
}

Matrix normal_points(std::size_t n, std::size_t d)
{
    Matrix x = make_matrix(n, d);
    RandomStream(5, "points").normal(0, static_cast<int>(x.size()), x.data());
    return x;
}

enum Term { transport, running, terminal, hjb, hjb_terminal };

/// Paths of a value function without a training around them.
struct Paths {
    Setup setup;
    Characteristics characteristics;

    Paths(const std::string& problem, const Setup::Options& options)
        : setup(problem, options),
          characteristics(*setup.owned_problem->mean_field_game(), *setup.network, *setup.integrator)
    {
    }
    PathSolution solution(const Vector& theta, int steps) const
    {
        return {characteristics, setup.layout(), theta, {steps}};
    }
};

/// Moves points `[n x d]` from time t0 to t1: `[n x (d + 1)]`, the last column the log determinant of the map.
Matrix flow(const Solution& solution, const Matrix& x, Real t0, Real t1)
{
    SimulationSettings settings;
    settings.intervals = 1;
    settings.from = t0;
    settings.duration = t1 - t0;
    settings.with_log_density = true;
    const Simulation run = simulate(solution, x, settings, RandomStream(1, "no noise"));
    Matrix moved = make_matrix(x.shape(0), x.shape(1) + 1);
    for (std::size_t i = 0; i < x.shape(0); ++i) {
        for (std::size_t k = 0; k < x.shape(1); ++k) moved(i, k) = run.positions(1, i, k);
        moved(i, x.shape(1)) = -run.log_density_change(i);
    }
    return moved;
}

/// Positions and what was accumulated, as columns.
struct End {
    Matrix x;
    Vector log_determinant, transport, running, hjb;
};

End follow(const Characteristics& paths, const ParameterLayout& layout, const Vector& theta, const Matrix& x,
           const Vector& log_density, Real t1, int steps)
{
    const auto n = static_cast<int>(x.shape(0)), d = static_cast<int>(x.shape(1));
    Tape tape;
    tape.begin(false);
    const Variable in = transpose(tape.constant_view(x.data(), n, d));
    const VariableList prepared = paths.prepare(tape, layout.variables(tape, theta.data(), nullptr));
    const PathEnd end = paths.integrate(
        tape, prepared, {in, tape.constant_view(log_density.data(), 1, n), PathStart::Violation::absolute}, 0, t1,
        steps);
    End result{make_matrix(x.shape(0), x.shape(1)), make_vector(x.shape(0)), {}, {}, {}};
    result.transport = result.running = result.hjb = result.log_determinant;
    for (int i = 0; i < n; ++i) {
        const auto row = static_cast<std::size_t>(i);
        for (int k = 0; k < d; ++k) result.x(row, static_cast<std::size_t>(k)) = end.x(k, i);
        result.log_determinant(row) = end.log_determinant(0, i);
        result.transport(row) = end.transport(0, i);
        result.running(row) = end.running(0, i);
        result.hjb(row) = end.hjb(0, i);
    }
    return result;
}

Real largest_of(const Matrix& a, const Matrix& b)
{
    Matrix difference = a - b;
    return largest(difference);
}

Real determinant(Matrix a)
{
    // Elimination without pivots: the matrices are near the identity.
    Real product = 1;
    for (std::size_t k = 0; k < a.shape(0); ++k) {
        product *= a(k, k);
        for (std::size_t i = k + 1; i < a.shape(0); ++i) {
            const Real factor = a(i, k) / a(k, k);
            for (std::size_t j = k; j < a.shape(0); ++j) a(i, j) -= factor * a(k, j);
        }
    }
    return product;
}

/// Drift b = (sin x_1 + t, x_1 x_2), running cost c = 0.4 w + 0.1 w^2 + t |x|^2, terminal cost g = 0.3 w^2 + x_1.
class DriftingGame final : public MeanFieldGame {
public:
    explicit DriftingGame(Coupling coupling = Coupling::potential) : coupling_(coupling) {}

    int dimension() const override { return 2; }
    Real horizon() const override { return 0.8; }
    CostWeights weights() const override { return {1.3, 0.7, 2.5}; }
    Coupling coupling() const override { return coupling_; }
    const Density& initial_density() const override { return initial_; }
    Jet drift(const State& s) const override { return vconcat(sin(s.x[0]) + s.t, s.x[0] * s.x[1]); }
    Jet running_cost(const State& s) const override
    {
        return 0.4 * s.log_density + 0.1 * square(s.log_density) + s.t * norm_squared(s.x);
    }
    Jet terminal_cost(const State& s) const override { return 0.3 * square(s.log_density) + s.x[0]; }

private:
    Coupling coupling_;
    Gaussian initial_{make_vector(2), make_vector(2, 0.7)};
};

}  // namespace

TEST_CASE("Phi = 0 has the costs of agents who stay", "[numerics][lagrangian]")
{
    const Setup setup("optimal_transport", {});
    const Matrix samples = setup.loss().sample(RandomStream(1, "stay"), 65536);
    const auto terms = terms_at(setup, make_vector(setup.layout().size()), samples);
    CHECK(terms[transport] == 0);
    CHECK(terms[running] == 0);
    CHECK(terms[hjb] == 0);
    // Four standard errors, that of the divergence is 7.3 / 256.
    CHECK_THAT(terms[terminal], WithinAbs(5 * 24.6019, 5 * 0.12));
    CHECK_THAT(terms[hjb_terminal], WithinAbs(3 * 5 * 25.603, 15 * 0.12));
    Real entropy = 0;
    for (std::size_t i = 0; i < samples.shape(0); ++i) entropy += samples(i, 2) / static_cast<Real>(samples.shape(0));
    CHECK_THAT(entropy, WithinAbs(-3.69869, 0.02));
}

TEST_CASE("agents who stay pay half the mean of the interaction kernel", "[numerics][lagrangian]")
{
    // The mean over N(0, s^2 I) of exp(-|x - y|^2 / (2 width^2)) is known.
    const Setup setup("crowd_motion", {{{"interaction_weight", "3"},
                                        {"interaction_width", "0.8"},
                                        {"preference_weight", "0"},
                                        {"entropy_weight", "0"},
                                        {"running_weight", "1.5"}},
                                       {{"hjb_weight", "2"}, {"interaction_samples", "500"}},
                                       {}});
    const SampledLoss& loss = setup.loss();
    const RandomStream stream(1, "interaction");
    const Matrix samples = loss.sample(stream, 200),
                 others = loss.shared_batch(stream.part(Sampler::shared_batch_name));
    REQUIRE(others.shape(0) == 500);
    SampledObjective objective(loss, setup.layout(), 2);
    objective.set_sample(samples, 1, others);
    const auto terms = objective.value(make_vector(setup.layout().size())).terms;

    Real mean = 0;
    for (std::size_t i = 0; i < samples.shape(0); ++i)
        for (std::size_t j = 0; j < others.shape(0); ++j) {
            const Real dx = samples(i, 0) - others(j, 0), dy = samples(i, 1) - others(j, 1);
            mean += 3 * std::exp(-(dx * dx + dy * dy) / (2 * 0.64)) / 200 / 500;
        }
    CHECK_THAT(terms[running], WithinRel(1.5 * mean / 2, 1e-12));
    CHECK_THAT(terms[hjb], WithinRel(2 * 1.5 * mean, 1e-12));
    // Gaussians of variance 0.3; the means over 200 and 500 agents are good to a few per cent.
    CHECK_THAT(mean, WithinRel(3 * 0.64 / (0.64 + 2 * 0.3), 0.06));
    // Nobody else is there: only the sample's own paths count.
    objective.set_sample(samples, 2);
    CHECK(objective.value(make_vector(setup.layout().size())).terms[running] == 0);
}

TEST_CASE("Phi = c.x + e t + f moves all agents alike", "[numerics][lagrangian]")
{
    const Real horizon = 1.7, a1 = 2, a3 = 5, c[] = {1.5, -0.8}, e = 0.9, f = -0.4;
    const Setup setup(
        "optimal_transport",
        {{{"horizon", "1.7"}}, {{"hjb_weight", "7"}, {"hjb_terminal_weight", "0.6"}, {"scales", "none"}}, {}});
    Vector theta = parameters_with(setup.layout(), "linear.weight", {c[0], c[1], e});
    theta = theta + parameters_with(setup.layout(), "constant", {f});
    const Matrix samples = setup.loss().sample(RandomStream(1, "shift"), 300);
    const auto terms = terms_at(setup, theta, samples);
    const Real squares = c[0] * c[0] + c[1] * c[1];
    CHECK_THAT(terms[transport], WithinRel(horizon * squares / (2 * a1), 1e-12));
    CHECK_THAT(terms[hjb], WithinRel(7 * horizon * std::abs(squares / (2 * a1) - e), 1e-12));

    Real divergence = 0, mismatch = 0;
    for (std::size_t i = 0; i < samples.shape(0); ++i) {
        Matrix end = make_matrix(1, 2);
        for (std::size_t k = 0; k < 2; ++k) end(0, k) = samples(i, k) - horizon * c[k] / a1;
        const Real g = samples(i, 2) - log_gaussian(end, 0, 2, 0.3);
        divergence += g / 300;
        mismatch += std::abs(c[0] * end(0, 0) + c[1] * end(0, 1) + e * horizon + f - a3 * (1 + g)) / 300;
    }
    CHECK_THAT(terms[terminal], WithinRel(a3 * divergence, 1e-12));
    CHECK_THAT(terms[hjb_terminal], WithinRel(0.6 * mismatch, 1e-12));
}

TEST_CASE("Phi = a |x|^2 / 2 contracts exponentially", "[numerics][lagrangian]")
{
    const Real a = 1.6, a1 = 2, horizon = 1;
    for (const auto& [name, order] : std::vector<std::pair<std::string, int>>{{"euler", 1}, {"heun", 2}, {"rk4", 4}}) {
        INFO(name);
        const Paths paths("optimal_transport", {{}, {}, {}, name});
        const Vector theta = parameters_with(paths.setup.layout(), "quadratic.upper", {a, 0, 0, a, 0, 0});
        const Matrix x = normal_points(20, 2);
        const Real shrink = std::exp(-a * horizon / a1);
        Matrix expected = shrink * x;
        Real before = 0, observed = 0;
        End end;
        for (const int steps : {8, 16, 32}) {
            end = follow(paths.characteristics, paths.setup.layout(), theta, x, make_vector(20), horizon, steps);
            const Real error = largest_of(end.x, expected);
            observed = std::log2(before / error);
            before = error;
        }
        CHECK_THAT(observed, WithinAbs(order, 0.1));
        const Real accuracy = 4 * before + 1e-12;
        for (std::size_t i = 0; i < 20; ++i) {
            const Real cost = (x(i, 0) * x(i, 0) + x(i, 1) * x(i, 1)) * a / (4 * a1) * (1 - shrink * shrink);
            // The Laplacian is constant: every scheme integrates it exactly.
            CHECK_THAT(end.log_determinant(i), WithinAbs(-2 * a * horizon / a1, 1e-12));
            CHECK_THAT(end.transport(i), WithinAbs(cost, accuracy));
            CHECK_THAT(end.hjb(i), WithinAbs(a1 * cost, 2 * accuracy));
        }
    }
}

TEST_CASE("the log determinant is that of the flow", "[numerics][lagrangian]")
{
    for (const char* dimension : {"2", "3", "10"}) {
        INFO("d = " << dimension);
        const Paths paths("optimal_transport", {{{"dimension", dimension}}, {}, {{"layers", "2"}}});
        const Vector theta = random_parameters(paths.setup.layout(), 0.15);
        const PathSolution solution = paths.solution(theta, 64);
        const std::size_t n = 4, d = static_cast<std::size_t>(std::stoi(dimension));
        const Matrix x = normal_points(n, d), end = flow(solution, x, 0, 1);
        std::vector<Matrix> jacobians(n, make_matrix(d, d));
        const PointFunction map = [&](const Matrix& points) { return flow(solution, points, 0, 1); };
        for (std::size_t k = 0; k < d; ++k) {
            const Matrix column = first_difference(map, x, k);
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < d; ++j) jacobians[i](j, k) = column(i, j);
        }
        Matrix moved = make_matrix(n, d);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < d; ++k) moved(i, k) = end(i, k);
        const Matrix back = flow(solution, moved, 1, 0);
        for (std::size_t i = 0; i < n; ++i) {
            CHECK(std::abs(end(i, d)) > 0.01);
            CHECK_THAT(end(i, d), WithinAbs(std::log(determinant(jacobians[i])), 1e-6));
            CHECK_THAT(back(i, d), WithinAbs(-end(i, d), 1e-6));
            for (std::size_t k = 0; k < d; ++k) CHECK_THAT(back(i, k), WithinAbs(x(i, k), 1e-6));
        }
    }
}

TEST_CASE("forward and back again returns with the order of the scheme", "[numerics][lagrangian]")
{
    for (const auto& [name, order] : std::vector<std::pair<std::string, int>>{{"euler", 1}, {"heun", 2}, {"rk4", 4}}) {
        INFO(name);
        const Paths paths("optimal_transport", {{}, {}, {}, name});
        const Vector theta = random_parameters(paths.setup.layout(), 0.4);
        const auto round_trip = [&](int steps) {
            return paths.solution(theta, steps).measures(RandomStream(5, "measures"), 50).at("round_trip");
        };
        const auto distance = [&](int steps) { return round_trip(steps).at("mean"); };
        const Real coarse = distance(16), fine = distance(32);
        CHECK(fine > 1e-9);
        CHECK(std::log2(coarse / fine) > order - 0.2);
        CHECK(round_trip(16).at("largest") >= coarse);
    }
}

TEST_CASE("the gradient of the objective is that of its value", "[numerics][lagrangian]")
{
    const DriftingGame drifting, plain(Coupling::game);
    struct Case {
        const char *name, *dimension, *integrator, *violations = "absolute";
    };
    for (const Case& c : {Case{"optimal_transport", "2", "rk4", "squared"}, Case{"optimal_transport", "2", "euler"},
                          Case{"optimal_transport", "2", "heun"}, Case{"optimal_transport", "2", "rk4"},
                          Case{"optimal_transport", "10", "euler"}, Case{"optimal_transport", "10", "heun"},
                          Case{"optimal_transport", "10", "rk4"}, Case{"gaussian_transport", "10", "rk4"},
                          Case{"crowd_motion", "2", "rk4"}, Case{"swarm", "3", "heun"}, Case{"drifting", "2", "rk4"},
                          Case{"plain", "2", "rk4"}}) {
        INFO(c.name << ", d = " << c.dimension << ", " << c.integrator);
        const Setup::Options options{
            {{"dimension", c.dimension}}, {{"time_steps", "3"}, {"violations", c.violations}}, {}, c.integrator};
        const Setup setup = std::string(c.name) == "drifting" ? Setup(drifting, options)
                            : std::string(c.name) == "plain"  ? Setup(plain, options)
                                                              : Setup(c.name, options);
        const SampledLoss& loss = setup.loss();
        SampledObjective objective(loss, setup.layout(), 1);
        objective.draw_sample(RandomStream(1, "gradient"), 24, 1);
        const Vector theta = random_parameters(setup.layout(), 0.1);
        Vector gradient = make_vector(theta.size());
        const Evaluation value = objective.value_and_gradient(theta, gradient);
        CHECK_THAT(objective.value(theta).value, WithinRel(value.value, 1e-13));
        for (std::size_t t = 0; t < 5; ++t)
            if (t != running || std::string(c.name).find("transport") == std::string::npos) CHECK(value.terms[t] != 0);

        WorstError worst;
        const auto check = [&](const Vector& direction, const std::string& where) {
            Real expected = 0, norm = 0;
            for (std::size_t i = 0; i < theta.size(); ++i) {
                expected += gradient(i) * direction(i);
                if (direction(i) != 0) norm += gradient(i) * gradient(i);
            }
            const Real slope =
                first_difference([&](Real step) { return objective.value(theta + step * direction); }, 2e-5);
            worst.add(slope - expected, std::sqrt(norm), where);
        };
        for (const auto& [block, offset] : setup.layout().entries()) {
            Vector direction = make_vector(theta.size());
            Real squares = 0;
            RandomStream(2, block.name).normal(0, static_cast<int>(block.size()), direction.data() + offset);
            for (const Real v : direction) squares += v * v;
            direction /= std::sqrt(squares);
            check(direction, block.name);
        }
        const CheckResult result = worst.below("gradient", 1e-6);
        INFO(result.measured);
        CHECK(result.passed);
    }
}

TEST_CASE("drift and costs of the density enter as stated", "[numerics][lagrangian]")
{
    // Phi = c.x + e t + f: the rates are known by hand, and two Euler steps follow them.
    const Real c[] = {0.7, -1.1}, e = 0.35, f = 0.2;
    for (const Coupling coupling : {Coupling::potential, Coupling::game}) {
        const DriftingGame game(coupling);
        const bool potential = coupling == Coupling::potential;
        INFO((potential ? "potential" : "game"));
        const DriftingGame accepted;
        const Setup setup(accepted, {{}, {}, {}, "euler"});
        const Characteristics paths(game, *setup.network, *setup.integrator);
        Vector theta = parameters_with(setup.layout(), "linear.weight", {c[0], c[1], e});
        theta = theta + parameters_with(setup.layout(), "constant", {f});
        const std::size_t n = 10;
        const Matrix x = normal_points(n, 2);
        Vector w0 = make_vector(n);
        for (std::size_t i = 0; i < n; ++i) w0(i) = log_gaussian(x, i, 2, 0.7);
        const int steps = 2;
        const End end = follow(paths, setup.layout(), theta, x, w0, game.horizon(), steps);

        const Real a1 = 1.3, a2 = 0.7, h = game.horizon() / steps, squares = c[0] * c[0] + c[1] * c[1];
        for (std::size_t i = 0; i < n; ++i) {
            Real p = x(i, 0), q = x(i, 1), l = 0, cost = 0, violation = 0;
            for (int step = 0; step < steps; ++step) {
                const Real t = step * h, w = w0(i) - l, b[] = {std::sin(p) + t, p * q}, spread = std::cos(p) + p;
                const Real integrand = 0.4 * w + 0.1 * w * w + t * (p * p + q * q);
                const Real derivative = potential ? 0.4 + 0.2 * w : 0;
                // In a plain game the potential of w is w - 1, and that of w^2 is w^2 - 2 w + 2.
                cost += h * (potential ? integrand : integrand - 0.2 - 0.2 * w);
                violation +=
                    h * std::abs(-e - a2 * (integrand + derivative) + squares / (2 * a1) - (b[0] * c[0] + b[1] * c[1]));
                p += h * (b[0] - c[0] / a1);
                q += h * (b[1] - c[1] / a1);
                l += h * spread;
            }
            CHECK_THAT(end.x(i, 0), WithinAbs(p, 1e-12));
            CHECK_THAT(end.x(i, 1), WithinAbs(q, 1e-12));
            CHECK_THAT(end.log_determinant(i), WithinAbs(l, 1e-12));
            CHECK_THAT(end.transport(i), WithinRel(game.horizon() * squares / (2 * a1 * a1), 1e-12));
            CHECK_THAT(end.running(i), WithinAbs(cost, 1e-10));
            CHECK_THAT(end.hjb(i), WithinAbs(violation, 1e-11));
        }

        Tape tape;
        tape.begin(false);
        const Variable at = transpose(tape.constant_view(x.data(), static_cast<int>(n), 2));
        const Variable w = tape.constant_view(w0.data(), 1, static_cast<int>(n));
        const CostAndCoupling g = terminal_cost(game, coupling, at, w);
        for (std::size_t i = 0; i < n; ++i) {
            const Real value = 0.3 * w0(i) * w0(i) + x(i, 0);
            CHECK_THAT(g.cost(0, static_cast<int>(i)), WithinAbs(value, 1e-12));
            CHECK_THAT(g.coupling(0, static_cast<int>(i)), WithinAbs(value + (potential ? 0.6 * w0(i) : 0), 1e-12));
        }
    }
}

TEST_CASE("the log determinant includes the divergence of the drift", "[numerics][lagrangian]")
{
    const DriftingGame game;
    const Setup setup(game, {});
    const Characteristics paths(game, *setup.network, *setup.integrator);
    const PathSolution solution(paths, setup.layout(), random_parameters(setup.layout(), 0.15), {128});
    const PointFunction map = [&](const Matrix& points) { return flow(solution, points, 0, game.horizon()); };
    const Matrix x = normal_points(4, 2), end = map(x);
    const Matrix first = first_difference(map, x, 0), second = first_difference(map, x, 1);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK_THAT(end(i, 2), WithinAbs(std::log(first(i, 0) * second(i, 1) - first(i, 1) * second(i, 0)), 1e-6));
}

TEST_CASE("points are followed back only for densities", "[numerics][lagrangian]")
{
    // One step is not enough for any path.
    const Setup setup("optimal_transport", {{}, {}, {}, "dormand_prince", {{"maximum_steps", "1"}}});
    const auto solution = setup.formulation->solution(random_parameters(setup.layout(), 0.15));
    const Matrix points = with_time(solution->problem(), normal_points(3, 2), 0.7);
    CHECK(solution->value("phi", points).size() == 3);
    CHECK(solution->velocity_at(points).size() == 6);
    CHECK_THROWS_AS(solution->value("log_density", points), NumericalError);
}

TEST_CASE("the method refuses games that it cannot solve", "[numerics][lagrangian]")
{
    class Repelled final : public MeanFieldGame {
    public:
        int dimension() const override { return 1; }
        Coupling coupling() const override { return Coupling::game; }
        const Density& initial_density() const override { return initial_; }
        Jet running_cost(const State& s) const override { return -exp(-1.0 * s.log_density); }
        Jet terminal_cost(const State& s) const override { return s.x; }

    private:
        Gaussian initial_{make_vector(1), make_vector(1, 1)};
    };
    const Repelled without_potential;
    CHECK_THAT(message_of<Error>([&] { Setup(without_potential, {}); }), ContainsSubstring("which is its potential"));

    class Viscous final : public MeanFieldGame {
    public:
        int dimension() const override { return 1; }
        Real viscosity() const override { return 0.1; }
        const Density& initial_density() const override { return initial_; }
        Jet terminal_cost(const State& s) const override { return s.x; }

    private:
        Gaussian initial_{make_vector(1), make_vector(1, 1)};
    };
    const Viscous viscous;
    CHECK_THAT(message_of<Error>([&] { Setup(viscous, {}); }), ContainsSubstring("first-order problems only"));

    class Other final : public Problem {
        int dimension() const override { return 1; }
    };
    const Other other;
    CHECK_THAT(message_of<Error>([&] { Setup(other, {}); }), ContainsSubstring("not a mean field game"));
}
