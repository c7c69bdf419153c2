/// Best responses against dynamic programming on a grid, and none at exact equilibria.
#include <mfg/assessment/exploitability.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/plugin/registry.hpp>

#include "catch.hpp"
#include "grid_oracle.hpp"

#include <cmath>

using namespace mfg;

namespace {

constexpr Real variance = 0.25, mean = 1;

/// Agents start around 1 in each coordinate and do not move of their own accord; they pay stiffness |x|^2 / 2 and mind
/// company by crowding log m on the way, and by end log m where they stop.
struct Crowd : MeanFieldGame {
    int dimension() const override { return d; }
    Real viscosity() const override { return noise; }
    Coupling coupling() const override { return Coupling::game; }
    const Density& initial_density() const override { return initial; }
    Jet running_cost(const State& s) const override
    {
        const Jet own = stiffness / 2 * norm_squared(s.x);
        return crowding == 0 ? own : own + crowding * s.log_density;
    }
    Jet terminal_cost(const State& s) const override
    {
        const Jet own = wells ? wells(s) : 0 * s.x[0];
        return end == 0 ? own : own + end * s.log_density;
    }

    Crowd(int d_, Real noise_, Real stiffness_, Real crowding_, Real end_)
        : d(d_),
          noise(noise_),
          stiffness(stiffness_),
          crowding(crowding_),
          end(end_),
          initial(make_vector(d, mean), make_vector(d, variance))
    {
    }
    int d;
    Real noise, stiffness, crowding, end;
    std::function<Jet(const State&)> wells;
    Gaussian initial;
};

/// Standing still, with a density field that is not that of those who stand.
struct Still {
    GameSystem system;
    FormulaSolution solution;

    explicit Still(const Crowd& game)
        : system(game, Unknown::Role::log_density, game.coupling()),
          solution(system, [](const Unknown& unknown, const State& s) {
              return unknown.role == Unknown::Role::value ? 0 * s.x[0] : -2 * norm_squared(s.x + 1) - 3;
          })
    {
    }
};

Exploitability found_by(const Solution& solution, const ResponseSettings& settings)
{
    Registry registry;
    const auto paths = registry.create<Optimizer>("lbfgs"),
               feedback = registry.create<Optimizer>("adam", {{"learning_rate", "0.01"}});
    return exploitability(solution, settings, {*paths, {&*feedback}}, RandomStream(1, "exploitability"), 2);
}

/// log m of those who stand still, as low as the floor.
double still_density(const Crowd& game, const double* x, double t, double floor)
{
    const double spread = variance + 2 * game.noise * t;
    double w = -game.d / 2.0 * std::log(two_pi * spread);
    for (int k = 0; k < game.d; ++k) w -= (x[k] - mean) * (x[k] - mean) / (2 * spread);
    return std::max(w, floor);
}

GridOracle oracle_of(const Crowd& game, double floor)
{
    GridOracle oracle{
        game.d, -3, 5, game.d == 1 ? 401 : 97, game.d == 1 ? 32 : 12, 1, game.noise, 5, game.d == 1 ? 61 : 31, {}, {}};
    oracle.running = [&game, floor](const double* x, double t) {
        const double square = game.d == 1 ? x[0] * x[0] : x[0] * x[0] + x[1] * x[1];
        return game.stiffness / 2 * square +
               (game.crowding == 0 ? 0 : game.crowding * still_density(game, x, t, floor));
    };
    oracle.terminal = [&game, floor](const double* x, double t) {
        return game.end == 0 ? 0 : game.end * still_density(game, x, t, floor);
    };
    return oracle;
}

}  // namespace

TEST_CASE("with noise a best response is that of dynamic programming", "[numerics][exploitability]")
{
    for (const int d : {1, 2}) {
        INFO(d << " dimensions");
        const Crowd game(d, 0.3, 1, 1.5, 0);
        const Still still(game);
        ResponseSettings settings;
        settings.agents = 128;
        settings.densities.floor = -6;
        const Exploitability found = found_by(still.solution, settings);
        CHECK(found.response == "feedback");
        CHECK(found.floor == -6.0);
        CHECK(found.unbounded_below);
        CHECK_FALSE(found.smoothed);
        // Those who stand pay stiffness E |X|^2 / 2 + crowding E log m.
        const double at_end = variance + 2 * game.noise;
        const auto entropy = [](double v) { return -std::log(two_pi * v) / 2 - 0.5; };
        double paid = 0;
        constexpr int times = 64;
        for (int k = 0; k < times; ++k) {
            const double spread = variance + (at_end - variance) * (k + 0.5) / times;
            paid += d * (game.stiffness / 2 * (mean * mean + spread) + game.crowding * entropy(spread)) / times;
        }
        CHECK_THAT(found.learned_cost, WithinAbs(paid, 0.1 * d));
        const Matrix starts = population_starts(still.solution, RandomStream(2, "starts"), 4096);
        const double gain = oracle_of(game, -6).mean_gain(starts);
        CHECK(gain > 0.3);
        CHECK_THAT(found.improvement, WithinRel(gain, 0.15));
    }
}

TEST_CASE("without noise a best response is that of dynamic programming", "[numerics][exploitability]")
{
    for (const int d : {1, 2}) {
        INFO(d << " dimensions");
        Crowd game(d, 0, 0, 0, 0.5);
        const Still still(game);
        ResponseSettings settings;
        settings.agents = 16;
        settings.intervals = 4;
        settings.densities.floor = -8;
        if (d == 1) settings.densities.smoothing = 0.1;
        const Exploitability found = found_by(still.solution, settings);
        CHECK(found.response == "paths");
        CHECK(found.unbounded_below);
        const Matrix starts = population_starts(still.solution, RandomStream(1, "exploitability").part("starts"), 16);
        double paid = 0;
        for (std::size_t i = 0; i < 16; ++i) paid += game.end * still_density(game, &starts(i, 0), 0, -8) / 16;
        CHECK_THAT(found.learned_cost, WithinAbs(paid, 1e-3));
        const double gain = oracle_of(game, -8).mean_gain(starts);
        CHECK_THAT(found.improvement, WithinRel(gain, 0.1));
        // A kernel of a fifth of the population's width changes little where the density is smooth.
        REQUIRE(found.smoothed.has_value() == (d == 1));
        if (d == 2) continue;
        CHECK(found.smoothing == 0.1);
        CHECK_THAT(found.smoothed->improvement, WithinRel(gain, 0.25));
    }
}

TEST_CASE("agents find the far well as well as the near one", "[numerics][exploitability]")
{
    Crowd game(2, 0, 0, 0, 0);
    // A shallow well where agents are, and a narrow deep one that no path downhill leads to.
    game.wells = [](const State& s) {
        const Jet far = vconcat(s.x[0] - 2.5, s.x[1] - 0.5);
        return -exp(-0.5 * norm_squared(s.x - 1)) - 6 * exp(-20 * norm_squared(far));
    };
    const Still still(game);
    ResponseSettings settings;
    settings.agents = 16;
    settings.intervals = 4;
    const Exploitability found = found_by(still.solution, settings);
    const Matrix starts = population_starts(still.solution, RandomStream(1, "exploitability").part("starts"), 16);
    GridOracle oracle = oracle_of(game, 0);
    oracle.terminal = [](const double* x, double) {
        const double a = x[0] - 2.5, b = x[1] - 0.5, p = x[0] - 1, q = x[1] - 1;
        return -std::exp(-0.5 * (p * p + q * q)) - 6 * std::exp(-20 * (a * a + b * b));
    };
    oracle.points = 161;
    oracle.steps = 4;
    CHECK_THAT(found.improvement, WithinRel(oracle.mean_gain(starts), 0.1));
    CHECK(found.best_response_cost < -3);
    CHECK_FALSE(found.floor);
}

TEST_CASE("no agent gains at an exact equilibrium", "[numerics][exploitability]")
{
    Registry registry;
    const Options::Given noisy{
        {"gamma", "2"}, {"viscosity", "0.3"}, {"initial_mean", "1"}, {"initial_deviation", "0.5"}};
    for (const char* dimension : {"1", "2", "5"}) {
        INFO(dimension << " dimensions");
        Options::Given options = noisy;
        options["dimension"] = dimension;
        const auto problem = registry.create<Problem>("linear_quadratic", options);
        const GameSystem system(*problem->mean_field_game(), Unknown::Role::log_density,
                                problem->mean_field_game()->coupling());
        const FormulaSolution exact(system, *problem->reference());
        ResponseSettings settings;
        settings.agents = 64;
        const Exploitability found = found_by(exact, settings);
        CHECK(found.improvement < 3 * found.standard_error);
        CHECK(std::abs(found.improvement) < 0.01);
        CHECK_FALSE(found.population.empty());
    }
}
