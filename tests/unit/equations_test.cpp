#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "games.hpp"

using namespace mfg;

namespace {

TestGame noisy()
{
    TestGame game;
    game.noise = 0.35;
    game.drift_formula = wind;
    game.running = [](const State& s) { return square(s.x[0]) * (1 + s.t) + exp(0.5 * s.log_density); };
    game.terminal = [](const State& s) { return s.x[1] + 0.3 * square(s.log_density); };
    return game;
}

/// Cost and coupling at rows x, t, w; zeros where they do not exist.
Matrix costs_at(const Matrix& rows,
                const std::function<CostAndCoupling(const Variable& x, const Jet& t, const Variable& w)>& cost)
{
    return map_points(rows, 2, [&](Tape&, const Variable& in) {
        const CostAndCoupling found = cost(in.rows(0, 2), Jet(in.rows(2, 1)), in.rows(3, 1));
        return found.cost.exists() ? vconcat({found.cost, found.coupling}) : Variable{};
    });
}

Matrix with_densities(int count)
{
    const Matrix points = some_points(count);
    Matrix rows = make_matrix(points.shape(0), 4);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        std::copy_n(&points(i, 0), 3, &rows(i, 0));
        rows(i, 3) = 0.2 * static_cast<Real>(i) - 1;
    }
    return rows;
}

}  // namespace

TEST_CASE("the Hamilton-Jacobi operator is that of finite differences of the value function", "[game]")
{
    const TestGame game = noisy();
    const GivenSolution solution(game, some_value, some_log_density);
    const Matrix points = some_points(20);
    const Matrix found =
        solution->map(points, 2, 1, [&](const Fields& f) { return hamilton_jacobi(game, f, f["phi"]); });
    const PointFunction phi = [&](const Matrix& x) { return solution->value("phi", x); };
    const Matrix p = first_difference(phi, points, 0), q = first_difference(phi, points, 1),
                 change = first_difference(phi, points, 2), laplacian = difference_laplacian(phi, points, 2);
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        const Real x = points(i, 0), y = points(i, 1), t = points(i, 2);
        const Real drift = (std::sin(y) + t) * p(i, 0) - 0.3 * x * y * q(i, 0);
        const Real expected =
            -change(i, 0) - 0.35 * laplacian(i, 0) + (p(i, 0) * p(i, 0) + q(i, 0) * q(i, 0)) / (2 * 1.7) - drift;
        CHECK_THAT(found(i, 0), WithinAbs(expected, 1e-8));
    }
}

TEST_CASE("the Kolmogorov equation is that of the fluxes of agents", "[game]")
{
    const TestGame game = noisy();
    const GivenSolution logarithmic(game, some_value, some_log_density),
        direct(game, some_value, some_log_density, Unknown::Role::density);
    const Matrix points = some_points(20);
    const Matrix log_residual = logarithmic->map(
        points, 2, 1, [&](const Fields& f) { return kolmogorov_log(game, f, f["phi"], f["log_density"]); });
    const Matrix residual =
        direct->map(points, 2, 1, [&](const Fields& f) { return kolmogorov(game, f, f["phi"], f["density"]); });
    const PointFunction density = [&](const Matrix& x) { return direct->value("density", x); };
    const PointFunction flux = [&](const Matrix& x) {
        return direct->map(x, 1, 2, [&](const Fields& f) {
            return f["density"].value * direct->velocity(f) - 0.35 * f["density"].gradient;
        });
    };
    const Matrix change = first_difference(density, points, 2), along_x = first_difference(flux, points, 0),
                 along_y = first_difference(flux, points, 1), m = density(points);
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        const Real expected = change(i, 0) + along_x(i, 0) + along_y(i, 1);
        CHECK_THAT(residual(i, 0), WithinAbs(expected, 1e-10));
        CHECK_THAT(m(i, 0) * log_residual(i, 0), WithinAbs(expected, 1e-10));
    }
}

TEST_CASE("the coupling is the derivative of the common cost in the density, or the cost itself", "[game]")
{
    const TestGame game = noisy();
    const Matrix rows = with_densities(12);
    for (const CostPart part : {CostPart::running, CostPart::terminal}) {
        const auto costs = [&](const Matrix& at, Coupling coupling) {
            return costs_at(at, [&](const Variable& x, const Jet& t, const Variable& w) {
                return part == CostPart::running ? running_cost(game, coupling, x, t, w)
                                                 : terminal_cost(game, coupling, x, w);
            });
        };
        // d/dm (m c(x, log m)); rows have m in place of its logarithm.
        Matrix densities = rows;
        for (std::size_t i = 0; i < rows.shape(0); ++i) densities(i, 3) = std::exp(rows(i, 3));
        const PointFunction common = [&](const Matrix& at) {
            Matrix logarithms = at;
            for (std::size_t i = 0; i < at.shape(0); ++i) logarithms(i, 3) = std::log(at(i, 3));
            Matrix products = make_matrix(at.shape(0), 1);
            const Matrix c = costs(logarithms, Coupling::potential);
            for (std::size_t i = 0; i < at.shape(0); ++i) products(i, 0) = at(i, 3) * c(i, 0);
            return products;
        };
        const Matrix slope = first_difference(common, densities, 3, 1e-4);
        const Matrix potential = costs(rows, Coupling::potential), plain = costs(rows, Coupling::game);
        for (std::size_t i = 0; i < rows.shape(0); ++i) {
            CHECK_THAT(potential(i, 1), WithinAbs(slope(i, 0), 1e-9));
            CHECK(plain(i, 1) == plain(i, 0));
            CHECK(plain(i, 0) == potential(i, 0));
        }
    }
    CHECK(depends_on_density(game, CostPart::running));
    CHECK(depends_on_density(game, CostPart::terminal));
}

TEST_CASE("a cost that does not depend on the density is its own coupling; none does not exist", "[game]")
{
    TestGame game;
    game.terminal = [](const State& s) { return s.x[0]; };
    CHECK_FALSE(depends_on_density(game));
    Tape tape;
    tape.begin(false);
    const Variable x = tape.constant(2, 3, 0.7), w = tape.constant(1, 3, 0.2);
    const Jet t(tape.constant(1, 3, 0));
    CHECK_FALSE(running_cost(game, Coupling::potential, x, t, w).cost.exists());
    CHECK_FALSE(running_cost(game, Coupling::potential, x, t, w).coupling.exists());
    CHECK(terminal_cost(game, Coupling::potential, x, w).coupling(0, 1) == 0.7);
    game.terminal = [](const State& s) { return s.x; };
    CHECK_THAT(message_of<Error>([&] { terminal_cost(game, Coupling::potential, x, w); }),
               ContainsSubstring("one number for each agent"));
}

TEST_CASE("what others mean is a part of the running cost, with its own share", "[game]")
{
    TestGame game = noisy();
    const auto kernel = Interaction::of_pairs([](const Jet& s) { return exp(-0.5 * s); });
    const auto attraction = Interaction::with_mean([](const Jet& u) { return 2 * norm_squared(u); });
    Tape tape;
    tape.begin(false);
    const Variable x = tape.constant(2, 1, 1), others = tape.constant(2, 1, 0), w = tape.constant(1, 1, 0);
    const Jet t(tape.constant(1, 1, 0));
    const CostAndCoupling own = running_cost(game, Coupling::game, x, t, w);
    const CostAndCoupling pairs = running_cost(game, Coupling::game, x, t, w, &kernel, others);
    const CostAndCoupling mean = running_cost(game, Coupling::game, x, t, w, &attraction, others);
    const CostAndCoupling alone = running_cost(game, Coupling::game, x, t, w, &kernel);
    CHECK_THAT(pairs.cost(0, 0) - own.cost(0, 0), WithinAbs(std::exp(-1) / 2, 1e-14));
    CHECK_THAT(pairs.coupling(0, 0) - own.coupling(0, 0), WithinAbs(std::exp(-1), 1e-14));
    CHECK_THAT(mean.cost(0, 0) - own.cost(0, 0), WithinAbs(4, 1e-14));
    CHECK_THAT(mean.coupling(0, 0) - own.coupling(0, 0), WithinAbs(4, 1e-14));
    CHECK(alone.cost(0, 0) == own.cost(0, 0));
    // Without a cost of its own there is that of the others.
    game.running = {};
    CHECK_THAT(running_cost(game, Coupling::game, x, t, w, &kernel, others).cost(0, 0),
               WithinAbs(std::exp(-1) / 2, 1e-14));
}
