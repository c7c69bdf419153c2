#include <mfg/assessment/formula_solution.hpp>
#include <mfg/assessment/grid_comparison.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/plugin/registry.hpp>

#include "catch.hpp"

#include <cmath>

using namespace mfg;

TEST_CASE("Richardson's extrapolation removes the leading error", "[grid_comparison]")
{
    const auto number = [](Real h) { return 3 - 5 * h * h; };
    const Extrapolation second = extrapolate(number(0.4), number(0.2), number(0.1), 2);
    CHECK(second.order == Approx(2));
    CHECK(second.limit == Approx(3));
    CHECK(second.bias() == Approx(number(0.1) - 3));

    // An order higher than that of the scheme is chance, and is not relied on: the bias is the larger one.
    const Extrapolation chance = extrapolate(17, 1.01, 1, 2);
    CHECK(chance.order > 10);
    CHECK(chance.bias() == Approx(0.01 / 3));

    // Numbers that approach nothing.
    for (const Real coarsest : {0.5, 1.15}) {
        const Extrapolation none = extrapolate(coarsest, 1.1, 1, 2);
        CHECK(std::isnan(none.order));
        CHECK(none.bias() == Approx(0.1));
    }
    CHECK(extrapolate(1, 1, 1, 2).bias() == 0);
}

TEST_CASE("the scheme's costs are the exact ones, and its bias is known", "[grid_comparison]")
{
    const auto problem = Registry().create<Problem>("gaussian_transport", {});
    const MeanFieldGame& game = *problem->mean_field_game();
    const Reference reference = *game.reference();
    Real exact = 0;
    for (const auto& term : reference.terms) exact += term.second;
    const GameSystem system(game, Unknown::Role::log_density, game.coupling());
    const FormulaSolution solution(system, reference);

    const GridComparison found = compare_on_grid(solution, solution, {{-6, 6, -6, 6}, game.horizon(), 96, 96, 16});
    const Extrapolation& objective = found.network_costs.objective;
    INFO("objective " << objective.value << ", limit " << objective.limit << ", order " << objective.order);
    CHECK(std::abs(objective.value - exact) < 0.01 * exact);
    CHECK(std::abs(objective.limit - exact) < 0.004 * exact);
    CHECK(objective.bias() / (objective.value - exact) > 0.5);
    CHECK(objective.bias() / (objective.value - exact) < 2);
    CHECK(found.network_costs.terminal.limit == Approx(reference.terms.at("terminal")).epsilon(0.03));
    CHECK(found.relative_difference_error == 0);
    CHECK(found.network.mass_at_walls < 1e-6);
}
