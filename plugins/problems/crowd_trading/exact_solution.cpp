#include "exact_solution.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/views.hpp>
#include <mfg/random/monte_carlo.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

/// One Runge-Kutta step of all inventories `[n x 1]`. `each(i, q, v, weight)` gets the stages: weights sum up to 1, and
/// integrate functions of q and v over the step to fourth order.
template <class Each>
void advance(Matrix& inventories, Real t, Real h, const TradingSpeed& speed, Each each)
{
    const Index n = rows(inventories);
    Matrix points = make_matrix(n, 2), sum = make_matrix(n, 1), v = sum;
    const Real shift[] = {0, 0.5, 0.5, 1}, weight[] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
    for (int stage = 0; stage < 4; ++stage) {
        for (Index i = 0; i < n; ++i) {
            points(i, 0) = inventories(i, 0) + h * shift[stage] * v(i, 0);
            points(i, 1) = t + h * shift[stage];
        }
        v = speed(points);
        for (Index i = 0; i < n; ++i) {
            sum(i, 0) += weight[stage] * v(i, 0);
            each(i, points(i, 0), v(i, 0), weight[stage]);
        }
    }
    inventories += h * sum;
}

}  // namespace

CrowdTradingSolution::CrowdTradingSolution(const TradingMarket& m) : market_(m), rate_(std::sqrt(m.penalty / m.kappa))
{
    const Real root = std::sqrt(m.gamma * m.gamma + 16 * m.kappa * m.penalty);
    fast_ = (-m.gamma - root) / (4 * m.kappa);
    slow_ = (-m.gamma + root) / (4 * m.kappa);
    // kappa E'(T) + A E(T) = 0, divided by the larger exponential.
    const Real at_fast = (m.kappa * fast_ + m.terminal) * std::exp((fast_ - slow_) * m.horizon),
               at_slow = m.kappa * slow_ + m.terminal;
    slow_share_ = -m.mean * at_fast / (at_slow - at_fast);
    fast_share_ = m.mean - slow_share_;

    // Without impact (gamma = 0) h1 and h0 vanish: what is left of the two terms of h1 are rounding errors.
    const Real size = 2 * m.terminal * std::abs(m.mean), cost = size * size / (4 * m.kappa);
    const auto fit = [&](Real scale, auto function) { return ChebyshevSeries::fit(0, m.horizon, function, scale); };
    h2_ = fit(0, [this](Real t) { return h2(t); });
    h1_ = fit(size, [this](Real t) { return h1(t); });
    mean_ = fit(0, [this](Real t) { return mean(t); });
    log_deviation_ = fit(0, [this](Real t) { return std::log(deviation(t)); });
    const ChebyshevSeries from_start = fit(cost, [&](Real t) { return h1(t) * h1(t) / (4 * m.kappa); }).integral();
    h0_ = fit(cost * m.horizon, [&](Real t) { return from_start(m.horizon) - from_start(t); });
}

Real CrowdTradingSolution::mean(Real t) const
{
    return fast_share_ * std::exp(fast_ * t) + slow_share_ * std::exp(slow_ * t);
}

Real CrowdTradingSolution::mean_slope(Real t) const
{
    return fast_share_ * fast_ * std::exp(fast_ * t) + slow_share_ * slow_ * std::exp(slow_ * t);
}

Real CrowdTradingSolution::width(Real remaining) const
{
    return std::cosh(rate_ * remaining) + market_.terminal / (market_.kappa * rate_) * std::sinh(rate_ * remaining);
}

Real CrowdTradingSolution::h2(Real t) const
{
    const Real remaining = market_.horizon - t;
    const Real slope =
        rate_ * std::sinh(rate_ * remaining) + market_.terminal / market_.kappa * std::cosh(rate_ * remaining);
    return 2 * market_.kappa * slope / width(remaining);
}

Real CrowdTradingSolution::deviation(Real t) const
{
    return market_.deviation * width(market_.horizon - t) / width(market_.horizon);
}

Jet CrowdTradingSolution::value(const Jet& q, const Jet& t) const
{
    return h0_(t) + h1_(t) * q - 0.5 * (h2_(t) * square(q));
}

Jet CrowdTradingSolution::log_density(const Jet& q, const Jet& t) const
{
    const Jet log_deviation = log_deviation_(t);
    return -0.5 * square((q - mean_(t)) * exp(-log_deviation)) - log_deviation - log_two_pi / 2;
}

Matrix mean_inventory(const CrowdTradingSolution& exact, const TradingSpeed& speed, int steps)
{
    // Trapezoidal sums over a Gaussian are exact to rounding for smooth functions.
    constexpr Index nodes = 49;
    constexpr Real end = 6;
    const TradingMarket& market = exact.market();
    Matrix inventories = make_matrix(nodes, 1);
    Vector weights = make_vector(nodes);
    for (Index i = 0; i < nodes; ++i) {
        const Real z = end * (Real(2) * i / (nodes - 1) - 1);
        inventories(i, 0) = market.mean + market.deviation * z;
        weights(i) = std::exp(-z * z / 2);
    }
    weights /= xt::sum(weights)();
    const Real h = market.horizon / steps;
    Matrix table = make_matrix(steps + 1, 3);
    for (Index k = 0; k <= steps; ++k) {
        table(k, 0) = h * k;
        table(k, 1) = xt::sum(weights * xt::col(inventories, 0))();
        table(k, 2) = exact.mean(h * k);
        if (k < steps) advance(inventories, h * k, h, speed, [](Index, Real, Real, Real) {});
    }
    return table;
}

Real mean_inventory_error(const CrowdTradingSolution& exact, const TradingSpeed& speed, int steps)
{
    const Matrix table = mean_inventory(exact, speed, steps);
    constexpr Real least_share = 0.02;
    const Real mean = std::abs(exact.market().mean);
    const Real least = least_share * (mean == 0 ? exact.market().deviation : mean);
    Vector errors = make_vector(rows(table));
    for (Index k = 0; k < rows(table); ++k)
        errors(k) = (table(k, 1) - table(k, 2)) / std::max(std::abs(table(k, 2)), least);
    return largest_of(errors);
}

Vector final_wealth(const CrowdTradingSolution& exact, const TradingSpeed& speed, const Matrix& inventories, Real price,
                    Real sigma, const RandomStream& stream, int steps)
{
    const TradingMarket& market = exact.market();
    const Index n = rows(inventories);
    const Matrix crowd = mean_inventory(exact, speed, steps);
    const Real h = market.horizon / steps;
    Matrix q = inventories;
    Vector cash = make_vector(n), prices = make_vector(n, price), costs = make_vector(n);
    Matrix noise = make_matrix(n, steps);
    for (Index i = 0; i < n; ++i) stream.normal(i, steps, &noise(i, 0));
    for (Index k = 0; k < steps; ++k) {
        const Matrix before = q;
        advance(q, crowd(k, 0), h, speed, [&](Index i, Real inventory, Real v, Real weight) {
            costs(i) += h * weight * (market.kappa * v * v + market.penalty * inventory * inventory);
        });
        const Real impact = market.gamma * (crowd(k + 1, 1) - crowd(k, 1));
        const Vector moved = impact + sigma * std::sqrt(h) * xt::col(noise, k);
        // What is sold during a step is sold at its mean price.
        cash -= xt::col(q - before, 0) * (prices + moved / 2);
        prices += moved;
    }
    const Vector left = xt::col(q, 0);
    return cash + left * prices - market.terminal * left * left - costs;
}

TradingOutcome trading_outcome(const CrowdTradingSolution& exact, const TradingSpeed& speed, const Matrix& inventories,
                               const Matrix& values, Real price, Real sigma, const RandomStream& stream, int steps)
{
    const Vector wealth = final_wealth(exact, speed, inventories, price, sigma, stream, steps);
    MonteCarloMean mean, learned, expected, noise;
    for (Index i = 0; i < rows(inventories); ++i) {
        const Real q = inventories(i, 0), assets = q * price;
        const Real reward = exact.h0(0) + exact.h1(0) * q - exact.h2(0) * q * q / 2;
        mean.add(wealth(i));
        learned.add(assets + values(i, 0));
        expected.add(assets + reward);
        noise.add(wealth(i) - assets - reward);
    }
    return {mean.mean(), noise.standard_error(), learned.mean(), expected.mean()};
}

}  // namespace mfg
