#include <mfg/assessment/exploitability.hpp>
#include <mfg/base/error.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/simulation.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/plugin/registry.hpp>

#include "catch.hpp"

#include <cmath>

using namespace mfg;

namespace {

constexpr Real variance = 0.5;

/// Agents in the valley stiffness |x|^2 / 2, who pay end |x|^2 / 2 where they stop.
struct Valley final : MeanFieldGame {
    Valley(Real stiffness_, Real end_, Real noise_) : stiffness(stiffness_), end(end_), noise(noise_) {}
    int dimension() const override { return 2; }
    Real viscosity() const override { return noise; }
    const Density& initial_density() const override { return initial; }
    Jet running_cost(const State& s) const override { return stiffness / 2 * norm_squared(s.x); }
    Jet terminal_cost(const State& s) const override { return end / 2 * norm_squared(s.x); }

    Real stiffness, end, noise;
    Gaussian initial = Gaussian::isotropic(2, {0, 0}, variance);
};

/// The value function p |x|^2 / 2 with the parameter p.
class QuadraticValue final : public Solution {
public:
    QuadraticValue(const Problem& problem, Real p) : problem_(problem), p_(make_vector(1, p))
    {
        layout_.add({"p", 1, 1});
    }
    const Problem& problem() const override { return problem_; }
    std::vector<Unknown> unknowns() const override { return {{"phi"}}; }
    const ParameterLayout& layout() const override { return layout_; }
    const Vector& parameters() const override { return p_; }
    Fields evaluate(Tape&, const VariableList& parameters, const Variable& points, int, Part) const override
    {
        const Variable x = points.rows(0, 2);
        Fields f;
        f.x = Jet(x);
        f.t = Jet(points.rows(2, 1));
        f.unknowns[0].name = "phi";
        f.unknowns[0].values.value = Jet(multiply(norm_squared(f.x).value(), parameters[0], 0.5));
        f.unknowns[0].values.gradient = Jet(multiply(x, parameters[0], 1));
        f.unknowns[0].values.laplacian =
            Jet(multiply(points.tape().constant(1, points.columns(), 2), parameters[0], 1));
        return f;
    }
    Jet velocity(const Fields& f) const override { return -f["phi"].gradient; }

private:
    const Problem& problem_;
    ParameterLayout layout_;
    Vector p_;
};

Exploitability found_by(const Solution& solution, const ResponseSettings& settings)
{
    Registry registry;
    const auto paths = registry.create<Optimizer>("lbfgs"),
               feedback = registry.create<Optimizer>("adam", {{"learning_rate", "0.05"}, {"schedule", "cosine"}});
    return exploitability(solution, settings, {*paths, {&*feedback}}, RandomStream(1, "exploitability"), 2);
}

}  // namespace

TEST_CASE("the exploitability of paths is what the best paths save", "[numerics][exploitability]")
{
    ResponseSettings settings;
    settings.agents = 40;
    settings.intervals = 8;
    const Real end = 2;
    const Valley game(0, end, 0);
    const QuadraticValue at_rest(game, 0);
    const Exploitability found = found_by(at_rest, settings);
    CHECK(found.response == "paths");
    CHECK(found.agents == 40);
    CHECK(found.intervals == 8);
    CHECK(found.iterations > 0);
    // Agents start where the stream says; straight lines are the best paths.
    const Matrix x = population_starts(at_rest, RandomStream(1, "exploitability").part("starts"), settings.agents);
    Real square = 0;
    for (const Real coordinate : x) square += coordinate * coordinate / settings.agents;
    CHECK_THAT(found.improvement, WithinRel(end * end / (1 + end) / 2 * square, 1e-6));
    CHECK_THAT(found.learned_cost, WithinRel(end / 2 * square, 1e-12));
    CHECK_THAT(found.best_response_cost, WithinAbs(found.learned_cost - found.improvement, 1e-12));
    CHECK_THAT(found.relative, WithinRel(found.improvement / found.learned_cost, 1e-12));

    // p^2 = stiffness and p = end: the stationary solution of the Riccati equation.
    const Valley at_equilibrium(1.44, 1.2, 0);
    const Exploitability none = found_by(QuadraticValue(at_equilibrium, 1.2), settings);
    CHECK(none.improvement >= 0);
    CHECK(none.relative < 1e-3);
}

TEST_CASE("with noise the feedback is improved, and nobody gains at an equilibrium", "[numerics][exploitability]")
{
    ResponseSettings settings;
    settings.intervals = 8;
    settings.iterations = 100;
    const Real p = 1.2, noise = 0.3;
    const Valley game(p * p, p, noise);
    const Exploitability found = found_by(QuadraticValue(game, 0), settings);
    CHECK(found.response == "feedback");
    CHECK(found.iterations == 100);
    CHECK(found.duration == 1);
    CHECK(!found.floor);
    // E |X|^2 = d (variance + 2 nu t) for agents at rest, who could have had phi(0, x) plus the growth of p |x|^2 / 2.
    const Real d = 2, at_rest = d * (p * p / 2 * (variance + noise) + p / 2 * (variance + 2 * noise));
    const Real optimum = d * p * (variance / 2 + noise);
    CHECK_THAT(found.learned_cost, WithinRel(at_rest, 0.05));
    CHECK_THAT(found.best_response_cost, WithinRel(optimum, 0.05));
    CHECK_THAT(found.improvement, WithinRel(at_rest - optimum, 0.05));
    CHECK(found.improvement > 10 * found.standard_error);

    const Exploitability none = found_by(QuadraticValue(game, p), settings);
    CHECK(none.relative < 0.01);
}

TEST_CASE("a system of equations does not say what one agent pays", "[numerics][exploitability]")
{
    struct System final : PdeSystem {
        int dimension() const override { return 2; }
        std::vector<Unknown> unknowns() const override { return {{"phi"}}; }
        std::vector<Equation> equations() const override { return {}; }
    };
    const System system;
    const QuadraticValue solution(system, 1);
    CHECK_THAT(message_of<UnsupportedProblem>([&] { found_by(solution, {}); }),
               ContainsSubstring("what one agent pays"));
}
