/// Games of several populations: their equations, what each population sees of an answer, and errors of each.
#include <mfg/assessment/assessment.hpp>
#include <mfg/assessment/errors.hpp>
#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/population_names.hpp>
#include <mfg/assessment/verdict.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/game/population_view.hpp>
#include <mfg/pde/multi_population_system.hpp>
#include <mfg/testing/contracts.hpp>

#include "catch.hpp"
#include "setup.hpp"

#include <array>
#include <cmath>
#include <limits>

using namespace mfg;

namespace {

/// The problem two_crowds, its equations, and functions in place of their unknowns.
struct Crowds {
    Registry registry;
    Registry::Object<Problem> problem;
    const MultiPopulationGame& game;
    MultiPopulationSystem system;

    explicit Crowds(const Options::Given& options = {{"dimension", "3"}},
                    Unknown::Role form = Unknown::Role::log_density)
        : problem(registry.create<Problem>("two_crowds", options)),
          game(*problem->multi_population_game()),
          system(game, form)
    {
    }

    Reference reference(int k) const { return *game.population(k).reference(); }
    /// The exact solution, with the value function of the second population so many times as large.
    FormulaSolution exact(Real factor = 1) const
    {
        const auto formula = [this, factor](const Unknown& unknown, const State& s) {
            const Reference own = reference(unknown.population);
            if (unknown.role == Unknown::Role::log_density) return own.log_density(s);
            if (unknown.role == Unknown::Role::density) return exp(own.log_density(s));
            return (unknown.population == 1 ? factor : 1) * own.value(s);
        };
        return FormulaSolution(system, formula, {*reference(0).constant, *reference(1).constant});
    }
};

Real largest_residual(const Equation& equation, const Solution& solution)
{
    const Matrix points = uniform_points(solution.problem(), RandomStream(3, "points"), 64);
    const Matrix r = solution.map(points, 2, 1, equation.residual);
    return xt::amax(xt::abs(r))();
}

/// Populations of a plain game that are given one by one.
class Given final : public MultiPopulationGame {
public:
    explicit Given(std::vector<const MeanFieldGame*> games) : games_(std::move(games)) {}
    int populations() const override { return length(games_); }
    const MeanFieldGame& population(int k) const override { return *games_[k]; }

private:
    std::vector<const MeanFieldGame*> games_;
};

/// Agents who pay nothing, at any number of places, with any mass.
class Idle final : public MeanFieldGame {
public:
    class Law final : public Density {
    public:
        Law(int dimension, Real mass) : d_(dimension), mass_(mass) {}
        int dimension() const override { return d_; }
        Jet log_density(const Jet& x) const override { return Real(0) * x[0] + std::log(mass_); }

    private:
        Matrix draw(const RandomStream& stream, Index count) const override
        {
            Matrix points = make_matrix(count, d_);
            for (Index i = 0; i < count; ++i) stream.uniform(i, d_, &points(i, 0));
            return points;
        }
        int d_;
        Real mass_;
    };

    explicit Idle(int dimension, Real mass = 1, Real end = 1) : law_(dimension, mass), end_(end) {}
    int dimension() const override { return law_.dimension(); }
    Real horizon() const override { return end_; }
    bool periodic() const override { return true; }
    const Density& initial_density() const override { return law_; }
    Jet running_cost(const State& s) const override { return cost ? cost(s) : Jet{}; }
    Jet terminal_cost(const State&) const override { return {}; }

    std::function<Jet(const State&)> cost;

private:
    Law law_;
    Real end_;
};

}  // namespace

TEST_CASE("the equations of two populations hold at their exact solution, and only there", "[numerics][populations]")
{
    const auto form = GENERATE(Unknown::Role::log_density, Unknown::Role::density);
    const Crowds crowds({{"dimension", "3"}}, form), strangers({{"dimension", "3"}, {"second_amplitude", "0.1"}}, form);
    const std::string density = form == Unknown::Role::density ? "density" : "log_density";

    std::vector<std::string> names;
    for (const Unknown& unknown : crowds.system.unknowns()) names.push_back(unknown.name);
    CHECK(names == std::vector<std::string>{"phi_1", density + "_1", "phi_2", density + "_2"});
    CHECK(crowds.system.constants() == std::vector<std::string>{"lambda_1", "lambda_2"});
    names.clear();
    const FormulaSolution exact = crowds.exact(), other = strangers.exact();
    for (const Equation& equation : crowds.system.equations()) {
        names.push_back(equation.name);
        INFO(equation.name);
        CHECK(largest_residual(equation, exact) < 1e-11);
        // The first crowd, which is the same, meets another density; its own flux stays 0.
        if (equation.name == "hjb_1") CHECK(largest_residual(equation, other) > 1e-2);
        if (equation.name == "kfp_1") CHECK(largest_residual(equation, other) < 1e-11);
    }
    CHECK(names == std::vector<std::string>{"hjb_1", "kfp_1", "hjb_2", "kfp_2"});
}

TEST_CASE("a cost depends on the density of the other population", "[numerics][populations]")
{
    const Crowds crowds;
    const FormulaSolution exact = crowds.exact();
    const auto views = populations_of(exact);
    REQUIRE(views.size() == 2);
    const Matrix points = uniform_points(exact.problem(), RandomStream(3, "points"), 16);
    for (int k = 0; k < 2; ++k) {
        CHECK(views[k].suffix == "_" + std::to_string(k + 1));
        const Solution& own = *views[k].solution;
        const MeanFieldGame& among = *own.problem().mean_field_game();
        // f = c(x, w_own, w_other), found with the densities of the answer and with those of the formulas.
        const Matrix seen = own.map(points, 0, 1, [&](const Fields& f) {
            return among.running_cost({f.x, f.t, own.log_density(f)});
        });
        const Matrix expected = exact.map(points, 0, 1, [&](const Fields& f) {
            return crowds.game.population(k).running_cost(
                {f.x, f.t, f.unknowns[2 * k + 1].values.value,
                 vconcat(f["log_density_1"].value, f["log_density_2"].value)});
        });
        CHECK(xt::amax(xt::abs(seen - expected))() < 1e-14);
        CHECK(xt::amax(xt::abs(own.velocity_at(points) + own.map(points, 1, 3, [&](const Fields& f) {
                  return f.unknowns[0].values.gradient;
              })))() < 1e-14);
    }
}

TEST_CASE("each population has errors, constants and a verdict of its own", "[numerics][populations]")
{
    const Crowds crowds;
    const FormulaSolution answer = crowds.exact(1.3);
    const Measures measures = assess(answer, RandomStream(5, "measures"), 1000);
    const auto& errors = measures.at("errors");
    for (const char* name : {"value_1", "gradient_1", "control_1", "log_density_1", "log_density_2", "density_2"})
        CHECK(errors.at(name) < 1e-12);
    for (const char* name : {"value_2", "gradient_2", "control_2"}) CHECK_THAT(errors.at(name), WithinRel(0.3, 1e-9));
    CHECK(measures.at("constants").count("lambda_2_trained") == 1);
    CHECK(errors.count("constant_2_standard_error") == 1);
    CHECK(errors.at("constant_1") < 1e-12);

    const Judgement judgement = judge({{"errors", errors}});
    CHECK(judgement.verdict == Verdict::not_solved);
    CHECK_THAT(judgement.reasons.front(), ContainsSubstring("error of population 2 30 %"));
    CHECK(judge({{"errors", assess(crowds.exact(), RandomStream(5, "measures"), 1000).at("errors")}}).verdict ==
          Verdict::solved);
}

TEST_CASE("names of numbers of a population", "[numerics][populations]")
{
    CHECK(of_population("value", "") == "value");
    CHECK(of_population("value_l1", "_2") == "value_l1_2");
    CHECK(of_population("constant_standard_error", "_2") == "constant_2_standard_error");
    CHECK(split_population("value_l1_2") == std::pair<std::string, std::string>("value_l1", "_2"));
    CHECK(split_population("value_l1") == std::pair<std::string, std::string>("value_l1", ""));
    CHECK(split_population("12") == std::pair<std::string, std::string>("12", ""));
}

TEST_CASE("populations that do not fit together are refused in one line", "[numerics][populations]")
{
    const Idle one(2), other(2), in_space(3), later(2, 1, 2), no_mass(2, 0);
    const auto message = [](std::vector<const MeanFieldGame*> games) {
        const Given given(std::move(games));
        return message_of<Error>([&] { require_settings(given); });
    };
    CHECK_NOTHROW(require_settings(Given({&one, &other})));
    CHECK_THAT(message({}), ContainsSubstring("populations() is 0; it must be between 1 and 8"));
    CHECK_THAT(message({&one, &in_space}), ContainsSubstring("population 2 has dimension 3; it must be 2"));
    CHECK_THAT(message({&one, &later}), ContainsSubstring("population 2 is a game of another kind"));
    CHECK_THAT(message({&one, &no_mass}), ContainsSubstring("population 2: the initial density is 0 or infinite"));
}

TEST_CASE("a cost that takes the own density from the list of all fails its contract", "[numerics][populations]")
{
    Idle first(1), second(1);
    first.cost = [](const State& s) { return s.log_density + s.log_densities[1]; };
    second.cost = [](const State& s) { return s.log_densities[0] + s.log_densities[1]; };
    const Given game({&first, &second});
    std::vector<std::string> failed;
    for (const CheckResult& result : check_problem(game))
        if (!result.passed) failed.push_back(result.what);
    CHECK(failed ==
          std::vector<std::string>{"population 2: costs see the own density as s.log_density, not in s.log_densities"});
}
