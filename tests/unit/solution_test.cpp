#include <mfg/assessment/assessment.hpp>
#include <mfg/base/error.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <cmath>

using namespace mfg;

namespace {

const TestGame game;
const GivenSolution given(game, some_value, some_log_density);
const Solution& solution = given;
using Part = Solution::Part;

Jet phi_and_slopes(const Fields& f)
{
    const FieldValues& phi = f["phi"];
    return vconcat(vconcat(phi.value, phi.gradient), vconcat(phi.time_derivative, phi.laplacian));
}

}  // namespace

TEST_CASE("a formula is mapped over points, each by itself", "[solution]")
{
    const Matrix points = some_points(1500), all = solution.map(points, 2, 5, phi_and_slopes);
    REQUIRE(all.shape(0) == 1500);
    REQUIRE(all.shape(1) == 5);
    for (const std::size_t i : {std::size_t(0), std::size_t(700), std::size_t(1499)}) {
        Matrix one = make_matrix(1, 3);
        std::copy_n(&points(i, 0), 3, &one(0, 0));
        const Matrix alone = solution.map(one, 2, 5, phi_and_slopes);
        for (std::size_t k = 0; k < 5; ++k) CHECK_THAT(alone(0, k), WithinAbs(all(i, k), 1e-14));
        const Real x = points(i, 0), y = points(i, 1), t = points(i, 2);
        CHECK_THAT(all(i, 0), WithinAbs(std::sin(x) * std::cos(0.7 * y) + t * y + 0.2 * t * t, 1e-14));
        CHECK_THAT(all(i, 2), WithinAbs(-0.7 * std::sin(x) * std::sin(0.7 * y) + t, 1e-14));
        CHECK_THAT(all(i, 3), WithinAbs(y + 0.4 * t, 1e-14));
        CHECK_THAT(all(i, 4), WithinAbs(-1.49 * std::sin(x) * std::cos(0.7 * y), 1e-14));
    }
    CHECK(solution.map(make_matrix(0, 3), 2, 5, phi_and_slopes).shape(0) == 0);
}

TEST_CASE("what a formula has not is zero, and points of another dimension are refused", "[solution]")
{
    const Matrix none = solution.map(some_points(4), 0, 2, [](const Fields&) { return Jet{}; });
    for (const Real number : none) CHECK(number == 0);
    CHECK_THAT(message_of<Error>([] { solution.value("phi", make_matrix(4, 2)); }),
               ContainsSubstring("points need 3 numbers each; these have 2"));
    CHECK_THAT(message_of<Error>([] { solution.value("psi", some_points(1)); }),
               ContainsSubstring("there is no unknown 'psi'"));
    CHECK_THAT(message_of<Error>([] { solution.constant("lambda"); }), ContainsSubstring("no constant 'lambda'"));
}

TEST_CASE("fields know what was asked for, and no more", "[solution]")
{
    Tape tape;
    tape.begin(false);
    const Variable at = tape.constant(3, 2, 0.4);
    const Fields values = solution.fields(tape, at, 2, Part::values),
                 densities = solution.fields(tape, at, 1, Part::densities);
    CHECK_FALSE(values["phi"].laplacian.is_zero());
    CHECK(values["log_density"].value.is_zero());
    CHECK(densities["phi"].value.is_zero());
    CHECK_FALSE(densities["log_density"].gradient.is_zero());
    CHECK(densities["log_density"].laplacian.is_zero());
    CHECK(solution.fields(tape, at, 0)["phi"].gradient.is_zero());
    CHECK(values.x.features() == 2);
    CHECK(values.t.value()(0, 0) == 0.4);
}

TEST_CASE("fields of a jet: constants have derivatives that are zero", "[solution]")
{
    Tape tape;
    tape.begin(false);
    const JetShape shape = JetShape::of(2, 2, true);
    const Jet at = Jet::coordinates(tape.constant(3, 2, 0.5), shape);
    const FieldValues square = FieldValues::of(norm_squared(at.features(0, 2)) * at[2], shape);
    CHECK(square.value.value()(0, 1) == 0.25);
    CHECK(square.gradient.features() == 2);
    CHECK(square.gradient.value()(1, 0) == 0.5);
    CHECK(square.time_derivative.value()(0, 0) == 0.5);
    CHECK(square.laplacian.value()(0, 0) == 2);
    const FieldValues constant = FieldValues::of(Jet(tape.constant(1, 2, 7)), shape);
    CHECK(constant.value.value()(0, 0) == 7);
    CHECK(constant.gradient.features() == 2);
    CHECK(constant.time_derivative.value()(0, 1) == 0);
    CHECK(constant.laplacian.value()(0, 1) == 0);
    CHECK(FieldValues::of({}, shape).value.is_zero());
    const JetShape space = JetShape::of(1, 3, false);
    const FieldValues stationary = FieldValues::of(Jet::coordinates(tape.constant(3, 2, 0.5), space)[0], space);
    CHECK(stationary.time_derivative.is_zero());
    CHECK(stationary.gradient.features() == 3);
    CHECK(stationary.laplacian.is_zero());
}

TEST_CASE("velocities and densities follow from the fields", "[solution]")
{
    const Matrix points = some_points(5), v = solution.velocity_at(points);
    Matrix x = make_matrix(5, 2);
    for (std::size_t i = 0; i < 5; ++i) {
        std::copy_n(&points(i, 0), 2, &x(i, 0));
        CHECK_THAT(v(i, 0), WithinAbs(-std::cos(points(i, 0)) * std::cos(0.7 * points(i, 1)) / 1.7, 1e-14));
    }
    const Matrix at_once = solution.velocity_at(x, 0.3), rows = solution.velocity_at(with_time(game, x, 0.3));
    CHECK((at_once == rows));

    // The density itself may be the unknown.
    const GivenSolution direct(game, some_value, some_log_density, Unknown::Role::density), blind(game, some_value);
    const auto log_density = [](const Solution& s) {
        return s.map(some_points(5), 0, 1, [&s](const Fields& f) { return s.log_density(f); });
    };
    const Matrix w = log_density(solution), other = log_density(direct);
    for (std::size_t i = 0; i < 5; ++i) CHECK_THAT(other(i, 0), WithinAbs(w(i, 0), 1e-8));
    CHECK((solution.value("log_density", points) == w));
    for (const Real none : log_density(blind)) CHECK(none == 0);
}

TEST_CASE("a solution without parameters has none, and takes what its problem says", "[solution]")
{
    CHECK(solution.layout().size() == 0);
    CHECK(solution.parameters().size() == 0);
    CHECK(solution.coordinates() == 3);
    CHECK(solution.coupling() == Coupling::potential);
    CHECK_FALSE(solution.reference());
    CHECK_FALSE(solution.value_up_to_constant());
    CHECK(solution.constants().empty());
    CHECK(solution.tracked().empty());
}

TEST_CASE("tables of a solution have all that is known of each unknown", "[solution]")
{
    const Matrix points = some_points(7);
    const std::vector<FieldTable> tables = evaluate(solution, points);
    REQUIRE(tables.size() == 2);
    CHECK(tables[0].name == "phi");
    CHECK(tables[1].name == "log_density");
    for (const FieldTable& table : tables) {
        const PointFunction value = [&](const Matrix& at) { return solution.value(table.name, at); };
        const Matrix v = value(points), change = first_difference(value, points, 2),
                     laplacian = difference_laplacian(value, points, 2);
        REQUIRE(table.value.size() == 7);
        REQUIRE(table.gradient.shape(1) == 2);
        for (std::size_t i = 0; i < 7; ++i) {
            CHECK(table.value(i) == v(i, 0));
            CHECK_THAT(table.time_derivative(i), WithinAbs(change(i, 0), 1e-10));
            CHECK_THAT(table.laplacian(i), WithinAbs(laplacian(i, 0), 1e-8));
        }
        for (std::size_t k = 0; k < 2; ++k) {
            const Matrix slope = first_difference(value, points, k);
            for (std::size_t i = 0; i < 7; ++i) CHECK_THAT(table.gradient(i, k), WithinAbs(slope(i, 0), 1e-10));
        }
    }

    /// A system without time, of a value with its slope and of a density without.
    class Ramp final : public PdeSystem {
    public:
        int dimension() const override { return 1; }
        bool stationary() const override { return true; }
        std::vector<Unknown> unknowns() const override
        {
            return {{"u", Unknown::Role::value, 1, 1}, {"m", Unknown::Role::density, 1, 0}};
        }
        std::vector<std::string> constants() const override { return {"c"}; }
        std::vector<Equation> equations() const override { return {}; }
        Jet velocity(const Fields& f) const override { return f["u"].gradient; }
    };
    const Ramp ramp;
    const FormulaSolution stationary(
        ramp, [](const Unknown& unknown, const State& s) { return unknown.name == "u" ? 3 * s.x : square(s.x); }, {5});
    const std::vector<FieldTable> known = evaluate(stationary, make_matrix(2, 1, 2));
    CHECK(known[0].value(0) == 6);
    CHECK(known[0].gradient(1, 0) == 3);
    CHECK(known[0].time_derivative.size() == 0);
    CHECK(known[0].laplacian.size() == 0);
    CHECK(known[1].value(1) == 4);
    CHECK(known[1].gradient.size() == 0);
    CHECK(stationary.constant("c") == 5);
    CHECK(stationary.refined_constant({make_matrix(1, 1)}).value == 5);
    CHECK(assess(stationary, RandomStream(1, "assess"), 16).at("constants").at("c_trained") == 5);
    CHECK((with_time(ramp, make_matrix(2, 1, 2), 0.5) == make_matrix(2, 1, 2)));
}
