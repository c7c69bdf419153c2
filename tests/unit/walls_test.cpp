#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/game/walls.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/random/monte_carlo.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <cmath>

using namespace mfg;

namespace {

const RandomStream stream(5, "walls");

Matrix all_at(Index count, const Vector& place)
{
    Matrix x = make_matrix(count, length(place));
    for (Index i = 0; i < count; ++i)
        for (Index k = 0; k < length(place); ++k) x(i, k) = place(k);
    return x;
}

/// The probability that Brownian motion of variance 2 nu t from x stays in (0,1): its Fourier series.
Real survival(Real x, Real nu_t)
{
    Real sum = 0;
    for (int n = 1; n < 200; n += 2) sum += 4 / (n * pi) * std::sin(n * pi * x) * std::exp(-n * n * pi * pi * nu_t);
    return sum;
}

}  // namespace

TEST_CASE("points of faces have outward normals, and the distance from exits vanishes there", "[walls]")
{
    const Box box{{0, -1}, {1, 3}, {Face::reflecting, Face::exit}, {Face::exit, Face::exit}};
    const Real points[] = {0, 1, 0.5, 0.25, 0, 0, -1, 1};
    Tape tape;
    tape.begin(false);
    const Variable x = tape.constant_view(points, 2, 4);
    const Variable walls = outward_normals(box, Face::reflecting, x), exits = outward_normals(box, Face::exit, x);
    CHECK((walls(0, 0) == -1 && walls(0, 1) == 0 && walls(1, 2) == 0));
    CHECK((exits(0, 0) == 0 && exits(0, 1) == 1 && exits(1, 2) == -1 && exits(0, 3) == 0));
    const Variable mask = on_faces(box, Face::exit, x);
    CHECK((mask(0, 0) == 0 && mask(0, 1) == 1 && mask(0, 2) == 1 && mask(0, 3) == 0));
    const Variable distance = distance_from_exits(box, Jet(x)).value();
    CHECK((distance(0, 1) == 0 && distance(0, 2) == 0));
    CHECK_THAT(distance(0, 0), WithinAbs(0.75, 1e-15));
    CHECK_THAT(distance(0, 3), WithinAbs(0.75, 1e-15));
}

TEST_CASE("reflected agents are Brownian motion between walls", "[walls]")
{
    // Reflection keeps the uniform law, and cos(pi y) decays by exp(-nu pi^2 t / width^2), at any length of steps.
    const Box box{{-1}, {1}, {Face::reflecting}, {Face::reflecting}};
    const BoxGame game(box);
    const GivenSolution solution(game, at_rest);
    const Simulation agents = simulate(solution, all_at(1 << 15, {-0.6}), {2}, stream);
    CHECK(agents.left.size() == 0);
    MonteCarloMean cosine;
    for (const Real x : agents.at(2)) {
        REQUIRE((x >= -1 && x <= 1));
        cosine.add(std::cos(pi * (x + 1) / 2));
    }
    const Real exact = std::cos(pi * 0.2) * std::exp(-0.5 * pi * pi / 4 * 0.4);
    CHECK(std::abs(cosine.mean() - exact) < 4 * cosine.standard_error());

    const Simulation everywhere =
        simulate(solution, game.initial_density().sample(stream.part("starts"), 1 << 14), {2}, stream);
    MonteCarloMean mean, square;
    for (const Real x : everywhere.at(2)) {
        mean.add(x);
        square.add(x * x);
    }
    CHECK(std::abs(mean.mean()) < 4 * mean.standard_error());
    CHECK(std::abs(square.mean() - Real(1) / 3) < 4 * square.standard_error());
}

TEST_CASE("agents leave as Brownian motion does, also between the times of steps", "[walls]")
{
    const BoxGame game(Box::unit(1, Face::exit));
    const GivenSolution solution(game, at_rest);
    const Simulation agents = simulate(solution, all_at(1 << 15, {0.3}), {4, 8}, stream);
    for (Index node = 0; node <= 4; ++node) {
        const Real exact = node == 0 ? 1 : survival(0.3, 0.5 * 0.1 * static_cast<Real>(node));
        const Real deviation = std::sqrt(exact * (1 - exact) / (1 << 15));
        CHECK(std::abs(agents.present(node) - exact) <= 4 * deviation);
    }
    // At 4 steps of the whole time a rule that looks at the ends of steps alone would miss a third of them.
    const Simulation coarse = simulate(solution, all_at(1 << 15, {0.3}), {4}, stream);
    const Real exact = survival(0.3, 0.2);
    CHECK(std::abs(coarse.present(4) - exact) < 0.12 * exact);
    for (Index i = 0; i < 100; ++i)
        if (const Real t = agents.left(i); std::isfinite(t)) {
            const Real end = agents.positions(4, i, 0);
            CHECK((end == 0 || end == 1));
            CHECK((t > 0 && t <= 0.4));
        }
}

TEST_CASE("who leaves pays until then, and the exit; who stays pays for the end", "[walls]")
{
    const BoxGame game(Box::unit(2, Face::exit), 0.05);
    const GivenSolution solution(game, at_rest);
    SimulationSettings settings{4, 8};
    settings.with_costs = true;
    const Simulation agents =
        simulate(solution, game.initial_density().sample(stream.part("starts"), 512), settings, stream);
    int gone = 0;
    for (Index i = 0; i < 512; ++i) {
        const bool leaves = std::isfinite(agents.left(i));
        gone += leaves;
        CHECK_THAT(agents.running(i), WithinAbs(2 * (leaves ? agents.left(i) : 0.4), 1e-12));
        CHECK_THAT(agents.exit(i), WithinAbs(leaves ? 5 + agents.left(i) : 0, 1e-12));
        CHECK(agents.terminal(i) == (leaves ? 0 : 3));
    }
    CHECK((gone > 50 && gone < 500));
}

TEST_CASE("agents who follow an exact solution leave and pay as it says, to first order in the step", "[walls]")
{
    // The density is known: its mass is the share of those who are still inside, and the mean of phi what all pay.
    for (const int d : {1, 2}) {
        const auto problem =
            Registry().create<Problem>("exit_time", {{"dimension", std::to_string(d)}, {"horizon", "0.5"}});
        const MeanFieldGame& game = *problem->mean_field_game();
        const GameSystem system(game, std::nullopt, game.coupling());
        const FormulaSolution solution(system, *game.reference());
        constexpr int agents = 1 << 15;
        const Matrix starts = game.initial_density().sample(stream.part("starts"), agents);
        Real mass = 0;
        constexpr int cells = 64;
        Matrix grid = make_matrix(d == 1 ? cells : cells * cells, d + 1, 0.5);
        for (Index i = 0; i < rows(grid); ++i) {
            grid(i, 0) = (static_cast<Real>(i % cells) + 0.5) / cells;
            if (d == 2) grid(i, 1) = (static_cast<Real>(i / cells) + 0.5) / cells;
        }
        const GameSystem with_density(game, Unknown::Role::density, game.coupling());
        for (const Real m : FormulaSolution(with_density, *game.reference()).value("density", grid))
            mass += m / static_cast<Real>(rows(grid));
        MonteCarloMean expected;
        for (const Real phi : solution.value("phi", with_time(game, starts, 0))) expected.add(phi);

        const auto run = [&](int steps) {
            SimulationSettings settings{1, steps};
            settings.with_costs = true;
            const Simulation paths = simulate(solution, starts, settings, stream);
            MonteCarloMean paid;
            for (Index i = 0; i < agents; ++i)
                paid.add(paths.transport(i) + paths.running(i) + paths.terminal(i) + paths.exit(i));
            return std::pair{paths.present(1) - mass, paid.mean() - expected.mean()};
        };
        const auto [left_coarse, paid_coarse] = run(16);
        const auto [left_fine, paid_fine] = run(64);
        INFO("dimension " << d << ": mass " << mass << ", errors " << left_coarse << ", " << left_fine << "; paid "
                          << expected.mean() << ", errors " << paid_coarse << ", " << paid_fine);
        const Real noise = 3 * std::sqrt(mass * (1 - mass) / agents);
        CHECK(std::abs(left_fine) < noise + std::abs(left_coarse) / 3);
        CHECK(std::abs(left_fine) < 0.01 * mass + noise);
        CHECK(std::abs(paid_fine) < 0.01 * expected.mean());
    }
}

TEST_CASE("faces of a domain that make no sense are refused in one line", "[walls]")
{
    const auto refusal = [](const Box& box) {
        const BoxGame game(box);
        return message_of<Error>([&] { require_settings(game); });
    };
    const std::vector<Face> walls{Face::reflecting, Face::exit};
    CHECK(refusal({{0, 0}, {1, 2}, walls, walls}).empty());
    CHECK_THAT(refusal({{0, 0}, {1, 1}, {Face::periodic, Face::exit}, walls}),
               ContainsSubstring("domain() is periodic on one side only in coordinate 0"));
    CHECK_THAT(refusal({{0, 0}, {1, 1}}), ContainsSubstring("domain() has an open face in coordinate 0"));
    CHECK_THAT(refusal({{0, 0}, {1, 1}, {Face::exit}, {Face::exit}}), ContainsSubstring("1 lower and 1 upper faces"));

    const auto equations = [](const MeanFieldGame& game, std::optional<Unknown::Role> form) {
        return message_of<UnsupportedProblem>([&] { GameSystem(game, form, game.coupling()); });
    };
    const BoxGame exits(Box::unit(2, Face::exit)), still(Box::unit(2, Face::reflecting), 0);
    CHECK_THAT(equations(exits, Unknown::Role::log_density), ContainsSubstring("the density is zero at the exits"));
    CHECK(equations(exits, Unknown::Role::density).empty());
    CHECK_THAT(equations(still, std::nullopt), ContainsSubstring("agents meet walls by noise"));
}
