#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/random/monte_carlo.hpp>
#include "problems/common/computable.hpp"
#include "problems/crowd_trading/exact_solution.hpp"
#include "problems/linear_quadratic/exact_solution.hpp"

#include "catch.hpp"

#include <cmath>

using namespace mfg;
using Catch::Matchers::WithinAbs;

namespace {

Real at(const std::function<Jet(const Jet& x, const Jet& t)>& function, const Vector& x, Real t)
{
    Tape tape;
    tape.begin(false);
    return function(Jet(tape.constant(x)), Jet(tape.constant(1, 1, t))).value()(0, 0);
}

LinearQuadraticSolution::Settings settings(Real mean, Real variance)
{
    LinearQuadraticSolution::Settings s;
    s.initial_mean = make_vector(2);
    s.initial_mean(0) = mean;
    s.initial_variance = variance;
    return s;
}

}  // namespace

TEST_CASE("linear-quadratic game: the stationary solution", "[exact]")
{
    const LinearQuadraticSolution solution(settings(0, 0));
    const Real nu = 0.5, gamma = 0.3, alpha = -gamma + std::sqrt(gamma * gamma + 1);
    const Real k = nu * alpha * 2 + gamma * std::log(alpha / (2 * pi * nu));
    const Vector x{0.3, -1.1};
    CHECK_THAT(LinearQuadraticSolution::stationary_curvature(settings(0, 0)), WithinAbs(alpha, 1e-15));
    for (const Real t : {0.0, 0.4, 1.0}) {
        CHECK_THAT(solution.deviation(t), WithinAbs(std::sqrt(nu / alpha), 1e-13));
        const Real value = at([&](const Jet& y, const Jet& s) { return solution.value(y, s); }, x, t);
        CHECK_THAT(value, WithinAbs(alpha / 2 * (0.09 + 1.21) + k * (1 - t), 1e-13));
    }
}

TEST_CASE("linear-quadratic game: the equations in time are solved to 1e-10", "[exact]")
{
    for (const Real variance : {0.04, 0.2, 9.0})
        for (const Real horizon : {0.5, 1.0, 6.0})
            for (const Real viscosity : {0.0, 0.1, 0.5}) {
                INFO("variance " << variance << ", horizon " << horizon << ", viscosity " << viscosity);
                LinearQuadraticSolution::Settings s = settings(2, variance);
                s.horizon = horizon;
                s.viscosity = viscosity;
                const LinearQuadraticSolution solution(s);
                CHECK(solution.residual() < 1e-10);
                CHECK_THAT(solution.deviation(0), WithinAbs(std::sqrt(variance), 1e-12));
                CHECK_THAT(solution.mean_factor(0), WithinAbs(1, 1e-12));
                CHECK(std::abs(solution.mean_factor(horizon)) < 1);
            }
}

TEST_CASE("linear-quadratic game: a narrow start", "[exact]")
{
    const LinearQuadraticSolution solution(settings(1, 0.01));
    CHECK(solution.residual() < 1e-10);
    CHECK_THAT(solution.deviation(0), WithinAbs(0.1, 1e-12));
}

TEST_CASE("linear-quadratic game: what has no solution is refused", "[exact]")
{
    LinearQuadraticSolution::Settings s = settings(0, 1);
    s.gamma = s.viscosity = 0;
    CHECK_THROWS_AS(LinearQuadraticSolution(s), Error);
    CHECK_THROWS_AS(LinearQuadraticSolution(settings(0, 1e-9)), NumericalError);
    s = settings(0, 0);
    s.horizon = 1000;
    CHECK_FALSE(if_computable<LinearQuadraticSolution>(s));
    TradingMarket market;
    market.horizon = 400;
    CHECK_FALSE(if_computable<CrowdTradingSolution>(market));
}

TEST_CASE("crowd trading: numbers of the exact solution", "[exact]")
{
    const CrowdTradingSolution solution{TradingMarket{}};
    CHECK_THAT(solution.mean(1), WithinAbs(0.2027677, 5e-8));
    CHECK_THAT(solution.h2(0), WithinAbs(0.4396937, 5e-8));
    CHECK_THAT(solution.h2(1), WithinAbs(5, 1e-13));
    CHECK_THAT(solution.h1(1), WithinAbs(0, 1e-13));
    CHECK_THAT(solution.deviation(1), WithinAbs(0.067, 5e-4));
    TradingMarket longer;
    longer.horizon = 3;
    CHECK_THAT(CrowdTradingSolution(longer).deviation(3), WithinAbs(0.013, 5e-4));
}

TEST_CASE("crowd trading: the error of the mean inventory is relative to what is left", "[exact]")
{
    const TradingSpeed none = [](const Matrix& points) { return make_matrix(points.shape(0), 1); };
    const CrowdTradingSolution solution{TradingMarket{}};
    CHECK_THAT(mean_inventory_error(solution, none, 100), WithinRel(5 / 0.2027677 - 1, 1e-6));
    // Over a longer time less than 2 % is left, which counts as 2 % of the initial mean.
    TradingMarket longer;
    longer.horizon = 3;
    const CrowdTradingSolution slow(longer);
    REQUIRE(slow.mean(3) < 0.1);
    CHECK_THAT(mean_inventory_error(slow, none, 100), WithinRel((5 - slow.mean(3)) / 0.1, 1e-6));
}

TEST_CASE("crowd trading: simulations with the exact speed give the exact mean inventory and reward", "[exact]")
{
    const CrowdTradingSolution solution{TradingMarket{}};
    const TradingSpeed speed = [&](const Matrix& points) {
        Matrix v = make_matrix(points.shape(0), 1);
        for (std::size_t i = 0; i < v.shape(0); ++i) v(i, 0) = solution.velocity(points(i, 0), points(i, 1));
        return v;
    };
    CHECK(mean_inventory_error(solution, speed, 100) < 1e-5);
    const Matrix inventory = mean_inventory(solution, speed, 100);
    for (std::size_t k = 0; k < inventory.shape(0); ++k)
        CHECK_THAT(inventory(k, 1), WithinAbs(solution.mean(inventory(k, 0)), 1e-6));

    constexpr std::size_t n = 3000;
    Matrix starts = make_matrix(n, 1);
    for (std::size_t i = 0; i < n; ++i) starts(i, 0) = 2 + 6 * static_cast<Real>(i) / n;
    const Vector wealth = final_wealth(solution, speed, starts, 7, 0.5, RandomStream(5, "price"), 100);
    MonteCarloMean surplus, tilted;
    for (std::size_t i = 0; i < n; ++i) {
        const Real q = starts(i, 0);
        const Real reward = solution.h0(0) + solution.h1(0) * q - solution.h2(0) * q * q / 2;
        surplus.add(wealth(i) - 7 * q - reward);
        tilted.add((wealth(i) - 7 * q - reward) * (q - 5));
    }
    CHECK(surplus.standard_error() < 0.05);
    CHECK(std::abs(surplus.mean()) < 4 * surplus.standard_error());
    CHECK(std::abs(tilted.mean()) < 4 * tilted.standard_error());
    // Without noise the reward is that of each trader.
    const Vector certain = final_wealth(solution, speed, starts, 7, 0, RandomStream(5, "price"), 200);
    const Real q = starts(n / 3, 0);
    CHECK_THAT(certain(n / 3),
               WithinAbs(7 * q + solution.h0(0) + solution.h1(0) * q - solution.h2(0) * q * q / 2, 1e-5));
}
