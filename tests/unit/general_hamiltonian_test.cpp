#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"
#include "finite_differences.hpp"
#include "games.hpp"

using namespace mfg;

namespace {

struct Example {
    const char* name;
    std::function<Jet(const State&, const Jet& p)> formula;
    HamiltonianForm form;
    bool depends_on_density;
};

/// One of each form; all but the first two see x, t or w in every part.
const std::vector<Example>& examples()
{
    using Form = HamiltonianForm;
    static const std::vector<Example> list{
        {"standard", [](const State&, const Jet& p) { return norm_squared(p) / (2 * 1.7); }, Form::quadratic, false},
        {"softened speed", [](const State&, const Jet& p) { return sqrt(norm_squared(p) + 1); }, Form::radial, false},
        {"congestion",
         [](const State& s, const Jet& p) {
             const Jet wind = sin(s.x[1]) * p[0];
             return (1 + 0.3 * sin(s.x[0])) * norm_squared(p) * pow(1 + exp(s.log_density), -0.7) + wind;
         },
         Form::isotropic, true},
        {"powers",
         [](const State& s, const Jet& p) {
             return sum(square(square(p))) * (1 + 0.2 * s.t) + 0.5 * square(p[0]) * cos(s.x[1]) + square(p[1]) +
                    square(p[0]);
         },
         Form::diagonal, false},
        {"double integrator", [](const State& s, const Jet& p) { return 0.5 * square(p[1]) - s.x[1] * p[0]; },
         Form::diagonal, false},
        {"power of the norm",
         [](const State& s, const Jet& p) {
             return pow(norm_squared(p) + 0.01, 1.5) / 3 * (1 + square(s.x[0])) * exp(-0.1 * s.log_density);
         },
         Form::radial, true},
        {"mixed",
         [](const State& s, const Jet& p) {
             return norm_squared(p) + 0.4 * (p[0] * p[1]) * sin(s.x[0]) + square(square(p[0] - p[1])) +
                    exp(0.1 * s.log_density) * p[1];
         },
         Form::general, true}};
    return list;
}

TestGame game_of(const Example& example)
{
    TestGame game;
    game.h_formula = example.formula;
    return game;
}

/// Points x, t, log densities and gradients p.
Matrix rows_with_gradients(int count)
{
    const Matrix points = some_points(count);
    Matrix rows = make_matrix(points.shape(0), 6);
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        std::copy_n(&points(i, 0), 3, &rows(i, 0));
        RandomStream(8, "gradients").normal(i, 3, &rows(i, 3));
    }
    return rows;
}

Matrix at(const MeanFieldGame& game, const Matrix& rows, int outputs,
          const std::function<Jet(const Hamiltonian&, const Jet& p)>& formula)
{
    return map_points(rows, outputs, [&](Tape&, const Variable& in) {
        const Hamiltonian h(game, in.rows(0, 2), Jet(in.rows(2, 1)), Jet(in.rows(3, 1)));
        return formula(h, Jet(in.rows(4, 2))).value();
    });
}

}  // namespace

TEST_CASE("the form of a Hamiltonian is found from its formula", "[game]")
{
    for (const Example& example : examples()) {
        INFO(example.name);
        const TestGame game = game_of(example);
        CHECK(game.hamiltonian_traits().form == example.form);
        CHECK(game.hamiltonian_traits().depends_on_density == example.depends_on_density);
    }
    TestGame stated = game_of(examples()[2]);
    stated.stated_form = HamiltonianForm::general;
    CHECK(stated.hamiltonian_traits().form == HamiltonianForm::general);
}

TEST_CASE("velocity and density derivative of any Hamiltonian are its derivatives", "[game]")
{
    for (const Example& example : examples()) {
        INFO(example.name);
        const TestGame game = game_of(example);
        const Matrix rows = rows_with_gradients(20);
        const PointFunction h = [&](const Matrix& x) {
            return at(game, x, 1, [](const Hamiltonian& hamiltonian, const Jet& p) { return hamiltonian(p); });
        };
        const Matrix v =
            at(game, rows, 2, [](const Hamiltonian& hamiltonian, const Jet& p) { return hamiltonian.velocity(p); });
        for (std::size_t k = 0; k < 2; ++k) {
            const Matrix slope = first_difference(h, rows, 4 + k);
            for (std::size_t i = 0; i < rows.shape(0); ++i) CHECK_THAT(v(i, k), WithinAbs(-slope(i, 0), 1e-7));
        }
        if (!example.depends_on_density) continue;
        const Matrix in_density = at(game, rows, 1, [](const Hamiltonian& hamiltonian, const Jet& p) {
            return hamiltonian.density_derivative(p);
        });
        const Matrix slope = first_difference(h, rows, 3);
        for (std::size_t i = 0; i < rows.shape(0); ++i) CHECK_THAT(in_density(i, 0), WithinAbs(slope(i, 0), 1e-7));
    }
}

TEST_CASE("the Lagrangian of any Hamiltonian is its Legendre transform", "[game]")
{
    for (const Example& example : examples()) {
        // Velocities of the double integrator are not free: v_0 = x_1.
        if (std::string(example.name) == "double integrator") continue;
        INFO(example.name);
        const TestGame game = game_of(example);
        const Matrix rows = rows_with_gradients(40);
        const Matrix all = at(game, rows, 3, [](const Hamiltonian& h, const Jet& p) {
            const Jet v = h.velocity(p), other = h.velocity(Real(0.5) * p + 0.1);
            return vconcat(vconcat(h.control_cost(v) - h.optimal_control_cost(p), h.excess_cost(v, p)),
                           h.excess_cost(other, p));
        });
        for (std::size_t i = 0; i < rows.shape(0); ++i) {
            CHECK_THAT(all(i, 0), WithinAbs(0, 1e-9));
            CHECK_THAT(all(i, 1), WithinAbs(0, 1e-9));
            CHECK(all(i, 2) > 0);
        }
    }
}

TEST_CASE("a velocity that no gradient gives is an error", "[game]")
{
    const TestGame game = game_of(examples()[1]);  // nobody is faster than 1
    Tape tape;
    tape.begin(false);
    const Hamiltonian h(game, tape.constant(2, 3, 0), Jet(tape.constant(1, 3, 0)), {});
    CHECK_THAT(message_of<NumericalError>([&] { h.control_cost(Jet(tape.constant(2, 3, 2))); }),
               ContainsSubstring("no gradient p gives agents the velocity"));
}

TEST_CASE("the divergence of the velocity of any Hamiltonian is that of finite differences", "[game]")
{
    for (const Example& example : examples())
        for (const bool noise : {false, true}) {
            INFO(example.name << (noise ? ", with noise in one coordinate" : ""));
            TestGame game = game_of(example);
            if (noise) {
                game.noises = Vector{0.3, 0};
                game.noise = 0.3;
            }
            const GivenSolution solution(game, some_value, some_log_density);
            const Matrix points = some_points(20);
            const Matrix found = solution->map(points, 2, 1, [&](const Fields& f) {
                return Hamiltonian(game, f, f["log_density"].value, true)
                    .velocity_divergence(f["phi"], f["log_density"]);
            });
            const PointFunction velocity = [&](const Matrix& x) { return solution->velocity_at(x); };
            const Matrix along_x = first_difference(velocity, points, 0),
                         along_y = first_difference(velocity, points, 1);
            for (std::size_t i = 0; i < points.shape(0); ++i)
                CHECK_THAT(found(i, 0), WithinAbs(along_x(i, 0) + along_y(i, 1), 1e-7));
        }
}

TEST_CASE("the equations for log m and for m are one, with any Hamiltonian and noise", "[game]")
{
    for (const Example& example : examples()) {
        INFO(example.name);
        TestGame game = game_of(example);
        game.noises = Vector{0.3, 0.1};
        game.noise = 0.3;
        const GivenSolution logarithmic(game, some_value, some_log_density),
            plain(game, some_value, some_log_density, Unknown::Role::density);
        const Matrix points = some_points(20);
        const Matrix of_logarithm = logarithmic->map(points, 2, 1, [&](const Fields& f) {
            return exp(f["log_density"].value) * kolmogorov_log(game, f, f["phi"], f["log_density"]);
        });
        const Matrix of_density =
            plain->map(points, 2, 1, [&](const Fields& f) { return kolmogorov(game, f, f["phi"], f["density"]); });
        for (std::size_t i = 0; i < points.shape(0); ++i)
            CHECK_THAT(of_density(i, 0), WithinAbs(of_logarithm(i, 0), 1e-9));
    }
}

TEST_CASE("noise of each coordinate and discount are part of the equation of the value function", "[game]")
{
    TestGame game;
    game.noises = Vector{0.3, 0};
    game.noise = 0.3;
    game.rho = 0.7;
    const GivenSolution solution(game, some_value);
    const Matrix points = some_points(20);
    const Matrix found =
        solution->map(points, 2, 1, [&](const Fields& f) { return hamilton_jacobi(game, f, f["phi"]); });
    const PointFunction value = [&](const Matrix& x) { return solution->value("phi", x); };
    const auto slope = [&](int k) {
        return PointFunction([&, k](const Matrix& x) { return first_difference(value, x, k); });
    };
    const Matrix phi = value(points), second = first_difference(slope(0), points, 0), in_x = slope(0)(points),
                 in_y = slope(1)(points), in_t = slope(2)(points);
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        const Real h = (in_x(i, 0) * in_x(i, 0) + in_y(i, 0) * in_y(i, 0)) / (2 * 1.7);
        CHECK_THAT(found(i, 0), WithinAbs(0.7 * phi(i, 0) - in_t(i, 0) - 0.3 * second(i, 0) + h, 1e-6));
    }
}

TEST_CASE("derivatives flow through any Hamiltonian", "[game]")
{
    for (const Example& example : examples()) {
        INFO(example.name);
        const TestGame game = game_of(example);
        // Positions, gradients, Laplacian, second derivatives, log density and its gradient.
        const Index count = std::max<Index>(1, count_of(value_directions(game), 2));
        const std::vector<LeafValues> leaves{random_leaf(2, 5, 1), random_leaf(2, 5, 2),
                                             random_leaf(1, 5, 3), random_leaf(static_cast<int>(count), 5, 4),
                                             random_leaf(1, 5, 5), random_leaf(2, 5, 6)};
        CHECK(gradient_error(
                  [&](Tape& tape, const Variables& v) {
                      FieldValues phi, w;
                      phi.gradient = Jet(v[1]);
                      phi.laplacian = Jet(v[2]);
                      phi.curvature = Jet(v[3]);
                      w.value = Jet(v[4]);
                      w.gradient = Jet(v[5]);
                      const Hamiltonian h(game, v[0], Jet(tape.constant(1, 5, 0.3)), w.value, true);
                      return vconcat({h(phi.gradient).value(), h.velocity(phi.gradient).value(),
                                      h.optimal_control_cost(phi.gradient).value(),
                                      h.velocity_divergence(phi, w).value()});
                  },
                  leaves) < 1e-7);
    }
}

TEST_CASE("what is no Hamiltonian is refused in one line", "[game]")
{
    const auto message = [](const std::function<Jet(const State&, const Jet& p)>& formula) {
        TestGame game;
        game.h_formula = formula;
        return message_of<Error>([&] { game.hamiltonian_traits(); });
    };
    CHECK_THAT(message([](const State&, const Jet& p) { return square(p[0]) - square(p[1]); }),
               ContainsSubstring("not convex in p"));
    CHECK_THAT(message([](const State&, const Jet& p) { return pow(norm_squared(p), 0.75); }),
               ContainsSubstring("at p = 0 are not finite"));
    CHECK_THAT(message([](const State&, const Jet& p) { return square(p); }),
               ContainsSubstring("one number for each agent"));
}
