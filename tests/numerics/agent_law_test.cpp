/// The law of agents who follow a control, and its distance from a density field.
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/population.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/agent_law.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde/game_system.hpp>

#include "catch.hpp"

#include <cmath>
#include <vector>

using namespace mfg;

namespace {

/// Two groups of agents who drift apart: a law that no normal law describes.
struct TwoGroups final : MeanFieldGame {
    TwoGroups(int d_, Real noise_) : d(d_), noise(noise_) {}
    int dimension() const override { return d; }
    Real viscosity() const override { return noise; }
    const Density& initial_density() const override { return initial; }
    Jet running_cost(const State& s) const override { return s.log_density; }
    Jet terminal_cost(const State&) const override { return {}; }
    Gaussian group(Real at) const { return {make_vector(d, at), make_vector(d, 0.09)}; }
    int d;
    Real noise;
    GaussianMixture initial{{group(-1), group(1)}, {0.3, 0.7}};
};

/// log m of the two groups after a time, if nobody moves but by noise.
Jet two_groups(const TwoGroups& game, const State& s)
{
    const Jet spread = 0.09 + 2 * game.noise * s.t;
    const auto group = [&](Real at, Real share) {
        return std::log(share) - norm_squared(s.x - at) / (2 * spread) - Real(game.d) / 2 * log(two_pi * spread);
    };
    return log_sum_exp(vconcat(group(-1, 0.3), group(1, 0.7)));
}

Real normal_distance(Real shift, Real deviation)
{
    return std::erf(shift / (2 * std::sqrt(2) * deviation));
}

}  // namespace

TEST_CASE("the law of agents is that of the agents, not that of the field", "[numerics][agent_law]")
{
    for (const Real noise : {0.0, 0.1})
        for (const int d : {1, 2}) {
            INFO(d << " dimensions, noise " << noise);
            const TwoGroups game(d, noise);
            const GameSystem system(game, Unknown::Role::log_density, Coupling::game);
            // The field has everybody at one place; agents move with velocity 0.5 in each coordinate.
            const FormulaSolution solution(system, [](const Unknown& unknown, const State& s) {
                return unknown.role == Unknown::Role::value ? -0.5 * sum(s.x) : -norm_squared(s.x);
            });
            const AgentLaw law(solution, RandomStream(1, "law"), AgentLaw::Effort());
            CHECK((noise > 0) == (law.description() == "kernels around agents"));
            CHECK((noise > 0 ? law.advantage() > 0.02 : law.advantage() == 0));
            const FormulaSolution exact(system, [&](const Unknown& unknown, const State& s) {
                return unknown.role == Unknown::Role::value
                           ? 0 * s.x[0]
                           : two_groups(game, {s.x - 0.5 * s.t * (0 * s.x + 1), s.t, {}});
            });
            const Matrix x =
                simulate(solution, game.initial.sample(RandomStream(2, "x"), 200), {3}, RandomStream(2, "noise")).at(2);
            const Real t = Real(2) / 3;
            const Vector w = law.log_density_at(x, t);
            const Matrix expected = exact.value("log_density", with_time(game, x, t));
            Real square = 0;
            for (std::size_t i = 0; i < w.size(); ++i) square += std::pow(w(i) - expected(i, 0), 2) / 200;
            CHECK(std::sqrt(square) < (noise > 0 ? 0.2 * d : 1e-4));
        }
}

TEST_CASE("the distance of field and agents is the total variation", "[numerics][agent_law]")
{
    struct Cloud final : MeanFieldGame {
        explicit Cloud(int d_, Real noise_) : d(d_), noise(noise_) {}
        int dimension() const override { return d; }
        Real viscosity() const override { return noise; }
        const Density& initial_density() const override { return initial; }
        Jet running_cost(const State& s) const override { return s.log_density; }
        Jet terminal_cost(const State&) const override { return {}; }
        int d;
        Real noise;
        Gaussian initial{make_vector(d, 0), make_vector(d, 0.5)};
    };
    for (const Real noise : {0.0, 0.2})
        for (const int d : noise > 0 ? std::vector<int>{1, 2, 6} : std::vector<int>{1})
            for (const Real shift : {0.0, 0.5}) {
                INFO(d << " dimensions, noise " << noise << ", shift " << shift);
                const Cloud game(d, noise);
                const GameSystem system(game, Unknown::Role::log_density, Coupling::game);
                const FormulaSolution solution(system, [&](const Unknown& unknown, const State& s) {
                    if (unknown.role == Unknown::Role::value) return 0 * s.x[0];
                    const Jet spread = 0.5 + 2 * noise * s.t, first = s.x[0] - shift;
                    const Jet square = norm_squared(s.x) - mfg::square(s.x[0]) + mfg::square(first);
                    return -square / (2 * spread) - Real(d) / 2 * log(two_pi * spread);
                });
                const auto found = population_measures(solution, RandomStream(1, "population"));
                Real expected = 0;
                for (int k = 1; k <= 8; ++k) expected += normal_distance(shift, std::sqrt(0.5 + 2 * noise * k / 8)) / 8;
                CHECK_THAT(found.at("field_distance"), WithinAbs(expected, 0.04));
                CHECK(found.count("sampling_distance") == (noise > 0));
                if (noise > 0) CHECK(found.at("sampling_distance") < 0.05);
            }
}

TEST_CASE("on the torus agents follow the control from any start to their law", "[numerics][agent_law]")
{
    struct Ring final : ErgodicGame {
        explicit Ring(int d) : ErgodicGame(d) {}
        Real viscosity() const override { return 0.5; }
        Jet running_cost(const State& s) const override { return s.log_density; }
    };
    for (const int d : {1, 4}) {
        INFO(d << " dimensions");
        const Ring game(d);
        const GameSystem system(game, Unknown::Role::log_density, Coupling::game);
        // Agents with phi = -nu log m have the density m; the field says that they are everywhere.
        const auto log_density = [](const Jet& x) { return sum(log(1 + 0.5 * cos(two_pi * x))); };
        const auto with_field = [&](Real field) {
            return FormulaSolution(system, [&, field](const Unknown& unknown, const State& s) {
                return (unknown.role == Unknown::Role::value ? Real(-0.5) : field) * log_density(s.x);
            });
        };
        const FormulaSolution wrong = with_field(0), right = with_field(1);
        const AgentLaw law(wrong, RandomStream(1, "law"), AgentLaw::Effort());
        const Matrix x = population_starts(wrong, RandomStream(1, "x"), 400);
        const Vector w = law.log_density_at(x, 0);
        const Matrix expected = right.value("log_density", x);
        Real square = 0;
        for (std::size_t i = 0; i < w.size(); ++i) square += std::pow(w(i) - expected(i, 0), 2) / 400;
        CHECK(std::sqrt(square) < 0.1 * d);
        CHECK(population_measures(right, RandomStream(1, "right")).at("field_distance") < 0.05 * d);
        const Real distance = population_measures(wrong, RandomStream(1, "wrong")).at("field_distance");
        // int |1/2 cos| / 2 in one dimension.
        if (d == 1) CHECK_THAT(distance, WithinAbs(1 / two_pi, 0.03));
        if (d == 4) CHECK(distance > 0.2);
    }
}
