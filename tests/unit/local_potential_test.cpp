#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/local_potential.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// A plain game whose running cost is a function of place and density.
TestGame plain(const TestGame::Formula& running)
{
    TestGame game;
    game.running = running;
    return game;
}

/// States x, t, w, one a row.
Matrix states()
{
    Matrix rows = make_matrix(40, 4);
    for (Index i = 0; i < 40; ++i) {
        RandomStream(2, "states").uniform(i, 4, &rows(i, 0));
        rows(i, 3) = 8 * rows(i, 3) - 5;
    }
    return rows;
}

Matrix potential_at(const LocalPotential& potential, const Matrix& rows)
{
    return map_points(rows, 1, [&](Tape&, const Variable& in) {
        return potential.integrand(in.rows(0, 2), Jet(in.rows(2, 1)), in.rows(3, 1));
    });
}

}  // namespace

TEST_CASE("a graded rule is exact for polynomials and accurate for logarithms and roots", "[potential]")
{
    const auto integral = [](const UnitIntervalRule& rule, const auto& f) {
        Real sum = 0;
        for (Index k = 0; k < length(rule.weights); ++k) sum += rule.weights(k) * f(rule.log_nodes(k));
        return sum;
    };
    for (const int count : {2, 8, 32, 128})
        for (int power = 0; power <= (count - 2) / 2 && power <= 20; ++power)
            CHECK_THAT((power + 1) * integral(graded_rule(count), [&](Real w) { return std::exp(power * w); }),
                       WithinAbs(1, 1e-12));
    CHECK_THAT(integral(graded_rule(64), [](Real w) { return w; }), WithinAbs(-1, 1e-12));
    CHECK_THAT(integral(graded_rule(64), [](Real w) { return std::exp(w / 2); }), WithinAbs(Real(2) / 3, 1e-12));
    CHECK_THAT(message_of([] { graded_rule(1); }), ContainsSubstring("between 2 and 512"));
}

TEST_CASE("the potential of a plain game is the integral of its cost over densities", "[potential]")
{
    struct Case {
        const char* name;
        TestGame::Formula cost;
        std::function<Real(Real w)> potential;
    };
    std::vector<Case> cases{
        {"log m", [](const State& s) { return 0.3 * s.log_density; }, [](Real w) { return 0.3 * (w - 1); }},
        {"square root", [](const State& s) { return exp(0.5 * s.log_density); },
         [](Real w) { return std::exp(w / 2) / 1.5; }},
        {"log m and m^2", [](const State& s) { return s.log_density + 0.1 * exp(2.0 * s.log_density); },
         [](Real w) { return w - 1 + 0.1 * std::exp(2 * w) / 3; }},
        {"no density", [](const State& s) { return 0 * s.x[0] + 0.7; }, [](Real) { return 0.7; }}};
    for (int power = 1; power <= 12; ++power)
        cases.push_back({"power", [power](const State& s) { return exp(Real(power) * s.log_density); },
                         [power](Real w) { return std::exp(power * w) / (power + 1); }});
    const Matrix rows = states();
    for (const Case& c : cases) {
        const TestGame game = plain(c.cost);
        const LocalPotential potential(game, Coupling::game, CostPart::running);
        const Matrix found = potential_at(potential, rows);
        Real worst = 0;
        for (Index i = 0; i < mfg::rows(rows); ++i) {
            const Real w = rows(i, 3), exact = c.potential(w);
            // log m - 1 has a zero.
            worst = std::max(worst, std::abs(found(i, 0) - exact) / (std::abs(exact) + (c.name[0] == 'l' ? 0.3 : 0)));
        }
        INFO(c.name << ", " << potential.evaluations() << " evaluations");
        CHECK(worst < 1e-10);
    }
    const TestGame logarithmic = plain(cases.front().cost);
    CHECK(LocalPotential(logarithmic, Coupling::game, CostPart::running).evaluations() == 1);
    CHECK(LocalPotential(logarithmic, Coupling::potential, CostPart::running).is_the_cost());
}

TEST_CASE("the coupling is the derivative of the potential", "[potential]")
{
    const TestGame game =
        plain([](const State& s) { return square(s.x[0]) * (1 + s.t) + s.log_density + s.x[1] * exp(s.log_density); });
    const Matrix rows = states();
    for (const Coupling coupling : {Coupling::game, Coupling::potential}) {
        const LocalPotential potential(game, coupling, CostPart::running);
        const Matrix c = potential_at(potential, rows);
        const Matrix slope = first_difference([&](const Matrix& at) { return potential_at(potential, at); }, rows, 3);
        const Matrix found = map_points(rows, 4, [&](Tape&, const Variable& in) {
            const Variable x = in.rows(0, 2), w = in.rows(3, 1);
            const Jet t(in.rows(2, 1));
            const CostAndCoupling both = potential.costs(x, t, w);
            const LocalPotential::Derivatives derivatives = potential.derivatives(x, t, w);
            return vconcat({both.cost, both.coupling, derivatives.coupling, derivatives.slope});
        });
        for (Index i = 0; i < mfg::rows(rows); ++i) {
            CHECK(found(i, 0) == c(i, 0));
            CHECK_THAT(found(i, 1), WithinAbs(c(i, 0) + slope(i, 0), 1e-7 * (1 + std::abs(c(i, 0)))));
            CHECK_THAT(found(i, 2), WithinAbs(found(i, 1), 1e-12 * (1 + std::abs(found(i, 1)))));
            const Real w = rows(i, 3), by_m = rows(i, 1) * std::exp(w);
            CHECK_THAT(found(i, 3), WithinAbs(coupling == Coupling::game ? 1 + by_m : 1 + 2 * by_m, 1e-10));
        }
    }
}

TEST_CASE("a cost without an accurate potential is refused", "[potential]")
{
    for (const TestGame::Formula& cost :
         {TestGame::Formula([](const State& s) { return -exp(-1.0 * s.log_density); }),
          TestGame::Formula([](const State& s) { return sin(200 * exp(s.log_density)); })}) {
        const TestGame game = plain(cost);
        const std::string message =
            message_of<UnsupportedProblem>([&] { LocalPotential(game, Coupling::game, CostPart::running); });
        CHECK_THAT(message,
                   ContainsSubstring("running cost") && ContainsSubstring("take a method that solves the equations"));
        CHECK_NOTHROW(LocalPotential(game, Coupling::potential, CostPart::running));
    }
}
