#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "finite_differences.hpp"
#include "games.hpp"

using namespace mfg;

namespace {

TestGame windy()
{
    TestGame game;
    game.drift_formula = wind;
    return game;
}

/// Points x, t and gradients p.
Matrix with_gradients(int count)
{
    const Matrix points = some_points(count);
    Matrix rows = make_matrix(points.shape(0), 5);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        RandomStream(8, "gradients").normal(i, 2, &rows(i, 3));
        std::copy_n(&points(i, 0), 3, &rows(i, 0));
    }
    return rows;
}

/// A formula of the Hamiltonian at rows x, t, p.
Matrix at(const MeanFieldGame& game, const Matrix& rows, int outputs,
          const std::function<Jet(const Hamiltonian&, const Jet& p)>& formula)
{
    return map_points(rows, outputs, [&](Tape&, const Variable& in) {
        const Hamiltonian h(game, in.rows(0, 2), Jet(in.rows(2, 1)), {});
        return formula(h, Jet(in.rows(3, 2))).value();
    });
}

}  // namespace

TEST_CASE("the velocity of agents is minus the derivative of the Hamiltonian in p", "[game]")
{
    for (const bool drift : {true, false}) {
        const TestGame game = drift ? windy() : TestGame();
        const Matrix rows = with_gradients(20);
        const PointFunction h = [&](const Matrix& x) {
            return at(game, x, 1, [](const Hamiltonian& hamiltonian, const Jet& p) { return hamiltonian(p); });
        };
        const Matrix v =
            at(game, rows, 2, [](const Hamiltonian& hamiltonian, const Jet& p) { return hamiltonian.velocity(p); });
        for (std::size_t k = 0; k < 2; ++k) {
            const Matrix slope = first_difference(h, rows, 3 + k);
            for (std::size_t i = 0; i < rows.shape(0); ++i) CHECK_THAT(v(i, k), WithinAbs(-slope(i, 0), 1e-10));
        }
    }
}

TEST_CASE("the Hamiltonian is that of the formula", "[game]")
{
    const TestGame game = windy();
    const Matrix rows = with_gradients(20);
    const Matrix h = at(game, rows, 1, [](const Hamiltonian& hamiltonian, const Jet& p) { return hamiltonian(p); });
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        const Real x = rows(i, 0), y = rows(i, 1), t = rows(i, 2), p = rows(i, 3), q = rows(i, 4);
        const Real expected = (p * p + q * q) / (2 * 1.7) - (std::sin(y) + t) * p + 0.3 * x * y * q;
        CHECK_THAT(h(i, 0), WithinAbs(expected, 1e-13));
    }
}

TEST_CASE("the Lagrangian is the Legendre transform of the Hamiltonian", "[game]")
{
    const TestGame game = windy();
    const Matrix rows = with_gradients(40);
    const Matrix all = at(game, rows, 4, [](const Hamiltonian& h, const Jet& p) {
        const Jet v = h.velocity(p), other = 0.5 * v + 0.3;
        // L(v) = max_p (-p.v - H(p)), which p with v = -H_p attains.
        const Jet cost = h.control_cost(v);
        return vconcat(vconcat(cost, h.optimal_control_cost(p)),
                       vconcat(cost + dot(p, v) + h(p), h.control_cost(other) + dot(p, other) + h(p)));
    });
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        CHECK_THAT(all(i, 0), WithinRel(all(i, 1), 1e-13));
        CHECK_THAT(all(i, 2), WithinAbs(0, 1e-13));
        CHECK(all(i, 3) > 0);
    }
}

TEST_CASE("the divergence of the velocity is that of finite differences", "[game]")
{
    for (const bool drift : {true, false}) {
        const TestGame game = drift ? windy() : TestGame();
        const GivenSolution solution(game, some_value);
        const Matrix points = some_points(20);
        const Matrix found = solution->map(points, 2, 1, [&](const Fields& f) {
            return Hamiltonian(game, f, {}, true).velocity_divergence(f["phi"]);
        });
        const PointFunction velocity = [&](const Matrix& x) { return solution->velocity_at(x); };
        const Matrix along_x = first_difference(velocity, points, 0), along_y = first_difference(velocity, points, 1);
        for (std::size_t i = 0; i < points.shape(0); ++i)
            CHECK_THAT(found(i, 0), WithinAbs(along_x(i, 0) + along_y(i, 1), 1e-10));
    }
}

TEST_CASE("derivatives flow through the Hamiltonian to points and gradients", "[game]")
{
    const TestGame game = windy();
    const std::vector<LeafValues> leaves{random_leaf(2, 5, 1), random_leaf(1, 5, 2), random_leaf(2, 5, 3)};
    CHECK(gradient_error(
              [&](Tape&, const Variables& v) {
                  const Hamiltonian h(game, v[0], Jet(v[1]), {});
                  const Jet p(v[2]);
                  return vconcat({h(p).value(), h.velocity(p).value(), h.control_cost(p).value()});
              },
              leaves) < 1e-8);
}

TEST_CASE("a drift is found, and must have as many features as space has dimensions", "[game]")
{
    CHECK(has_drift(windy()));
    CHECK_FALSE(has_drift(TestGame()));
    TestGame wrong;
    wrong.drift_formula = [](const State& s) { return s.x[0]; };
    Tape tape;
    tape.begin(false);
    CHECK_THAT(message_of<Error>([&] { Hamiltonian(wrong, tape.constant(2, 3, 0), Jet(tape.constant(1, 3, 0)), {}); }),
               ContainsSubstring("as many features as the space has dimensions"));
    const TestGame calm;
    const Hamiltonian still(calm, tape.constant(2, 3, 0), Jet(tape.constant(1, 3, 0)), {});
    CHECK(still.drift().is_zero());
}
