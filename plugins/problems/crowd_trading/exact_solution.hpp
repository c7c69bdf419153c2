#pragma once
#include <mfg/random/random.hpp>
#include "problems/common/chebyshev.hpp"

#include <functional>

namespace mfg {

/// A crowd of traders who each sell an inventory q until T; their mean trading speed moves the price.
struct TradingMarket {
    Real gamma = 0.4;     ///< permanent impact of the crowd on the price
    Real kappa = 0.2;     ///< cost of trading fast
    Real penalty = 0.1;   ///< cost of holding inventory
    Real terminal = 2.5;  ///< A, cost of inventory at the end
    Real horizon = 1;
    Real mean = 5, deviation = 1;  ///< of the inventories at the start, a Gaussian
};

/// The exact equilibrium of the trading game: u = h0 + h1 q - h2 q^2/2 and a Gaussian population of mean E(t),
///
///     h2' = h2^2/(2 kappa) - 2 penalty       h2(T) = 2A            2 kappa E'' + gamma E' - 2 penalty E = 0
///     h1 = 2 kappa E' + h2 E                                       E(0) = E0,  kappa E'(T) + A E(T) = 0
///     h0' = -h1^2/(4 kappa)                  h0(T) = 0             s(t) = s0 exp(-int_0^t h2/(2 kappa))
///
/// all but h0 in closed form.
class MFG_API CrowdTradingSolution {
public:
    explicit CrowdTradingSolution(const TradingMarket& market);

    const TradingMarket& market() const { return market_; }
    /// u(t,q)
    Jet value(const Jet& q, const Jet& t) const;
    /// log m(t,q)
    Jet log_density(const Jet& q, const Jet& t) const;
    /// v(t,q) = d_q u/(2 kappa)
    Real velocity(Real q, Real t) const { return (h1(t) - h2(t) * q) / (2 * market_.kappa); }
    /// E(t)
    Real mean(Real t) const;
    /// s(t)
    Real deviation(Real t) const;
    Real h0(Real t) const { return h0_(t); }
    Real h1(Real t) const { return 2 * market_.kappa * mean_slope(t) + h2(t) * mean(t); }
    Real h2(Real t) const;

private:
    Real mean_slope(Real t) const;
    Real width(Real remaining) const;  // y with h2 = -2 kappa y'/y

    TradingMarket market_;
    Real fast_, slow_, fast_share_, slow_share_;  // E = fast_share exp(fast t) + slow_share exp(slow t)
    Real rate_;                                   // sqrt(penalty/kappa)
    ChebyshevSeries h0_, h1_, h2_, mean_, log_deviation_;
};

/// Trading speeds `[n x 1]` at inventories and times, one a row `[n x 2]`.
using TradingSpeed = std::function<Matrix(const Matrix& points)>;

/// The mean inventory of a crowd that trades with some speed: t, E(t) and the exact E(t) in rows, `steps` + 1 of them.
MFG_API Matrix mean_inventory(const CrowdTradingSolution& exact, const TradingSpeed& speed, int steps);
/// The largest |E(t) - exact E(t)| / |exact E(t)|: relative to what is left at that time. Less than 2 % of the initial
/// mean counts as 2 % of it, so that a position that is nearly sold is no divisor (without an initial mean, as 2 % of
/// the initial deviation).
MFG_API Real mean_inventory_error(const CrowdTradingSolution& exact, const TradingSpeed& speed, int steps);

/// Simulates price, inventory and cash of traders who start with `inventories` `[n x 1]` and no cash,
///
///     dS = gamma vbar dt + sigma dW,   dQ = v dt,   dX = -v (S + kappa v) dt
///
/// where vbar is the crowd's mean speed, and gives what each has in the end: X_T + Q_T S_T - A Q_T^2 - penalty int Q^2.
MFG_API Vector final_wealth(const CrowdTradingSolution& exact, const TradingSpeed& speed, const Matrix& inventories,
                            Real price, Real sigma, const RandomStream& stream, int steps);

/// Means over traders of what they have in the end, and of what they expect at the start.
struct TradingOutcome {
    Real wealth, wealth_standard_error;  ///< simulated; the error is that of the price's noise
    Real value, exact;                   ///< q s + u(0,q), as learned and exactly
};

/// The outcome of final_wealth for the same traders; `values` are u(0,q) as learned `[n x 1]`.
MFG_API TradingOutcome trading_outcome(const CrowdTradingSolution& exact, const TradingSpeed& speed,
                                       const Matrix& inventories, const Matrix& values, Real price, Real sigma,
                                       const RandomStream& stream, int steps);

}  // namespace mfg
