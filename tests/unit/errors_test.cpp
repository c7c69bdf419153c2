#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/baselines.hpp>
#include <mfg/assessment/definitions.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/standard_figures.hpp>
#include <mfg/assessment/time_means.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/random/monte_carlo.hpp>
#include <mfg/testing/method_checks.hpp>

#include "catch.hpp"
#include "games.hpp"

#include <algorithm>
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
        exact.points = {{"origin", {0, 0}}};
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
    CHECK(errors.size() == 9);
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
    for (const char* name : {"value", "value_centred", "gradient", "control"})
        CHECK_THAT(scale.at(name), WithinRel(0.1, 1e-10));
    CHECK_THAT(scale.at("log_density"), WithinRel(0.5, 1e-10));

    // sin has the square mean 1/2, that of the exact value is 1/2 + 1/8.
    const RingSolution bent([](const State& s) { return ring_value(s) + 0.1 * sin(two_pi * s.x[1]); }, ring_log_density,
                            1.5);
    CHECK_THAT(bent.errors().at("value"), WithinRel(0.1 * std::sqrt(0.5 / 0.625), 0.05));
}

namespace {

/// A system on a box that determines its value up to a constant only.
class Floating final : public PdeSystem {
public:
    int dimension() const override { return 1; }
    std::optional<Box> domain() const override { return Box{make_vector(1, 0), make_vector(1, 1)}; }
    std::vector<Unknown> unknowns() const override { return {{"phi"}}; }
    std::vector<Equation> equations() const override
    {
        return {{"heat", Where::interior, [](const Fields& f) { return f["phi"].laplacian; }}};
    }
    bool value_up_to_constant() const override { return true; }
    std::optional<Reference> reference() const override
    {
        Reference exact;
        exact.value = value;
        return exact;
    }
    static Jet value(const State& s) { return sin(s.x) + s.t; }
};

/// A system whose agents approach their mean.
class Herd final : public PdeSystem {
public:
    int dimension() const override { return 1; }
    const Density* initial_density() const override { return &initial_; }
    std::vector<Unknown> unknowns() const override { return {{"phi"}}; }
    std::vector<Equation> equations() const override
    {
        return {{"heat", Where::interior, [](const Fields& f) { return f["phi"].laplacian; }}};
    }
    Jet velocity(const Fields& f) const override { return f.population_centre - f.x; }
    std::optional<Reference> reference() const override
    {
        Reference exact;
        exact.value = [](const State& s) { return sin(s.x) + s.t; };
        if (with_mean) exact.mean = [](Real) { return make_vector(1, 0); };
        return exact;
    }

    bool with_mean = false;

private:
    Gaussian initial_ = Gaussian::isotropic(1, {}, 1);
};

}  // namespace

TEST_CASE("a constant that nothing determines is no error, in any norm", "[errors]")
{
    const Floating system;
    const FormulaSolution lifted(system, [](const Unknown&, const State& s) { return Floating::value(s) + 7; });
    const auto errors = solution_errors(lifted, stream, 1000);
    CHECK(errors.at("value") < 1e-12);
    CHECK(errors.at("value_l1") < 1e-12);
}

TEST_CASE("a velocity that depends on the mean is compared only if the reference has one", "[errors]")
{
    for (const bool with_mean : {false, true}) {
        Herd herd;
        herd.with_mean = with_mean;
        const FormulaSolution exact(herd, *herd.reference());
        CHECK(exact.lacks_mean() == !with_mean);
        const std::vector<std::string> names = error_names(exact);
        CHECK((std::find(names.begin(), names.end(), "control") != names.end()) == with_mean);
    }
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
          std::vector<std::string>{"control", "gradient", "log_density", "value", "value_centred", "value_l1"});
    CHECK(errors.at("gradient") < 1e-14);
    CHECK(errors.at("control") < 1e-14);
    CHECK(errors.at("value_centred") < 1e-12);
    // E (1 + t)^2 = 3.25 and E (1 + t) = 1.75 for t in (0, 1.5); E |x| = sqrt(2 / pi).
    CHECK_THAT(errors.at("value"), WithinRel(0.1 / std::sqrt(3.25), 0.03));
    CHECK_THAT(errors.at("value_l1"), WithinRel(0.1 / (1.75 * std::sqrt(4 / two_pi)), 0.03));
    const Real c = std::log(two_pi), square = 2 + c * c + 2 * c;  // E (|x|^2 / 2 + c)^2
    CHECK_THAT(errors.at("log_density"), WithinRel(0.05 / std::sqrt(square), 0.03));
}

TEST_CASE("the value at points that the reference names is compared by itself", "[errors]")
{
    TestGame game;
    Reference exact;
    exact.value = [](const State& s) { return s.x[0] * s.x[1] + s.t; };
    exact.points = {{"corner", {2, 1, 0.5}}, {"later", {0, 3, 1.25}}};
    game.exact = exact;
    const GivenSolution solution(
        game, [](const State& s) { return s.x[0] * s.x[1] + 1.2 * s.t + 0.15; }, [](const State& s) { return s.x[0]; });
    const auto errors = solution_errors(solution, stream, 1000);
    CHECK(names_of(errors) == sorted(error_names(solution)));
    CHECK_THAT(errors.at("corner"), WithinRel(0.25 / 2.5, 1e-12));
    CHECK_THAT(errors.at("later"), WithinRel(0.4 / 1.25, 1e-12));
    CHECK(measure_definitions(solution).at("errors.corner") == "value at one point");

    // Where only differences of the value matter, its number at a point is no error.
    const RingSolution ring(ring_value, ring_log_density, 1.5);
    CHECK(ring.ring.reference()->points.count("origin") == 1);
    CHECK(ring.errors().count("origin") == 0);
}

TEST_CASE("means over x at each time are found at scattered points and at points that share their times", "[errors]")
{
    const auto trend = [](Real t) { return 30 + 5 * t * t + std::sin(4 * t); };
    for (const bool shared : {false, true}) {
        constexpr std::size_t n = 20000;
        Matrix values = make_matrix(n, 1), part = values;
        Vector times = make_vector(n);
        for (std::size_t i = 0; i < n; ++i) {
            Real u = 0;
            stream.uniform(i, 1, &u);
            times(i) = shared ? 0.25 * static_cast<Real>(i % 7) : 1.5 * u;
            // Zero in the mean over each pair of points, which are neighbours in time.
            part(i, 0) = i % 2 == 0 ? 1 : -1;
            values(i, 0) = trend(times(i)) + part(i, 0);
        }
        const Matrix centred = without_time_means(values, times), means = time_means(values, times);
        Real off = 0;
        for (std::size_t i = 0; i < n; ++i) {
            off += (centred(i, 0) - part(i, 0)) * (centred(i, 0) - part(i, 0)) / n;
            CHECK_THAT(centred(i, 0) + means(i, 0), WithinRel(values(i, 0), 1e-13));
        }
        // 128 numbers are fitted to n points whose deviation is 1.
        CHECK(std::sqrt(off) < 1.5 * std::sqrt(128.0 / n));
    }
    const Matrix few = time_means(make_matrix(3, 1, 2), make_vector(0));
    CHECK(few(0, 0) == 2);
    CHECK(few(2, 0) == 2);
}

TEST_CASE("the centred error of the value function sees no function of t, neither above nor below", "[errors]")
{
    TestGame game;
    Reference exact;
    exact.value = [](const State& s) { return s.x[0] * (1 + s.t) + 50 + 20 * cos(s.t); };
    exact.population = [](const RandomStream& from, int count) {
        return with_uniform_times(Gaussian::isotropic(2, {}, 1).sample(from, count), from, 1.5);
    };
    game.exact = exact;
    const GivenSolution solution(
        game, [](const State& s) { return 1.2 * (s.x[0] * (1 + s.t)) + 51 + 20 * cos(s.t) + sin(3 * s.t); });
    const auto errors = solution_errors(solution, stream, 20000);
    CHECK_THAT(errors.at("value_centred"), WithinRel(0.2, 2e-3));
    CHECK(errors.at("value") < 0.03);
    // phi is nearly a function of t: E (x_0 (1 + t))^2 = 3.25 beside E (50 + 20 cos t)^2 over t in (0, 1.5).
    const Real square = 2500 + 2000 * std::sin(1.5) / 1.5 + 400 * (0.5 + std::sin(3.0) / 6);
    const auto baseline = errors_of_time_means(solution, error_points(solution, stream, 20000));
    CHECK_THAT(baseline.at("value"), WithinRel(std::sqrt(3.25 / (square + 3.25)), 0.03));
    CHECK_THAT(baseline.at("value_centred"), WithinRel(1, 1e-12));
}

TEST_CASE("errors that an answer without knowledge has, too, are listed", "[errors]")
{
    const Measures measures{
        {"errors",
         {{"control", 1.5}, {"value", 0.01}, {"value_l1", 0.3}, {"log_density", 0.1}, {"gradient", std::nan("")}}},
        {"baselines",
         {{"control.standing_still", 1},
          {"control.ansatz", 0.4},
          {"value.time_only", 0.1},
          {"value_l1.time_only", 0.3},
          {"log_density.initial", 1e-9},
          {"log_density.time_only", 0.2},
          {"gradient.standing_still", 1}}}};
    std::vector<std::string> names;
    for (const UnbeatenError& unbeaten : unbeaten_errors(measures)) {
        names.push_back(unbeaten.error + " " + unbeaten.baseline);
        if (unbeaten.error == "control") CHECK(unbeaten.baseline_value == 0.4);
    }
    // A population that never changes is no answer of the method.
    CHECK(names == std::vector<std::string>{"control ansatz", "gradient standing_still", "value_l1 time_only"});
    CHECK(unbeaten_errors({{"errors", {{"control", 3}}}}).empty());
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

namespace {

/// A system written by hand, with unknowns that are formulas.
class Written final : public PdeSystem {
public:
    Written(int dimension, std::vector<Unknown> unknowns, bool ring)
        : dimension_(dimension),
          unknowns_(std::move(unknowns)),
          ring_(ring),
          initial_(Gaussian::isotropic(dimension, {1}, 0.25))
    {
    }
    int dimension() const override { return dimension_; }
    Real horizon() const override { return 2; }
    bool periodic() const override { return ring_; }
    std::vector<Unknown> unknowns() const override { return unknowns_; }
    std::vector<Equation> equations() const override { return {}; }
    const Density* initial_density() const override { return ring_ ? nullptr : &initial_; }
    /// All agents move to the right.
    Jet velocity(const Fields& f) const override { return Jet(f.x.tape().constant(dimension_, f.x.samples(), 1.5)); }

private:
    int dimension_;
    std::vector<Unknown> unknowns_;
    bool ring_;
    Gaussian initial_;
};

std::map<std::string, const Panel*> panels_of(const std::vector<Figure>& figures)
{
    std::map<std::string, const Panel*> panels;
    for (const Figure& figure : figures)
        for (const Panel& panel : figure.panels) panels[panel.name] = &panel;
    return panels;
}

}  // namespace

TEST_CASE("each population has figures of its own", "[errors]")
{
    using Role = Unknown::Role;
    const Written system(2, {{"phi"}, {"w_1", Role::log_density}, {"w_2", Role::log_density}}, true);
    const FormulaSolution solution(
        system, [](const Unknown& u, const State& s) { return (u.name == "w_1" ? 1 : 2) * cos(two_pi * s.x[0]); });
    const std::vector<Figure> figures = standard_figures(solution);
    const CheckResult sound = check_figures(figures, "figures");
    INFO(sound.measured);
    CHECK(sound.passed);
    const auto panels = panels_of(figures);
    for (const auto& [name, factor] : {std::pair("density_w_1", 1), std::pair("density_w_2", 2)}) {
        const auto& line = std::get<Curves>(panels.at(std::string(name) + "_line")->content);
        for (std::size_t i = 0; i < line.table.shape(0); i += 20)
            CHECK_THAT(line.table(i, 1), WithinRel(std::exp(factor * std::cos(two_pi * line.table(i, 0))), 1e-12));
    }
    // Not a game that says what a function means. Times have the same colours.
    CHECK(figures.front().title.find("The function phi") == 0);
    const auto& first = std::get<Heatmap>(panels.at("density_w_1_time0_network")->content);
    const auto& last = std::get<Heatmap>(panels.at("density_w_1_time2_network")->content);
    CHECK(first.scale == last.scale);
    CHECK(first.inhabited.size() == 0);
}

TEST_CASE("a solution in R^d is shown where agents are", "[errors]")
{
    const auto field = [](const Unknown& u, const State& s) {
        const Jet offset = s.x[0] - 1 - 1.5 * s.t;
        return u.role == Unknown::Role::value ? s.x[0] + s.t : -2 * square(offset);
    };
    const std::vector<Unknown> unknowns{{"u"}, {"log_density", Unknown::Role::log_density}};
    const Written on_line(1, unknowns, false), in_plane(2, unknowns, false);
    const FormulaSolution line(on_line, field), plane(in_plane, field);
    const std::vector<Figure> figures = standard_figures(line), maps = standard_figures(plane);
    CHECK(check_figures(figures, "figures").passed);
    CHECK(check_figures(maps, "figures").passed);
    std::vector<std::string> names;
    for (const Figure& figure : figures) names.push_back(figure.name);
    CHECK(names == std::vector<std::string>{"u_lines", "u_strip", "density_lines", "density_strip"});
    const auto panels = panels_of(figures);

    // Agents start around 1 with deviation 1/2, and move by 3.
    const auto& curves = std::get<Curves>(panels.at("density_line")->content);
    CHECK_THAT(curves.table(0, 0), WithinAbs(-0.75, 0.2));
    CHECK_THAT(curves.table(curves.table.shape(0) - 1, 0), WithinAbs(5.75, 0.2));
    CHECK(curves.labels == std::vector<std::string>{"network, t = 0", "network, t = 1", "network, t = 2"});
    const auto &value = std::get<Heatmap>(panels.at("u_strip_network")->content),
               &density = std::get<Heatmap>(panels.at("density_strip_network")->content);
    CHECK(value.y_label == "t");
    CHECK_FALSE(value.keeps_aspect);
    CHECK(value.window.y_high == 2);
    CHECK(density.inhabited.size() == 0);
    const std::size_t rows = value.values.shape(0), columns = value.values.shape(1);
    for (std::size_t i = 0; i < rows; i += 13)
        for (std::size_t j = 0; j < columns; j += 7) {
            const Real t = 2 * (static_cast<Real>(i) + 0.5) / static_cast<Real>(rows);
            const Real x = value.window.x_low + (value.window.x_high - value.window.x_low) *
                                                    (static_cast<Real>(j) + 0.5) / static_cast<Real>(columns);
            CHECK_THAT(value.values(i, j), WithinAbs(x + t, 1e-12));
            CHECK_THAT(density.values(i, j), WithinAbs(std::exp(-2 * std::pow(x - 1 - 1.5 * t, 2)), 1e-12));
            const Real deviations = std::abs(x - 1 - 1.5 * t) / 0.5;
            if (std::abs(deviations - 3.5) > 0.4) CHECK((value.inhabited(i, j) == 1) == (deviations < 3.5));
        }

    const auto& map = std::get<Heatmap>(panels_of(maps).at("u_time2_network")->content);
    const auto inhabited = [&](Real x, Real y) {
        const auto cell = [&](Real z) { return static_cast<std::size_t>((z + 5) / 10 * 80); };
        return map.inhabited(cell(y), cell(x)) == 1;
    };
    CHECK(inhabited(4, 3));
    CHECK(inhabited(3, 2));
    CHECK_FALSE(inhabited(0, 0));
    CHECK_FALSE(inhabited(4, -3));
}

TEST_CASE("assessment has errors, constants and what the method measures", "[errors]")
{
    const RingSolution exact(ring_value, ring_log_density, 1.4);
    const Measures measures = assess(exact.solution, stream, 1000);
    CHECK(measures.at("errors").size() == 9);
    CHECK(measures.at("constants").at("lambda_trained") == 1.4);
    CHECK(measures.at("constants").count("lambda") == 1);
}
