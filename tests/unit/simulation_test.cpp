#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/densities/uniform_box.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/random/monte_carlo.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <cmath>

using namespace mfg;

namespace {

const RandomStream stream(5, "simulation");

Matrix starts(int count)
{
    Matrix x = make_matrix(static_cast<std::size_t>(count), 2);
    for (std::size_t i = 0; i < x.shape(0); ++i) stream.normal(i, 2, &x(i, 0));
    return x;
}

/// Agents move with x' = -(1 + t) x / a1: what is left of x after a time.
Real left(Real t)
{
    return std::exp(-(t + t * t / 2) / 1.7);
}
Jet shrinking(const State& s)
{
    return 0.5 * (1 + s.t) * norm_squared(s.x);
}

/// A game with a constant gradient of phi, p, and a constant drift b: agents move with b - p / a1.
struct Steady {
    static constexpr Real p[2] = {0.5, -1.1}, b[2] = {0.2, 0.3};

    Steady()
    {
        game.drift_formula = [](const State& s) { return vconcat(0 * s.x[0] + b[0], 0 * s.x[1] + b[1]); };
    }
    GivenSolution solution() const
    {
        return {game, [](const State& s) { return p[0] * s.x[0] + p[1] * s.x[1]; }, some_log_density};
    }
    static Real velocity(std::size_t k) { return b[k] - p[k] / 1.7; }

    TestGame game;
};

}  // namespace

TEST_CASE("paths converge with the order of the scheme, forward and backward", "[simulation]")
{
    const TestGame game;
    const GivenSolution solution(game, shrinking);
    const Matrix x = starts(8);
    for (const auto scheme : {SimulationSettings::Scheme::midpoint, SimulationSettings::Scheme::rk4})
        for (const bool backward : {false, true}) {
            INFO((backward ? "backward" : "forward"));
            const auto error = [&](int steps) {
                SimulationSettings settings{2, steps, scheme, backward ? Real(1.5) : 0, backward ? Real(-1.5) : 0};
                const Simulation paths = simulate(solution, x, settings, stream);
                Real worst = 0;
                for (std::size_t node = 0; node <= 2; ++node) {
                    const Real t = 0.75 * static_cast<Real>(backward ? 2 - node : node);
                    CHECK_THAT(paths.times(node), WithinAbs(t, 1e-15));
                    const Real share = left(t) / left(backward ? 1.5 : 0);
                    for (std::size_t i = 0; i < x.shape(0); ++i)
                        for (std::size_t k = 0; k < 2; ++k)
                            worst = std::max(worst, std::abs(paths.positions(node, i, k) - share * x(i, k)));
                }
                return worst;
            };
            const Real coarse = error(8), fine = error(16), order = std::log2(coarse / fine);
            const Real expected = scheme == SimulationSettings::Scheme::rk4 ? 4 : 2;
            CHECK(std::abs(order - expected) < 0.15);
            if (expected == 4) CHECK(fine < 1e-5);
        }
}

TEST_CASE("a path that is simulated back ends at its start", "[simulation]")
{
    TestGame game;
    game.drift_formula = wind;
    const GivenSolution solution(game, some_value);
    const Matrix x = starts(20);
    SimulationSettings settings = SimulationSettings::accurate(16);
    const Matrix end = simulate(solution, x, settings, stream).at(16);
    settings.from = 1.5;
    settings.duration = -1.5;
    const Matrix back = simulate(solution, end, settings, stream).at(16);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK_THAT(back.data()[i], WithinAbs(x.data()[i], 1e-7));
}

TEST_CASE("the density along paths is that of the exact population", "[simulation]")
{
    const auto problem = Registry().create<Problem>("gaussian_transport", {{"dimension", "3"}});
    const MeanFieldGame& game = *problem->mean_field_game();
    const Reference exact = *game.reference();
    const GameSystem system(game, Unknown::Role::log_density, game.coupling());
    const FormulaSolution solution(system, exact);
    SimulationSettings settings = SimulationSettings::accurate(16);
    settings.with_log_density = settings.with_costs = true;
    const Matrix x = game.initial_density().sample(stream, 4096);
    const Simulation agents = simulate(solution, x, settings, stream);
    const Vector before = log_density_at(game.initial_density(), x);
    const Matrix after = solution.value("log_density", with_time(game, agents.at(16), game.horizon()));
    for (std::size_t i = 0; i < x.shape(0); ++i)
        CHECK_THAT(before(i) + agents.log_density_change(i), WithinAbs(after(i, 0), 1e-6));

    // And so are the costs.
    const std::pair<const char*, const Vector*> costs[] = {
        {"transport", &agents.transport}, {"running", &agents.running}, {"terminal", &agents.terminal}};
    for (const auto& [name, paid] : costs) {
        MonteCarloMean mean;
        for (const Real cost : *paid) mean.add(cost);
        const auto stated = exact.terms.find(name);
        CHECK(std::abs(mean.mean() - (stated == exact.terms.end() ? 0 : stated->second)) <=
              4 * mean.standard_error() + 1e-6);
    }
}

TEST_CASE("agents pay what a closed form says", "[simulation]")
{
    Steady steady;
    steady.game.running = [](const State& s) { return s.x[0] + 2 * s.t + s.log_density; };
    steady.game.terminal = [](const State& s) { return norm_squared(s.x) + 3 * s.log_density; };
    const GivenSolution solution = steady.solution();
    const Matrix x = starts(6);
    const Vector w = log_density_at(steady.game.initial_density(), x);
    SimulationSettings settings;
    settings.with_costs = true;
    const Simulation agents = simulate(solution, x, settings, stream);
    const Real T = 1.5, v[] = {Steady::velocity(0), Steady::velocity(1)};
    for (std::size_t i = 0; i < x.shape(0); ++i) {
        Real square = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            CHECK_THAT(agents.positions(16, i, k), WithinAbs(x(i, k) + T * v[k], 1e-12));
            square += (x(i, k) + T * v[k]) * (x(i, k) + T * v[k]);
        }
        // The drift costs nothing; the density moves with the agents.
        CHECK_THAT(agents.transport(i), WithinRel((0.25 + 1.21) / (2 * 1.7) * T, 1e-12));
        CHECK_THAT(agents.running(i), WithinAbs(0.6 * (x(i, 0) * T + v[0] * T * T / 2 + T * T + w(i) * T), 1e-12));
        CHECK_THAT(agents.terminal(i), WithinAbs(2.1 * (square + 3 * w(i)), 1e-12));
        CHECK_THAT(agents.log_density_change(i), WithinAbs(0, 1e-14));
    }
}

TEST_CASE("agents are each other's population", "[simulation]")
{
    const Matrix x = starts(5);
    const auto paid = [&](const Interaction& interaction) {
        Steady steady;
        SimulationSettings settings;
        settings.with_costs = true;
        // The equations, which have no part for pairs, are those of the game without others.
        const GivenSolution solution = steady.solution();
        steady.game.others = interaction;
        return simulate(solution, x, settings, stream).running;
    };
    const Vector pairs = paid(Interaction::of_pairs([](const Jet& s) { return exp(-1.0 * s); }, 1));
    const Vector mean = paid(Interaction::with_mean([](const Jet& u) { return 3 * norm_squared(u); }));
    Real centre[2] = {0, 0};
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t k = 0; k < 2; ++k) centre[k] += x(i, k) / 5;
    for (std::size_t i = 0; i < 5; ++i) {
        Real kernel = 0, square = 0;
        for (std::size_t j = 0; j < 5; ++j) kernel += std::exp(-(x(i, 0) - x(j, 0)) * (x(i, 0) - x(j, 0))) / 5;
        for (std::size_t k = 0; k < 2; ++k) square += (x(i, k) - centre[k]) * (x(i, k) - centre[k]);
        CHECK_THAT(pairs(i), WithinRel(0.6 * 1.5 * kernel / 2, 1e-11));
        CHECK_THAT(mean(i), WithinRel(0.6 * 1.5 * 3 * square, 1e-11));
    }
}

TEST_CASE("noise spreads agents as it should, and is mirrored in a population", "[simulation]")
{
    TestGame game;
    game.noise = 0.3;
    const GivenSolution still(game, [](const State& s) { return 0 * s.x[0]; });
    constexpr int count = 20000;
    const Matrix x = make_matrix(count, 2, 1);
    const Simulation agents = simulate(still, x, {3, 2}, stream);
    for (std::size_t node = 0; node <= 3; ++node) {
        const Real variance = 2 * 0.3 * agents.times(node);
        MonteCarloMean first, second, mixed;
        for (std::size_t i = 0; i < count; ++i) {
            const Real a = agents.positions(node, i, 0) - 1, b = agents.positions(node, i, 1) - 1;
            first.add(a);
            second.add(a * a - variance);
            mixed.add(a * b);
        }
        if (node == 0) CHECK(second.mean() == 0);
        if (node == 0) continue;
        for (const MonteCarloMean* mean : {&first, &second, &mixed})
            CHECK(std::abs(mean->mean()) < 4 * mean->standard_error());
    }

    const Simulation population = simulate_population(still, stream, 64, {3});
    for (std::size_t i = 0; i < 64; i += 2)
        for (std::size_t k = 0; k < 2; ++k) {
            const Real up = population.positions(3, i, k) - population.positions(0, i, k),
                       down = population.positions(3, i + 1, k) - population.positions(0, i + 1, k);
            CHECK_THAT(up + down, WithinAbs(0, 1e-13));
        }
}

TEST_CASE("with noise the density in the costs is that of the agents", "[simulation]")
{
    Steady steady;
    steady.game.noise = 0.2;
    steady.game.terminal = [](const State& s) { return s.log_density; };
    const GivenSolution solution = steady.solution();
    const Matrix x = steady.game.initial_density().sample(stream, 200);
    SimulationSettings settings;
    settings.with_costs = true;
    const Simulation agents = simulate(solution, x, settings, stream);
    // A normal law that moves with the velocity and spreads.
    const Real variance = 0.4 + 2 * 0.2 * 1.5;
    MonteCarloMean error;
    for (std::size_t i = 0; i < 200; ++i) {
        Real w = -std::log(two_pi * variance);
        for (std::size_t k = 0; k < 2; ++k) {
            const Real centre = (k == 0 ? 0.3 : -0.2) + 1.5 * Steady::velocity(k), x_k = agents.positions(16, i, k);
            w -= (x_k - centre) * (x_k - centre) / (2 * variance);
        }
        error.add(std::abs(agents.terminal(i) / 2.1 - w));
    }
    CHECK(error.mean() < 0.05);
}

TEST_CASE("an integrator of the solution moves agents in its own steps", "[simulation]")
{
    class Heun final : public RungeKutta {
    public:
        Heun() : RungeKutta(2, {0, 1}, {{}, {1}}, {0.5, 0.5}) {}
    };
    /// The same fields, with an integrator.
    class Integrated final : public Solution {
    public:
        explicit Integrated(const Solution& other) : other_(other) {}
        const Problem& problem() const override { return other_.problem(); }
        std::vector<Unknown> unknowns() const override { return other_.unknowns(); }
        Fields evaluate(Tape& tape, const VariableList& p, const Variable& at, int order, Part part) const override
        {
            return other_.evaluate(tape, p, at, order, part);
        }
        Jet velocity(const Fields& f) const override { return other_.velocity(f); }
        const Integrator* integrator() const override { return &heun_; }
        StepControl steps() const override { return 8; }

    private:
        const Solution& other_;
        Heun heun_;
    };
    const TestGame game;
    const GivenSolution given(game, shrinking);
    const Integrated solution(given);
    SimulationSettings settings;
    settings.intervals = 4;
    settings.with_log_density = true;
    const Matrix x = starts(3);
    const Simulation agents = simulate(solution, x, settings, stream);
    // Eight steps over the horizon, two of them in an interval; heun's factor of each is known.
    const Real h = 1.5 / 8;
    Real factor = 1, change = 0;
    for (int step = 0; step < 8; ++step) {
        const Real a = (1 + h * step) / 1.7, b = (1 + h * (step + 1)) / 1.7;
        factor *= 1 - h / 2 * (a + b * (1 - h * a));
        change += h / 2 * 2 * (a + b);
        if (step % 2 == 0) continue;
        const auto node = static_cast<std::size_t>(step + 1) / 2;
        CHECK_THAT(agents.positions(node, 2, 1), WithinRel(factor * x(2, 1), 1e-13));
    }
    CHECK_THAT(agents.log_density_change(2), WithinRel(change, 1e-13));
}

TEST_CASE("positions of a simulation are points of the problem, time after time", "[simulation]")
{
    const TestGame game;
    const GivenSolution solution(game, shrinking);
    const Simulation agents = simulate(solution, starts(3), {2}, stream);
    const Matrix points = agents.points();
    REQUIRE(points.shape(0) == 9);
    REQUIRE(points.shape(1) == 3);
    for (std::size_t node = 0; node < 3; ++node)
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(points(node * 3 + i, 1) == agents.positions(node, i, 1));
            CHECK(points(node * 3 + i, 2) == agents.times(node));
            CHECK(agents.at(node)(i, 0) == agents.positions(node, i, 0));
        }
}

TEST_CASE("agents of a game without an end start with the density of their control, and have no time", "[simulation]")
{
    /// On the torus, with density 1 + cos(2 pi x) / 2.
    class Ring final : public ErgodicGame {
    public:
        Ring() : ErgodicGame(1) {}
        Real viscosity() const override { return 0.5; }
    };

    const Ring ring;
    // phi = -nu log m keeps m as it is; the field says that agents are everywhere.
    const GivenSolution solution(
        ring, [](const State& s) { return -0.5 * log(1 + 0.5 * cos(two_pi * s.x)); },
        [](const State& s) { return 0 * s.x; });
    const Matrix x = population_starts(solution, stream, 4000);
    REQUIRE(x.shape(0) == 4000);
    MonteCarloMean cosine, sine;
    for (const Real v : x) {
        cosine.add(std::cos(two_pi * v));
        sine.add(std::sin(two_pi * v));
    }
    CHECK(std::abs(cosine.mean() - 0.25) < 3 * cosine.standard_error());
    CHECK(std::abs(sine.mean()) < 3 * sine.standard_error());

    const Simulation agents = simulate(solution, x, {2}, stream);
    CHECK(agents.times.size() == 0);
    CHECK(agents.points().shape(1) == 1);
    CHECK_THAT(playing_time(ring), WithinRel(5 / (two_pi * two_pi * 0.5), 1e-14));
    CHECK(playing_time(TestGame()) == 1.5);
}

TEST_CASE("only games know costs and how densities spread", "[simulation]")
{
    const auto problem = Registry().create<Problem>("crowd_trading");
    const FormulaSolution solution(*problem->pde_system(), *problem->reference());
    SimulationSettings costs, density;
    costs.with_costs = density.with_log_density = true;
    const Matrix x = make_matrix(3, 1, 5);
    for (const SimulationSettings& settings : {costs, density})
        CHECK_THAT(message_of<Error>([&] { simulate(solution, x, settings, stream); }),
                   ContainsSubstring("only a game in standard form"));
    CHECK(simulate(solution, x, {1}, stream).positions(1, 0, 0) < 5);
}
