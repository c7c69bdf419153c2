/// Residuals relative to the sizes of the equations' terms, and around the population as it is now.
#include <mfg/assessment/assessment.hpp>
#include <mfg/base/views.hpp>
#include <mfg/pde/equation_terms.hpp>

#include "catch.hpp"
#include "setup.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;

namespace {

Real root_mean_square(const Matrix& values)
{
    return std::sqrt(xt::mean(values * values)());
}

Real deviation(const Matrix& values)
{
    const Real mean = xt::mean(values)();
    return root_mean_square(values - mean);
}

/// The sizes of a system's equations, and its unknowns at the same points.
struct Sizes {
    explicit Sizes(const FieldSetup& parts)
        : theta(parts.parameters()), collocation(*parts.fields, {}), solution(*parts.fields, theta)
    {
        const ResidualLoss residuals(*parts.fields, collocation, parts.residual_settings());
        const Matrix rows = residuals.sample(RandomStream(4, "points"), 512);
        found = equation_sizes(residuals, theta, rows);
        points = collocation.points(theta, rows);
    }
    Matrix of(const std::function<Jet(const Fields&)>& formula) const { return solution.map(points, 2, 1, formula); }

    Vector theta;
    Collocation collocation;
    NetworkSolution solution;
    Matrix points;
    std::map<std::string, Real> found;
};

/// Nothing but one term, and one condition at one place that all points have in common.
class Flat final : public PdeSystem {
public:
    int dimension() const override { return 1; }
    bool stationary() const override { return true; }
    std::optional<Box> domain() const override { return Box{make_vector(1, 0), make_vector(1, 1)}; }
    std::vector<Unknown> unknowns() const override { return {{"phi"}}; }
    std::vector<Equation> equations() const override
    {
        return {{"flat", Where::interior, [](const Fields& f) { return f["phi"].laplacian; }}};
    }
};

}  // namespace

TEST_CASE("an equation is as large as its largest term, a condition as the spread of what it is about",
          "[numerics][residuals]")
{
    const FieldSetup parts("ode", {});
    const Sizes sizes(parts);
    const Real largest = std::max({root_mean_square(sizes.of([](const Fields& f) { return f["phi"].gradient; })),
                                   root_mean_square(sizes.of([](const Fields& f) { return f["phi"].value; })),
                                   root_mean_square(sizes.of([](const Fields& f) { return f.x; }))});
    REQUIRE(sizes.found.size() == 2);
    CHECK_THAT(sizes.found.at("ode"), WithinRel(largest, 1e-10));
    CHECK_THAT(sizes.found.at("start"),
               WithinRel(deviation(sizes.of([](const Fields& f) { return f["phi"].value; })), 1e-10));
}

TEST_CASE("the terms of a game's equations are found", "[numerics][residuals]")
{
    const FieldSetup parts("torus", {{"dimension", "2"}});
    const Sizes sizes(parts);
    const Real nu = parts.problem->viscosity();
    const auto cost = [&](const Fields& f, const Jet& w) {
        return parts.problem->mean_field_game()->running_cost({f.x, f.t, w});
    };
    const auto none = [](const Fields& f) { return Jet(f.x.tape().constant(1, f.x.samples(), 0)); };
    const Real hjb = std::max(
        {root_mean_square(sizes.of([](const Fields& f) { return f["phi"].time_derivative; })),
         root_mean_square(sizes.of([&](const Fields& f) { return nu * f["phi"].laplacian; })),
         root_mean_square(sizes.of([](const Fields& f) { return Real(0.5) * norm_squared(f["phi"].gradient); })),
         root_mean_square(sizes.of([](const Fields& f) { return f["log_density"].value; })),
         root_mean_square(sizes.of([&](const Fields& f) { return cost(f, none(f)); }))});
    CHECK_THAT(sizes.found.at("hjb"), WithinRel(hjb, 1e-10));
    REQUIRE(sizes.found.size() == 4);
    for (const char* condition : {"initial", "terminal"}) CHECK(sizes.found.at(condition) > 0);
}

TEST_CASE("a single term has nothing to be compared with", "[numerics][residuals]")
{
    const Flat system;
    const FieldSetup parts(system, {});
    CHECK(Sizes(parts).found.empty());
}

TEST_CASE("residuals are followed around the population of the present control", "[numerics][residuals]")
{
    const GalerkinSetup setup({"linear_quadratic", {{"dimension", "1"}, {"initial_mean", "6"}}, {}});
    Vector theta = setup.parameters();
    const RandomStream stream(3, "tracking");
    const auto followed = [&] { return setup.formulation->provisional(theta, stream)->tracked_measures(stream, 512); };
    const Real up_to_date = followed().at("population").at("residual_ratio");
    CHECK(up_to_date > 0.5);
    CHECK(up_to_date < 2);
    const Real residual = followed().at("residuals").at("hjb");

    // A training whose points are where nobody is any more.
    for (const auto& [block, offset] : setup.layout().entries())
        if (block.name.rfind("population.", 0) == 0)
            for (Index i = 0; i < block.size(); ++i) theta(offset + i) = 0;
    CHECK(followed().at("population").at("residual_ratio") > 10);
    CHECK_THAT(followed().at("residuals").at("hjb"), WithinRel(residual, 1e-6));

    const auto names = SolutionTracker(*setup.formulation).names();
    CHECK(std::count(names.begin(), names.end(), "population.residual_ratio") == 1);
    const GalerkinSetup torus({"torus", {{"dimension", "1"}}, {}});
    const auto others = SolutionTracker(*torus.formulation).names();
    CHECK(std::count(others.begin(), others.end(), "population.residual_ratio") == 0);
}
