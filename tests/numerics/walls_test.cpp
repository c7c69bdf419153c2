/// Unknown functions as networks between walls.
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/walls.hpp>

#include "catch.hpp"
#include "numerics/setup.hpp"
#include "unit/games.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// Coordinates with two reflecting faces, periodic ones, a wall and an exit, an exit and a wall.
Box all_kinds()
{
    return {{0, -1, 0, 2},
            {2, 1, 0.5, 3},
            {Face::reflecting, Face::periodic, Face::reflecting, Face::exit},
            {Face::reflecting, Face::periodic, Face::exit, Face::reflecting}};
}

/// Points on one side of the box in coordinate k, with times.
Matrix face_points(const Box& box, Index k, bool high)
{
    constexpr int count = 8;
    Matrix points = make_matrix(count, box.dimension() + 1);
    const RandomStream stream(3, "face");
    for (Index i = 0; i < count; ++i) {
        stream.uniform(i, columns(points), &points(i, 0));
        points(i, box.dimension()) *= 0.4;
    }
    box.from_unit(points);
    xt::col(points, k) = high ? box.high(k) : box.low(k);
    return points;
}

/// The largest derivative of an unknown in coordinate k there.
Real largest_slope(const Solution& solution, const std::string& unknown, Index k, const Matrix& points)
{
    const Matrix slopes = solution.map(points, 1, 1, [&](const Fields& f) { return f[unknown].gradient[k]; });
    return xt::amax(xt::abs(slopes))();
}

std::vector<std::string> boundary_equations(const PdeSystem& system)
{
    std::vector<std::string> names;
    for (const Equation& equation : system.equations())
        if (equation.where == Where::boundary) names.push_back(equation.name);
    return names;
}

}  // namespace

TEST_CASE("networks are even across reflecting walls and periodic where the box is, and free elsewhere", "[walls]")
{
    const Box box = all_kinds();
    const BoxGame game(box);
    FieldSettings settings;
    settings.harmonics = GENERATE(1, 2);
    FieldOptions options;
    options.form = Unknown::Role::density;
    const FieldSetup parts(game, settings, options);
    const Vector theta = parts.parameters();
    const NetworkSolution solution(*parts.fields, theta);
    for (const std::string unknown : {"phi", "density"}) {
        INFO(unknown << ", harmonics " << settings.harmonics);
        CHECK(largest_slope(solution, unknown, 0, face_points(box, 0, false)) < 1e-13);
        CHECK(largest_slope(solution, unknown, 0, face_points(box, 0, true)) < 1e-13);
        CHECK(largest_slope(solution, unknown, 2, face_points(box, 2, false)) < 1e-13);
        CHECK(largest_slope(solution, unknown, 3, face_points(box, 3, true)) < 1e-13);
        CHECK(largest_slope(solution, unknown, 2, face_points(box, 2, true)) > 1e-3);
        CHECK(largest_slope(solution, unknown, 3, face_points(box, 3, false)) > 1e-3);
        const Matrix low = solution.value(unknown, face_points(box, 1, false)),
                     high = solution.value(unknown, face_points(box, 1, true));
        CHECK(xt::amax(xt::abs(low - high))() < 1e-13);
    }
    CHECK(boundary_equations(*parts.system) == std::vector<std::string>{"exit", "exit_density"});
}

TEST_CASE("what drifts to a wall is not even: its flux is an equation", "[walls]")
{
    BoxGame game(Box::unit(2, Face::reflecting));
    const auto names = [&](GameSystem::Walls walls) {
        const GameSystem system(game, Unknown::Role::log_density, game.coupling(), walls);
        return boundary_equations(system);
    };
    CHECK(names(GameSystem::Walls::even).empty());
    CHECK(names(GameSystem::Walls::equations) == std::vector<std::string>{"reflection", "flux"});
    // Along the walls.
    game.drift_formula = [](const State& s) { return vconcat(sin(pi * s.x[0]), s.t * sin(pi * s.x[1])); };
    CHECK(names(GameSystem::Walls::even).empty());
    game.drift_formula = [](const State& s) { return vconcat(0.3 + 0 * s.x[0], 0 * s.x[1]); };
    CHECK(names(GameSystem::Walls::even) == std::vector<std::string>{"flux"});

    // Without control, m = exp(0.3 x_1 / nu) carries no flux through the walls.
    const GameSystem system(game, Unknown::Role::log_density, game.coupling());
    const auto flux_of = [&](Real rate) {
        const FormulaSolution solution(system, [rate](const Unknown& unknown, const State& s) {
            return unknown.role == Unknown::Role::value ? 0 * s.x[0] : rate * s.x[0];
        });
        const Matrix points = system.boundary_points(RandomStream(3, "walls"), 64);
        const Matrix flux = solution.map(points, 1, 1, [&](const Fields& f) {
            for (const Equation& equation : system.equations())
                if (equation.name == "flux") return equation.residual(f);
            return Jet{};
        });
        return xt::amax(xt::abs(flux))();
    };
    CHECK(flux_of(0.3 / 0.5) < 1e-13);
    CHECK(flux_of(0.5) > 0.01);
}

TEST_CASE("an ansatz keeps what holds at exits, if that fits the start and the end", "[walls]")
{
    const auto problem = Registry().create<Problem>("exit_time", {{"dimension", "2"}});
    const MeanFieldGame& game = *problem->mean_field_game();
    FieldSettings hard;
    hard.hard = {true, true};
    FieldOptions options;
    options.form = Unknown::Role::density;
    const FieldSetup parts(*problem, hard, options);
    const NetworkSolution solution(*parts.fields, parts.parameters());
    const auto compare = [&](const Matrix& points, bool at_exits) {
        const FormulaSolution exact(*parts.system, *game.reference());
        for (const char* unknown : {"phi", "density"}) {
            if (!at_exits && std::string(unknown) == (points(0, 2) == 0 ? "phi" : "density")) continue;
            const Matrix off = solution.value(unknown, points) - exact.value(unknown, points);
            CHECK(xt::amax(xt::abs(off))() < 1e-12);
        }
    };
    compare(parts.system->boundary_points(RandomStream(3, "walls"), 64), true);
    Matrix points = make_matrix(32, 3);
    for (Index i = 0; i < 32; ++i) RandomStream(3, "points").uniform(i, 2, &points(i, 0));
    compare(points, false);
    xt::col(points, 2) = game.horizon();
    compare(points, false);

    // An exit that costs something, and an end that does not know that.
    const BoxGame other(Box::unit(1, Face::exit));
    const GameSystem system(other, Unknown::Role::density, other.coupling());
    CHECK_FALSE(system.has_hard_condition("phi"));
    CHECK_FALSE(system.has_hard_condition("density"));
    BoxGame fitting(Box::unit(1, Face::exit));
    fitting.end = 5.4;
    CHECK(GameSystem(fitting, std::nullopt, fitting.coupling()).has_hard_condition("phi"));

    // Between walls what the ansatz contains is even: here that is constant. Networks that are not even keep nothing.
    const BoxGame room(Box::unit(2, Face::reflecting));
    const auto hard_between_walls = [](const MeanFieldGame& of, GameSystem::Walls walls) {
        return GameSystem(of, Unknown::Role::log_density, of.coupling(), walls).has_hard_condition("phi");
    };
    CHECK(hard_between_walls(room, GameSystem::Walls::even));
    CHECK_FALSE(hard_between_walls(room, GameSystem::Walls::equations));
    class Sloping final : public BoxGame {
    public:
        using BoxGame::BoxGame;
        Jet terminal_cost(const State& s) const override { return s.x[0]; }
    };
    CHECK_FALSE(hard_between_walls(Sloping(Box::unit(2, Face::reflecting)), GameSystem::Walls::even));
}
