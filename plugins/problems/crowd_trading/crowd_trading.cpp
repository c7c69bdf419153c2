/// crowd_trading: traders sell their inventories while the mean speed of the crowd moves the price; exact solution.
///
/// An agent with inventory q trades at the speed v. The value u(t,q) is a reward, as in the source: agents maximise it.
/// The mean speed vbar of all agents moves the price:
///
/// $$ 0 = \partial_t u - \mathtt{penalty}\, q^2 + \frac{(\partial_q u)^2}{4\kappa} + \gamma \bar v(t) q, \quad
///    u(T,q) = -A q^2, \qquad v = \frac{\partial_q u}{2\kappa} $$
///
/// $$ 0 = \partial_t m + \partial_q (m v), \quad m(0) = N(E_0, s_0^2), \qquad \bar v(t) = \int v\, m \, dq $$
///
/// The unknown for the population is w = log m: 0 = w_t + v w_q + v_q. The exact solution is u = h0 + h1 q - h2 q^2/2
/// and a Gaussian whose mean E(t) solves 2 kappa E'' + gamma E' - 2 penalty E = 0, kappa E'(T) + A E(T) = 0, with vbar
/// = E' (docs/equations.md, "crowd_trading"). Over a very long horizon (T = 400 with the default costs) it cannot be
/// computed; then errors, the test below and its figures are left out.
///
/// The result also contains a test in terms of wealth. Price, inventory and cash are simulated with the learned speed,
///
/// $$ dS = \gamma \bar v\,dt + \sigma\,dW, \quad dQ = v\,dt, \quad dX = -v (S + \kappa v)\,dt, $$
///
/// and the mean of X_T + Q_T S_T - A Q_T^2 - penalty int Q^2 (`simulation.wealth`, with the standard error from the
/// noise of the price) is compared with that of q s + u(0,q), learned (`value`) and exact, for the same inventories.
///
/// `errors.mean_inventory` is the largest |E_learned(t) - E(t)| / max(|E(t)|, 0.02 |E_0|), relative to what is left.
///
/// The ansatz for `--method.conditions terminal` is u = -A q^2 / (1 + A (T - t) / kappa) + (T - t) N. Its first term is
/// the value for a single agent without penalty and impact, which has the steep layer before T.
///
///     mfg solve crowd_trading
///
/// P. Cardaliaguet, C.-A. Lehalle, "Mean field game of controls and an application to trade crowding", Math. Financ.
/// Econ. 12 (2018) 335.
#include <mfg/base/constants.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/pde_system.hpp>
#include <mfg/plugin/plugin.hpp>
#include "exact_solution.hpp"
#include "problems/common/computable.hpp"
#include "problems/common/galerkin_training.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace {

using mfg::Fields;
using mfg::Jet;
using mfg::Matrix;
using mfg::Real;
using mfg::Where;

constexpr int steps = 100, inventory_steps = 400, max_paths = 2000;  // of simulations

class CrowdTrading final : public mfg::PdeSystem {
public:
    struct Settings {
        mfg::TradingMarket market;
        Real price = 10, sigma = 0.3;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("gamma", s.market.gamma, "permanent impact gamma of the crowd on the price", mfg::nonnegative);
        o("kappa", s.market.kappa, "cost kappa of trading fast", mfg::positive);
        o("penalty", s.market.penalty, "cost of holding inventory", mfg::positive);
        o("terminal_penalty", s.market.terminal, "cost A of inventory at the end", mfg::positive);
        o("horizon", s.market.horizon, "final time T", mfg::positive);
        o("initial_mean", s.market.mean, "initial mean E0 of the inventories");
        o("initial_deviation", s.market.deviation, "initial standard deviation s0 of the inventories", mfg::positive);
        o("price", s.price, "initial price, for the simulation");
        o("sigma", s.sigma, "volatility of the price, for the simulation", mfg::nonnegative);
    }

    explicit CrowdTrading(const Settings& s)
        : s_(s),
          market_(s.market),
          exact_(mfg::if_computable<mfg::CrowdTradingSolution>(s.market)),
          initial_(mfg::Gaussian::isotropic(1, {s.market.mean}, s.market.deviation * s.market.deviation))
    {
    }

    int dimension() const override { return 1; }
    Real horizon() const override { return market_.horizon; }
    mfg::Window window() const override
    {
        const Real width = 4 * market_.deviation;
        return {std::min(market_.mean - width, -width), std::max(market_.mean + width, width), 0, market_.horizon};
    }

    std::vector<mfg::Unknown> unknowns() const override
    {
        return {{"u", mfg::Unknown::Role::value, size_of_value()}, {"log_density", mfg::Unknown::Role::log_density}};
    }

    std::vector<mfg::Equation> equations() const override
    {
        const auto hjb = [this](const Fields& f) {
            const mfg::FieldValues& u = f["u"];
            const Jet mean_speed = f.population_mean(velocity(f));
            return u.time_derivative - market_.penalty * square(f.x) + square(u.gradient) / (4 * market_.kappa) +
                   market_.gamma * (mean_speed * f.x);
        };
        const auto kfp = [this](const Fields& f) {
            const mfg::FieldValues& w = f["log_density"];
            return w.time_derivative + velocity(f) * w.gradient + f["u"].laplacian / (2 * market_.kappa);
        };
        const auto terminal = [this](const Fields& f) { return f["u"].value + market_.terminal * square(f.x); };
        const auto initial = [this](const Fields& f) { return f["log_density"].value - initial_.log_density(f.x); };
        return {{"hjb", Where::interior, hjb, 1},
                {"kfp", Where::interior, kfp, 2},
                {"terminal", Where::terminal, terminal, 0},
                {"initial", Where::initial, initial, 0}};
    }

    const mfg::Density* initial_density() const override { return &initial_; }
    Jet velocity(const Fields& f) const override { return f["u"].gradient / (2 * market_.kappa); }
    int agents_per_time() const override { return 16; }

    /// What it costs to trade everything at the end.
    Real size_of_value() const
    {
        return market_.terminal * (market_.mean * market_.mean + market_.deviation * market_.deviation);
    }

    bool has_hard_condition(std::string_view) const override { return true; }
    Jet hard_condition(std::string_view unknown, const Jet& q, const Jet& t, const Jet& network) const override
    {
        if (unknown == "u") {
            const Jet left = market_.horizon - t;
            return -market_.terminal * square(q) / (Real(1) + market_.terminal / market_.kappa * left) + left * network;
        }
        return initial_.log_density(q) + t * network;
    }

    std::optional<mfg::Reference> reference() const override
    {
        if (!exact_) return {};
        mfg::Reference exact;
        exact.value = [this](const mfg::State& s) { return exact_->value(s.x, s.t); };
        exact.log_density = [this](const mfg::State& s) { return exact_->log_density(s.x, s.t); };
        exact.population = [this](const mfg::RandomStream& stream, int count) { return population(stream, count); };
        exact.source = "closed form";
        return exact;
    }

    mfg::Measures measures(const mfg::Solution& solution, const mfg::RandomStream& stream, int samples) const override
    {
        if (!exact_) return {};
        const auto speed = speed_of(solution);
        const Matrix starts = initial_.sample(stream.part("inventories"), std::min(samples, max_paths));
        const mfg::TradingOutcome outcome =
            mfg::trading_outcome(*exact_, speed, starts, solution.value("u", mfg::with_time(*this, starts, 0)),
                                 s_.price, s_.sigma, stream.part("price"), steps);
        const auto inventory_error = [&](const mfg::TradingSpeed& v) {
            return mfg::mean_inventory_error(*exact_, v, inventory_steps);
        };
        return {{"errors", {{"mean_inventory", inventory_error(speed)}}},
                {"baselines",
                 {{"mean_inventory.standing_still", inventory_error(standing_still)},
                  {"mean_inventory.ansatz", inventory_error([this](const Matrix& p) { return speed_alone(p); })}}},
                {"simulation",
                 {{"wealth", outcome.wealth},
                  {"wealth_standard_error", outcome.wealth_standard_error},
                  {"value", outcome.value},
                  {"exact", outcome.exact}}}};
    }

    std::vector<mfg::Figure> figures(const mfg::Solution& solution, const mfg::RandomStream&) const override
    {
        if (!exact_) return {};
        const std::vector<std::string> labels{"network", "exact"};
        mfg::Figure inventory{"mean_inventory", "Mean inventory over time", {}};
        inventory.panels.push_back(
            {"mean_inventory", "",
             mfg::Curves{mfg::mean_inventory(*exact_, speed_of(solution), steps), labels, "t", "E(t)"}});
        return {over_time(solution, true), over_time(solution, false), inventory};
    }

    mfg::Defaults defaults() const override
    {
        auto settings = mfg::standard_galerkin_training();
        settings.insert(settings.end(), {{"method.conditions", "terminal"},
                                         {"method.standardise", "yes"},
                                         {"method.density_base", "gaussian"},
                                         {"method.means", "frozen"},
                                         {"method.frame_intervals", "128"},
                                         {"network.width", "20"}});
        return settings;
    }

private:
    Matrix population(const mfg::RandomStream& stream, int count) const
    {
        const mfg::Gaussian standard = mfg::Gaussian::isotropic(1, {}, 1);
        Matrix points = mfg::with_uniform_times(standard.sample(stream, count), stream, market_.horizon);
        for (mfg::Index i = 0; i < mfg::rows(points); ++i) {
            const Real t = points(i, 1);
            points(i, 0) = exact_->mean(t) + exact_->deviation(t) * points(i, 0);
        }
        return points;
    }

    /// The density of the inventories, or the trading speed, at some times.
    mfg::Figure over_time(const mfg::Solution& solution, bool density) const
    {
        constexpr mfg::Index count = 201;
        mfg::Figure figure{density ? "density_over_time" : "control_over_time",
                           density ? "Density of the inventories at some times" : "Optimal trading speed at some times",
                           {}};
        for (const Real share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
            const Real t = share * market_.horizon, mean = exact_->mean(t), s = exact_->deviation(t);
            Matrix q = mfg::make_matrix(count, 1), table = mfg::make_matrix(count, 3);
            for (mfg::Index i = 0; i < count; ++i) q(i, 0) = mean + 5 * s * (Real(2) * i / (count - 1) - 1);
            const Matrix points = mfg::with_time(*this, q, t);
            const Matrix network = density ? solution.value("log_density", points) : solution.velocity_at(points);
            for (mfg::Index i = 0; i < count; ++i) {
                const Real z = (q(i, 0) - mean) / s;
                table(i, 0) = q(i, 0);
                table(i, 1) = density ? std::exp(network(i, 0)) : network(i, 0);
                table(i, 2) = density ? std::exp(-z * z / 2) / (s * mfg::sqrt_two_pi) : exact_->velocity(q(i, 0), t);
            }
            const std::string percent = std::to_string(static_cast<int>(100 * share));
            figure.panels.push_back(
                {(density ? "density_" : "control_") + percent, "after " + percent + "% of the time",
                 mfg::Curves{table, {"network", "exact"}, "inventory q", density ? "m(t,q)" : "v(t,q)"}});
        }
        return figure;
    }

    static Matrix standing_still(const Matrix& points) { return mfg::make_matrix(mfg::rows(points), 1); }

    /// The speed of a single agent without penalty and impact, that of the ansatz with N = 0.
    Matrix speed_alone(const Matrix& points) const
    {
        Matrix v = mfg::make_matrix(mfg::rows(points), 1);
        for (mfg::Index i = 0; i < mfg::rows(points); ++i)
            v(i, 0) = -market_.terminal * points(i, 0) /
                      (market_.kappa + market_.terminal * (market_.horizon - points(i, 1)));
        return v;
    }

    static mfg::TradingSpeed speed_of(const mfg::Solution& solution)
    {
        return [&solution](const Matrix& points) { return solution.velocity_at(points); };
    }

    Settings s_;
    mfg::TradingMarket market_;
    std::optional<mfg::CrowdTradingSolution> exact_;
    mfg::Gaussian initial_;
};

}  // namespace

MFG_PLUGIN(CrowdTrading, "crowd_trading", "traders sell while the crowd moves the price; exact solution");
