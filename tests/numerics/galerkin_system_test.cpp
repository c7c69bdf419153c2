/// Equations that are derived from a game's costs, exact solutions of them, and distances from these.
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/testing/check.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "setup.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

using Role = Unknown::Role;

constexpr Real pi = 3.14159265358979323846;

/// Points of the initial law at times in a row, or at one of the ends.
Matrix points_for(const PdeSystem& system, const Equation& equation, int count)
{
    const Matrix x = system.initial_density()->sample(RandomStream(3, "points"), count);
    if (system.stationary()) return x;
    Matrix points = make_matrix(x.shape(0), x.shape(1) + 1);
    for (std::size_t i = 0; i < x.shape(0); ++i) {
        for (std::size_t k = 0; k < x.shape(1); ++k) points(i, k) = x(i, k);
        points(i, x.shape(1)) = equation.where == Where::initial ? 0
                                : equation.where == Where::terminal
                                    ? system.horizon()
                                    : system.horizon() * (static_cast<Real>(i) + 0.5) / count;
    }
    return points;
}

Matrix residual(const Solution& solution, const Equation& equation, const Matrix& points)
{
    return solution.map(points, equation.order, 1, equation.residual);
}

struct ExactCase {
    const char* problem;
    Options::Given options;
    bool direct;
};

struct Game {
    Registry registry;
    Registry::Object<Problem> problem;

    Game(const std::string& name, const Options::Given& options) : problem(registry.create<Problem>(name, options)) {}
    const MeanFieldGame& operator*() const { return *problem->mean_field_game(); }
    const MeanFieldGame* operator->() const { return problem->mean_field_game(); }
};

Coupling other(Coupling coupling)
{
    return coupling == Coupling::game ? Coupling::potential : Coupling::game;
}

/// With everything that a game in standard form can have; phi = sin(x_1) x_2 + t x_1^2 and
/// w = -|x|^2/2 (1 + t/2) + cos(x_1 x_2)/5 are no solution of it.
class FullGame final : public MeanFieldGame {
public:
    explicit FullGame(Coupling coupling) : coupling_(coupling) {}

    int dimension() const override { return 2; }
    Real horizon() const override { return 0.8; }
    Real viscosity() const override { return 0.3; }
    CostWeights weights() const override { return {1.3, 0.7, 2.5}; }
    Coupling coupling() const override { return coupling_; }
    const Density& initial_density() const override { return initial_; }
    Jet drift(const State& s) const override { return vconcat(sin(s.x[0]) + s.t, s.x[0] * s.x[1]); }
    Jet running_cost(const State& s) const override
    {
        return 0.4 * s.log_density + 0.1 * square(s.log_density) + s.t * norm_squared(s.x);
    }
    Jet terminal_cost(const State& s) const override { return 0.3 * square(s.log_density) + s.x[0]; }

private:
    Coupling coupling_;
    Gaussian initial_{make_vector(2), make_vector(2, 0.7)};
};

Real phi_at(Real x, Real y, Real t)
{
    return std::sin(x) * y + t * x * x;
}

Real log_density_at(Real x, Real y, Real t)
{
    return -(x * x + y * y) / 2 * (1 + t / 2) + std::cos(x * y) / 5;
}

FormulaSolution full_solution(const PdeSystem& system)
{
    return {system, [](const Unknown& unknown, const State& s) {
                if (unknown.role == Role::value) return sin(s.x[0]) * s.x[1] + s.t * square(s.x[0]);
                const Jet w = -0.5 * norm_squared(s.x) * (1 + 0.5 * s.t) + 0.2 * cos(s.x[0] * s.x[1]);
                return unknown.role == Role::density ? exp(w) : w;
            }};
}

/// One number a point x, y, t.
template <class Function>
PointFunction of_points(Function function)
{
    return [function](const Matrix& points) {
        Matrix values = make_matrix(points.shape(0), 1);
        for (std::size_t i = 0; i < points.shape(0); ++i)
            values(i, 0) = function(points(i, 0), points(i, 1), points(i, 2));
        return values;
    };
}

}  // namespace

TEST_CASE("the equations of a game vanish at its exact solution", "[numerics][galerkin]")
{
    const auto wanted = GENERATE(
        ExactCase{"ergodic_log", {{"dimension", "3"}, {"amplitude", "0.3"}}, false},
        ExactCase{"ergodic_log", {{"dimension", "3"}, {"amplitude", "0.3"}}, true},
        ExactCase{"ergodic_log", {{"dimension", "3"}, {"variant", "coupled"}, {"interaction", "0.1"}}, false},
        ExactCase{"ergodic_log", {{"dimension", "2"}, {"variant", "coupled"}, {"coupling", "control"}}, false},
        ExactCase{"ergodic_log", {{"dimension", "2"}, {"coupling", "control"}}, true},
        ExactCase{"torus", {{"interaction", "0.1"}}, false}, ExactCase{"torus", {{"horizon", "0.5"}}, true},
        ExactCase{"linear_quadratic", {{"dimension", "3"}}, false}, ExactCase{"linear_quadratic", {}, true},
        ExactCase{"linear_quadratic", {{"initial_mean", "1,-0.5"}, {"initial_deviation", "0.4"}}, false},
        ExactCase{"linear_quadratic", {{"initial_mean", "1"}, {"viscosity", "0"}, {"initial_deviation", "0.7"}}, false},
        ExactCase{"gaussian_transport", {{"dimension", "3"}, {"transport_weight", "2"}}, false},
        ExactCase{"mean_attraction", {{"initial", "normal"}, {"initial_mean", "1"}}, false},
        ExactCase{"mean_attraction", {{"initial", "normal"}, {"attraction", "3"}}, true});
    INFO(wanted.problem << (wanted.direct ? ", direct" : ""));
    const Game game(wanted.problem, wanted.options);
    const GameSystem system(*game, wanted.direct ? Role::density : Role::log_density, game->coupling());
    const FormulaSolution exact(system, game->reference().value());
    const std::vector<Equation> equations = system.equations();
    REQUIRE(equations.size() == (game->stationary() ? 2 : 4));
    for (const Equation& equation : equations) {
        INFO(equation.name);
        const Matrix points = points_for(system, equation, 300);
        CHECK(largest(residual(exact, equation, points)) < (wanted.direct ? 1e-6 : 1e-9));
        // Not because there is nothing in it.
        const FormulaSolution wrong(system,
                                    [&](const Unknown& unknown, const State& s) {
                                        const Jet wave = 0.1 * sin(2 * pi * s.x[0]);
                                        if (unknown.role == Role::value) return game->reference()->value(s) + wave;
                                        const Jet w = game->reference()->log_density(s) + wave;
                                        return wanted.direct ? exp(w) : w;
                                    },
                                    {0});
        CHECK(largest(residual(wrong, equation, points)) > 1e-3);
    }
}

TEST_CASE("another coupling shifts the equation by the derivative of the cost", "[numerics][galerkin]")
{
    struct Case {
        const char* problem;
        Options::Given options;
        Real derivative;  // of the weighted running cost in w = log m
    };
    const auto wanted = GENERATE(Case{"ergodic_log", {{"dimension", "2"}}, 1},
                                 Case{"ergodic_log", {{"dimension", "2"}, {"coupling", "control"}}, 1},
                                 Case{"linear_quadratic", {{"gamma", "0.4"}}, 0.4});
    const bool direct = GENERATE(false, true);
    const Game game(wanted.problem, wanted.options);
    const Coupling overruled = other(game->coupling());
    const GameSystem system(*game, direct ? Role::density : Role::log_density, overruled);
    CHECK(system.coupling() == overruled);
    // The reference is one of the game as it was.
    CHECK_FALSE(system.reference());
    const FormulaSolution exact(system, game->reference().value());
    const std::vector<Equation> equations = system.equations();
    const Real expected = overruled == Coupling::potential ? -wanted.derivative : wanted.derivative;
    for (const Real r : residual(exact, equations[0], points_for(system, equations[0], 100)))
        CHECK_THAT(r, WithinAbs(expected, 1e-6));
    CHECK(largest(residual(exact, equations[1], points_for(system, equations[1], 100))) < 1e-6);
}

TEST_CASE("the equations are those of costs, drift and fluxes", "[numerics][galerkin]")
{
    const Coupling coupling = GENERATE(Coupling::potential, Coupling::game);
    const FullGame game(coupling);
    const GameSystem logarithmic(game, Role::log_density, coupling), direct(game, Role::density, coupling);
    const FormulaSolution of_w = full_solution(logarithmic), of_m = full_solution(direct);
    const Real nu = 0.3, a1 = 1.3, a2 = 0.7, a3 = 2.5;
    const bool potential = coupling == Coupling::potential;

    Matrix points = make_matrix(40, 3);
    RandomStream(2, "points").normal(0, 120, points.data());
    for (std::size_t i = 0; i < points.shape(0); ++i) points(i, 2) = 0.8 * (static_cast<Real>(i) + 0.5) / 40;

    const PointFunction phi = of_points(phi_at);
    const PointFunction m = of_points([](Real x, Real y, Real t) { return std::exp(log_density_at(x, y, t)); });
    const auto slope_x = [](Real x, Real y, Real t) { return std::cos(x) * y + 2 * t * x; };
    const auto slope_y = [](Real x, Real, Real) { return std::sin(x); };
    const auto velocity_x = [&](Real x, Real y, Real t) { return std::sin(x) + t - slope_x(x, y, t) / a1; };
    const auto velocity_y = [&](Real x, Real y, Real t) { return x * y - slope_y(x, y, t) / a1; };
    const PointFunction flux_x =
        of_points([&](Real x, Real y, Real t) { return std::exp(log_density_at(x, y, t)) * velocity_x(x, y, t); });
    const PointFunction flux_y =
        of_points([&](Real x, Real y, Real t) { return std::exp(log_density_at(x, y, t)) * velocity_y(x, y, t); });
    const Matrix phi_t = first_difference(phi, points, 2), phi_laplacian = difference_laplacian(phi, points, 2);
    const Matrix m_t = first_difference(m, points, 2), m_laplacian = difference_laplacian(m, points, 2);
    const Matrix div_x = first_difference(flux_x, points, 0), div_y = first_difference(flux_y, points, 1);

    const auto on = [&](const FormulaSolution& solution, const GameSystem& system, std::size_t equation) {
        return residual(solution, system.equations()[equation], points);
    };
    enum Which { hjb, kfp, initial, terminal };
    const Matrix hjb_w = on(of_w, logarithmic, hjb), hjb_m = on(of_m, direct, hjb);
    const Matrix kfp_w = on(of_w, logarithmic, kfp), kfp_m = on(of_m, direct, kfp);
    const Matrix initial_w = on(of_w, logarithmic, initial), initial_m = on(of_m, direct, initial);
    const Matrix terminal_w = on(of_w, logarithmic, terminal), terminal_m = on(of_m, direct, terminal);
    const Matrix velocity = of_m.velocity_at(points);
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        const Real x = points(i, 0), y = points(i, 1), t = points(i, 2), w = log_density_at(x, y, t),
                   density = std::exp(w);
        const Real p = slope_x(x, y, t), q = slope_y(x, y, t);
        const Real cost = 0.4 * w + 0.1 * w * w + t * (x * x + y * y) + (potential ? 0.4 + 0.2 * w : 0);
        const Real drift = (std::sin(x) + t) * p + x * y * q;
        const Real expected = -phi_t(i, 0) - nu * phi_laplacian(i, 0) + (p * p + q * q) / (2 * a1) - drift - a2 * cost;
        CHECK_THAT(hjb_w(i, 0), WithinAbs(expected, 1e-7));
        const Real flow = m_t(i, 0) + div_x(i, 0) + div_y(i, 0) - nu * m_laplacian(i, 0);
        CHECK_THAT(kfp_m(i, 0), WithinAbs(flow, 1e-7));
        CHECK_THAT(density * kfp_w(i, 0), WithinAbs(kfp_m(i, 0), 1e-10));
        // Where m is far above the floor of its logarithm.
        if (density > 1e-2) {
            CHECK_THAT(hjb_m(i, 0), WithinAbs(hjb_w(i, 0), 1e-7));
            CHECK_THAT(terminal_m(i, 0), WithinAbs(terminal_w(i, 0), 1e-7));
        }
        CHECK_THAT(terminal_w(i, 0),
                   WithinAbs(phi_at(x, y, t) - a3 * (0.3 * w * w + x + (potential ? 0.6 * w : 0)), 1e-11));
        const Real w0 = -(x * x + y * y) / 1.4 - std::log(2 * pi * 0.7);
        CHECK_THAT(initial_w(i, 0), WithinAbs(w - w0, 1e-12));
        CHECK_THAT(initial_m(i, 0), WithinAbs(density - std::exp(w0), 1e-12));
        CHECK_THAT(velocity(i, 0), WithinAbs(velocity_x(x, y, t), 1e-12));
        CHECK_THAT(velocity(i, 1), WithinAbs(velocity_y(x, y, t), 1e-12));
    }
    // The terminal value depends on the density: no ansatz could keep it.
    CHECK_FALSE(logarithmic.has_hard_condition("phi"));
    CHECK(logarithmic.has_hard_condition("log_density"));
}

TEST_CASE("an ansatz keeps the conditions of a game whatever the networks are", "[numerics][galerkin]")
{
    const auto wanted = GENERATE(ExactCase{"torus", {}, false}, ExactCase{"torus", {}, true},
                                 ExactCase{"linear_quadratic", {{"initial_mean", "1"}}, false});
    const Game game(wanted.problem, wanted.options);
    const GameSystem system(*game, wanted.direct ? Role::density : Role::log_density, game->coupling());
    REQUIRE(system.has_hard_condition("phi"));
    Registry registry;
    const auto network = registry.create<Network>("dgm", small_dgm());
    for (const HardConditions hard : {HardConditions{}, HardConditions{false, true}, HardConditions{true, true}}) {
        FieldSettings settings;
        settings.hard = hard;
        const FieldNetworks fields(system, {network.get(), network.get()}, settings);
        const Vector theta = fields.layout().initialise(3);
        const NetworkSolution solution(fields, theta);
        for (const Equation& equation : system.equations()) {
            if (equation.where == Where::interior) continue;
            INFO(equation.name);
            CHECK(fields.needs(equation.where) == (equation.where == Where::initial ? !hard.initial : !hard.terminal));
            const Real miss = largest(residual(solution, equation, points_for(system, equation, 50)));
            if (fields.needs(equation.where))
                CHECK(miss > 1e-2);
            else
                CHECK(miss < 1e-12);
        }
    }
}

TEST_CASE("a periodic solution has the period in each coordinate", "[numerics][galerkin]")
{
    for (const char* problem : {"ergodic_log", "torus"}) {
        FieldSetup parts(problem, {{"dimension", "2"}}, [] {
            FieldSettings settings;
            settings.harmonics = 2;
            return settings;
        }());
        const Vector theta = parts.parameters();
        const NetworkSolution solution(*parts.fields, theta);
        const bool time = !parts.system->stationary();
        Matrix x = make_matrix(1, time ? 3 : 2, 0.3), moved = x;
        moved(0, 0) += 1;
        moved(0, 1) -= 2;
        for (const Unknown& unknown : parts.fields->unknowns())
            CHECK_THAT(solution.value(unknown.name, moved)(0, 0),
                       WithinAbs(solution.value(unknown.name, x)(0, 0), 1e-12));
        moved(0, 0) += 0.5;
        CHECK(std::abs(solution.value("phi", moved)(0, 0) - solution.value("phi", x)(0, 0)) > 1e-3);
    }
}

TEST_CASE("derivatives of the unknowns are those of their values", "[numerics][galerkin]")
{
    struct Case {
        const char* problem;
        FieldSettings settings;
        Options::Given options = {};
    };
    FieldSettings standard;
    standard.standardise = standard.gaussian_base = true;
    standard.moment_intervals = 6;
    FieldSettings ansatz = standard;
    ansatz.hard.terminal = true;
    const auto wanted =
        GENERATE_COPY(Case{"torus", {}}, Case{"linear_quadratic", {}}, Case{"linear_quadratic", standard},
                      Case{"linear_quadratic", ansatz}, Case{"linear_quadratic", standard, {{"horizon", "2"}}},
                      Case{"crowd_trading", standard});
    INFO(wanted.problem);
    const FieldSetup parts(wanted.problem, wanted.options, wanted.settings);
    const Vector theta = parts.parameters();
    const NetworkSolution solution(*parts.fields, theta);
    const std::size_t d = static_cast<std::size_t>(parts.system->dimension());
    Matrix points = make_matrix(20, d + 1);
    RandomStream(2, "points").normal(0, static_cast<int>(points.size()), points.data());
    // Away from the nodes of the moments, where their second derivatives in time jump.
    for (std::size_t i = 0; i < points.shape(0); ++i)
        points(i, d) = (static_cast<Real>(i % 6) + 0.2 + 0.03 * static_cast<Real>(i)) / 6;
    for (const Unknown& unknown : parts.fields->unknowns()) {
        INFO(unknown.name);
        const PointFunction value = [&](const Matrix& at) { return solution.value(unknown.name, at); };
        const int outputs = static_cast<int>(d) + 2;
        const Matrix all = solution.map(points, 2, outputs, [&](const Fields& f) {
            const FieldValues& u = f[unknown.name];
            return vconcat(vconcat(u.gradient, u.time_derivative), u.laplacian);
        });
        const auto compare = [&](const Matrix& expected, std::size_t column, Real tolerance) {
            const Real size = largest(expected);
            CHECK(size > 0);
            for (std::size_t i = 0; i < points.shape(0); ++i)
                CHECK_THAT(all(i, column), WithinAbs(expected(i, 0), tolerance * size));
        };
        for (std::size_t k = 0; k <= d; ++k) compare(first_difference(value, points, k), k, 1e-7);
        compare(difference_laplacian(value, points, d, 2e-3), d + 1, 1e-6);
    }
}

TEST_CASE("the exact solution is at no distance from itself", "[numerics][galerkin]")
{
    struct Case {
        const char* problem;
        Options::Given options;
        std::vector<std::string> names;
    };
    const std::vector<std::string> ergodic{"control",         "value_centred", "gradient", "value",
                                           "density",         "log_density",   "constant", "constant_standard_error",
                                           "constant_trained"},
        in_space{"control", "value_centred", "gradient", "value", "value_l1", "log_density"};
    const auto wanted = GENERATE_REF(
        Case{"ergodic_log", {{"dimension", "2"}}, ergodic},
        Case{"ergodic_log", {{"dimension", "2"}, {"coupling", "control"}}, ergodic},
        Case{"torus", {}, {"control", "value_centred", "gradient", "value", "value_l1", "density", "log_density"}},
        Case{"linear_quadratic", {}, in_space}, Case{"crowd_trading", {}, in_space},
        Case{"ode", {}, {"value_centred", "gradient", "value"}});
    INFO(wanted.problem);
    const FieldSetup parts(wanted.problem, wanted.options);
    const Reference reference = parts.system->reference().value();
    const FormulaSolution of_system(*parts.system, reference), of_another(of_system, reference);
    for (const FormulaSolution* exact : {&of_system, &of_another}) {
        CHECK(error_names(*exact) == wanted.names);
        const auto errors = solution_errors(*exact, RandomStream(4, "errors"), 400);
        CHECK(errors.size() == wanted.names.size());
        for (const std::string& name : wanted.names) {
            INFO(name);
            REQUIRE(errors.count(name) == 1);
            CHECK(errors.at(name) < 1e-9);
        }
    }
}

TEST_CASE("distances of what is off by a factor are known", "[numerics][galerkin]")
{
    for (const char* problem : {"ergodic_log", "torus", "linear_quadratic"}) {
        INFO(problem);
        const FieldSetup parts(problem, {{"dimension", "2"}});
        const Reference reference = parts.system->reference().value();
        const bool ergodic = parts.system->stationary();
        const FormulaSolution solution(
            *parts.system,
            [&](const Unknown& unknown, const State& s) {
                // A constant of the value function is no error where only its derivatives matter.
                if (unknown.role == Role::value) return 1.01 * reference.value(s) + (ergodic ? 5 : 0);
                return reference.log_density(s) + 0.02;
            },
            ergodic ? std::vector<Real>{*reference.constant + 0.3} : std::vector<Real>{});
        const auto errors = solution_errors(solution, RandomStream(4, "errors"), 2000);
        CHECK_THAT(errors.at("value"), WithinRel(0.01, 1e-6));
        if (!ergodic) CHECK_THAT(errors.at("value_l1"), WithinRel(0.01, 1e-6));
        CHECK_THAT(errors.at("value_centred"), WithinRel(0.01, 1e-6));
        CHECK_THAT(errors.at("gradient"), WithinRel(0.01, 1e-6));
        CHECK_THAT(errors.at("control"), WithinRel(0.01, 1e-6));
        if (parts.system->periodic()) CHECK_THAT(errors.at("density"), WithinRel(std::exp(0.02) - 1, 1e-8));
        if (ergodic) CHECK_THAT(errors.at("constant_trained"), WithinRel(0.3, 1e-8));
    }
}

TEST_CASE("distances of what is off by a wave are known", "[numerics][galerkin]")
{
    // phi = -c (sin 2 pi x + sin 2 pi y) and m = exp(-2 phi)/Z; Z = I_0(2c)^2.
    const Real c = 0.4, eps = 0.03;
    const FieldSetup parts("ergodic_log", {{"dimension", "2"}, {"amplitude", "0.4"}});
    const Reference reference = parts.system->reference().value();
    const FormulaSolution solution(*parts.system, [&](const Unknown& unknown, const State& s) {
        const Jet wave = eps * sin(4 * pi * s.x[0]);
        return unknown.role == Role::value ? reference.value(s) + wave : log(exp(reference.log_density(s)) + wave);
    });
    const auto errors = solution_errors(solution, RandomStream(4, "errors"), 40000);
    CHECK_THAT(errors.at("value"), WithinRel(eps / (c * std::sqrt(2.0)), 0.02));
    CHECK_THAT(errors.at("gradient"), WithinRel(2 * eps / (c * std::sqrt(2.0)), 0.02));
    // By sums over a grid: the L2 norms under the uniform law, of log m and the velocity under the population.
    constexpr int cells = 64;
    Real squares = 0, logarithms = 0, log_gap = 0, speeds = 0, speed_gap = 0;
    const Real log_z = -*reference.constant;
    for (int i = 0; i < cells; ++i)
        for (int j = 0; j < cells; ++j) {
            const Real x = 2 * pi * i / cells, y = 2 * pi * j / cells;
            const Real w = 2 * c * (std::sin(x) + std::sin(y)) - log_z, m = std::exp(w), wave = eps * std::sin(2 * x);
            squares += m * m;
            logarithms += m * w * w;
            log_gap += m * std::pow(std::log(m + wave) - w, 2);
            speeds += m * c * c * 4 * pi * pi * (std::pow(std::cos(x), 2) + std::pow(std::cos(y), 2));
            speed_gap += m * std::pow(4 * pi * eps * std::cos(2 * x), 2);
        }
    CHECK_THAT(errors.at("density"), WithinRel(eps * std::sqrt(cells * cells / 2 / squares), 0.04));
    CHECK_THAT(errors.at("log_density"), WithinRel(std::sqrt(log_gap / logarithms), 0.04));
    CHECK_THAT(errors.at("control"), WithinRel(std::sqrt(speed_gap / speeds), 0.04));
}

TEST_CASE("the reported ergodic constant is of second order in the error", "[numerics][galerkin]")
{
    for (const char* variant : {"separable", "coupled"})
        for (const char* coupling : {"game", "control"}) {
            INFO(variant << ", " << coupling);
            const FieldSetup parts(
                "ergodic_log",
                {{"dimension", "2"}, {"amplitude", "0.3"}, {"variant", variant}, {"coupling", coupling}});
            const Reference reference = parts.system->reference().value();
            // Sums over a grid, which are exact for smooth periodic functions.
            constexpr std::size_t cells = 48;
            Matrix grid = make_matrix(cells * cells, 2);
            for (std::size_t i = 0; i < grid.shape(0); ++i) {
                grid(i, 0) = static_cast<Real>(i / cells) / cells;
                grid(i, 1) = static_cast<Real>(i % cells) / cells;
            }
            const auto error = [&](Real eps) {
                const auto with = [&](Real log_mass) {
                    return FormulaSolution(
                        *parts.system,
                        [&, log_mass](const Unknown& unknown, const State& s) {
                            const Jet wave = 0.1 * (sin(2 * pi * s.x[0] + 0.4) + cos(2 * pi * (s.x[0] - 2 * s.x[1])));
                            if (unknown.role == Role::value) return reference.value(s) + eps * wave;
                            return reference.log_density(s) + eps * cos(2 * pi * s.x[1]) - log_mass;
                        },
                        {*reference.constant + eps});
                };
                // A formula for m that is normalised, as a network's is.
                Real mass = 0;
                for (const Real w : with(0).value("log_density", grid)) mass += std::exp(w) / (cells * cells);
                return parts.system->refined_constant(with(std::log(mass)), {grid}).value - *reference.constant;
            };
            CHECK_THAT(error(0), WithinAbs(0, 1e-11));
            CHECK(std::abs(error(0.02)) > 1e-6);
            CHECK(std::abs(error(0.02)) < 0.1 * 0.02);
            CHECK_THAT(error(0.02) / error(0.01), WithinRel(4.0, 0.1));
        }
}
