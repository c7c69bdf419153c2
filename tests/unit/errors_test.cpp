#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/standard_figures.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/method_checks.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <cmath>

using namespace mfg;

namespace {

const RandomStream stream(3, "errors");

Jet ring_value(const State& s)
{
    return sin(two_pi * s.x[0]) + 0.5 * cos(two_pi * s.x[1]);
}
Jet ring_log_density(const State& s)
{
    return log(1 + 0.5 * cos(two_pi * s.x[0]));
}

/// A game on the torus with a known solution.
class Ring final : public ErgodicGame {
public:
    Ring() : ErgodicGame(2) {}
    Real viscosity() const override { return 0.5; }
    std::optional<Reference> reference() const override
    {
        Reference exact;
        exact.value = ring_value;
        exact.log_density = ring_log_density;
        exact.constant = 1.5;
        return exact;
    }
};

/// Functions as the solution of the ring, with a constant.
struct RingSolution {
    RingSolution(TestGame::Formula phi, TestGame::Formula w, Real lambda)
        : system(ring, Unknown::Role::log_density, ring.coupling()),
          solution(
              system,
              [phi, w](const Unknown& u, const State& s) { return u.role == Unknown::Role::value ? phi(s) : w(s); },
              {lambda})
    {
    }
    std::map<std::string, Real> errors() const { return solution_errors(solution, stream, 4000); }

    Ring ring;
    GameSystem system;
    FormulaSolution solution;
};

std::vector<std::string> names_of(const std::map<std::string, Real>& errors)
{
    std::vector<std::string> names;
    for (const auto& [name, error] : errors) names.push_back(name);
    return names;
}

std::vector<std::string> sorted(std::vector<std::string> names)
{
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("relative distances of arrays", "[errors]")
{
    Matrix a = make_matrix(2, 2, 1), b = make_matrix(2, 2, 2);
    CHECK(relative_l2(a, b) == 0.5);
    b(0, 0) = 4;
    CHECK_THAT(relative_l2(a, b), WithinRel(std::sqrt((9.0 + 3) / (16 + 12)), 1e-15));
    // Without means the difference is 1.5 and -0.5 three times, as is the exact array.
    CHECK_THAT(relative_l2(a, b, true), WithinRel(1, 1e-15));
    a = b + Real(7);
    CHECK(relative_l2(a, b, true) < 1e-14);
}

TEST_CASE("distances from what is zero are in units of what it could be", "[errors]")
{
    const Matrix a = make_matrix(3, 2, 3), zero = make_matrix(3, 2), little = make_matrix(3, 2, 1e-3);
    CHECK_THAT(relative_l2(a, zero, false, 2), WithinRel(1.5, 1e-15));
    CHECK_THAT(relative_l2(a, zero), WithinRel(3, 1e-15));
    CHECK(relative_l2(zero, zero) == 0);
    CHECK_THAT(relative_l2(a, little, false, 2), WithinRel(2999, 1e-12));
    CHECK_THAT(relative_l2(a, little, false, 1000), WithinRel(2.999e-3, 1e-12));
}

TEST_CASE("the exact solution has no errors", "[errors]")
{
    const RingSolution exact(ring_value, ring_log_density, 1.5);
    const auto errors = exact.errors();
    CHECK(names_of(errors) == sorted(error_names(exact.solution)));
    CHECK(errors.size() == 7);
    for (const auto& [name, error] : errors) {
        INFO(name);
        CHECK(error < 1e-12);
    }
}

TEST_CASE("errors on the torus are those of the functions", "[errors]")
{
    // The constant in phi is not determined.
    const RingSolution shifted([](const State& s) { return ring_value(s) + 0.7; },
                               [](const State& s) { return ring_log_density(s) + std::log(1.2); }, 1.4);
    const auto shift = shifted.errors();
    CHECK(shift.at("value") < 1e-12);
    CHECK(shift.at("gradient") < 1e-12);
    CHECK(shift.at("control") < 1e-12);
    CHECK_THAT(shift.at("density"), WithinRel(0.2, 1e-10));
    CHECK_THAT(shift.at("constant_trained"), WithinRel(0.1, 1e-10));
    CHECK_THAT(shift.at("constant"), WithinRel(0.1, 1e-10));

    const RingSolution scaled([](const State& s) { return 1.1 * ring_value(s); },
                              [](const State& s) { return 0.5 * ring_log_density(s); }, 1.5);
    const auto scale = scaled.errors();
    for (const char* name : {"value", "gradient", "control"}) CHECK_THAT(scale.at(name), WithinRel(0.1, 1e-10));
    CHECK_THAT(scale.at("log_density"), WithinRel(0.5, 1e-10));

    // sin has the square mean 1/2, that of the exact value is 1/2 + 1/8.
    const RingSolution bent([](const State& s) { return ring_value(s) + 0.1 * sin(two_pi * s.x[1]); }, ring_log_density,
                            1.5);
    CHECK_THAT(bent.errors().at("value"), WithinRel(0.1 * std::sqrt(0.5 / 0.625), 0.05));
}

TEST_CASE("with time, errors are those where the population is", "[errors]")
{
    // Agents stand still at N(0, 1) in both coordinates.
    TestGame game;
    Reference exact;
    exact.value = [](const State& s) { return s.x[0] * (1 + s.t); };
    exact.log_density = [](const State& s) { return -0.5 * norm_squared(s.x) - std::log(two_pi); };
    exact.population = [](const RandomStream& from, int count) {
        return with_uniform_times(Gaussian::isotropic(2, {}, 1).sample(from, count), from, 1.5);
    };
    game.exact = exact;
    const GivenSolution solution(
        game, [](const State& s) { return s.x[0] * (1 + s.t) + 0.1; },
        [](const State& s) { return -0.5 * norm_squared(s.x) - std::log(two_pi) + 0.05 * s.x[1]; });
    const auto errors = solution_errors(solution, stream, 20000);
    CHECK(names_of(errors) == sorted(error_names(solution)));
    CHECK(sorted(error_names(solution)) ==
          std::vector<std::string>{"control", "gradient", "log_density", "value", "value_l1"});
    CHECK(errors.at("gradient") < 1e-14);
    CHECK(errors.at("control") < 1e-14);
    // E (1 + t)^2 = 3.25 and E (1 + t) = 1.75 for t in (0, 1.5); E |x| = sqrt(2 / pi).
    CHECK_THAT(errors.at("value"), WithinRel(0.1 / std::sqrt(3.25), 0.03));
    CHECK_THAT(errors.at("value_l1"), WithinRel(0.1 / (1.75 * std::sqrt(4 / two_pi)), 0.03));
    const Real c = std::log(two_pi), square = 2 + c * c + 2 * c;  // E (|x|^2 / 2 + c)^2
    CHECK_THAT(errors.at("log_density"), WithinRel(0.05 / std::sqrt(square), 0.03));
}

TEST_CASE("without points of the exact population those that follow the solution do", "[errors]")
{
    TestGame game;
    Reference exact;
    exact.value = [](const State& s) { return 0 * s.x[0] + s.t; };
    game.exact = exact;
    const GivenSolution solution(game, [](const State& s) { return s.x[0] + s.t; });
    const auto errors = solution_errors(solution, stream, 4096);
    CHECK(errors.count("log_density") == 0);
    // Agents start at 0.3 with variance 0.4 and move by -t / 1.7.
    MonteCarloMean square;
    const Matrix starts = game.initial_density().sample(stream, 20000);
    for (std::size_t i = 0; i < starts.shape(0); ++i) {
        const Real t = 1.5 * static_cast<Real>(i % 17) / 16, x = starts(i, 0) - t / 1.7;
        square.add(x * x);
    }
    const Real squared_times = 2.25 * 1496 / (17 * 256);  // 0 to 1.5 in 16 steps
    CHECK_THAT(errors.at("value"), WithinRel(std::sqrt(square.mean() / squared_times), 0.05));
    // The exact gradient and control are zero: speeds are relative to a population of deviation about 0.66 in time 1.5.
    CHECK_THAT(errors.at("control"), WithinRel(std::sqrt(0.5) / 1.7 * 1.5 / 0.66, 0.1));
    CHECK(errors.at("gradient") > 0.1);
    CHECK(errors.at("gradient") < 10);
}

TEST_CASE("where nothing exact is known there are no errors", "[errors]")
{
    const TestGame game;
    const GivenSolution solution(game, some_value);
    CHECK(solution_errors(solution, stream, 100).empty());
    CHECK(error_names(solution).empty());
    TestGame half;
    half.exact = Reference{};
    const GivenSolution other(half, some_value);
    CHECK(solution_errors(other, stream, 100).empty());
}

TEST_CASE("uniform points fill the domain", "[errors]")
{
    /// A box, with time.
    class Boxed final : public PdeSystem {
    public:
        int dimension() const override { return 2; }
        Real horizon() const override { return 3; }
        std::optional<Box> domain() const override
        {
            Box box{make_vector(2, -1), make_vector(2, 4)};
            box.high(1) = 0;
            return box;
        }
        std::vector<Unknown> unknowns() const override { return {{"u"}}; }
        std::vector<Equation> equations() const override { return {}; }
    };
    const Matrix in_box = uniform_points(Boxed(), stream, 2000), on_torus = uniform_points(Ring(), stream, 2000);
    REQUIRE(in_box.shape(1) == 3);
    REQUIRE(on_torus.shape(1) == 2);
    const auto spread = [](const Matrix& points, std::size_t column, Real low, Real high) {
        MonteCarloMean mean;
        for (std::size_t i = 0; i < points.shape(0); ++i) {
            CHECK(points(i, column) >= low);
            CHECK(points(i, column) <= high);
            mean.add(points(i, column));
        }
        CHECK(std::abs(mean.mean() - (low + high) / 2) < 4 * mean.standard_error());
    };
    spread(in_box, 0, -1, 4);
    spread(in_box, 1, -1, 0);
    spread(in_box, 2, 0, 3);
    spread(on_torus, 0, 0, 1);
    spread(on_torus, 1, 0, 1);
}

TEST_CASE("standard figures show the solution beside the exact one", "[errors]")
{
    const RingSolution bent([](const State& s) { return ring_value(s) + 0.1; }, ring_log_density, 1.5);
    const Solution& solution = bent.solution;
    const std::vector<Figure> figures = standard_figures(solution);
    const CheckResult sound = check_figures(figures, "figures");
    INFO(sound.measured);
    CHECK(sound.passed);
    std::vector<std::string> names;
    for (const Figure& figure : figures) names.push_back(figure.name);
    CHECK(names == std::vector<std::string>{"phi_lines", "phi_maps", "density_lines", "density_maps"});

    const auto& line = std::get<Curves>(figures[0].panels[1].content);
    CHECK(figures[0].panels[1].name == "phi_diagonal");
    CHECK(line.labels == std::vector<std::string>{"network", "exact"});
    for (std::size_t i = 0; i < line.table.shape(0); i += 50) {
        const Real x = line.table(i, 0);
        CHECK_THAT(line.table(i, 2), WithinAbs(std::sin(two_pi * x) + 0.5 * std::cos(two_pi * x), 1e-13));
        CHECK_THAT(line.table(i, 1) - line.table(i, 2), WithinAbs(0.1, 1e-13));
    }
    const auto &map = std::get<Heatmap>(figures[3].panels[0].content),
               &difference = std::get<Heatmap>(figures[1].panels[2].content);
    const std::size_t cells = map.values.shape(1);
    const Real centre = (Real(7) + 0.5) / static_cast<Real>(cells);
    CHECK_THAT(map.values(3, 7), WithinRel(1 + 0.5 * std::cos(two_pi * centre), 1e-12));
    CHECK(difference.is_signed);
    for (const Real number : difference.values) CHECK_THAT(number, WithinAbs(0.1, 1e-12));
}

TEST_CASE("assessment has errors, constants and what the method measures", "[errors]")
{
    const RingSolution exact(ring_value, ring_log_density, 1.4);
    const Measures measures = assess(exact.solution, stream, 1000);
    CHECK(measures.at("errors").size() == 7);
    CHECK(measures.at("constants").at("lambda_trained") == 1.4);
    CHECK(measures.at("constants").count("lambda") == 1);
}
