/// my_method: potential games along characteristics, with a smooth penalty at the final time.
///
/// Only the value function Phi is a network. Agents start at x(0) ~ m(0) and move with x' = b - grad Phi / a1; along
/// their paths the log density w, the costs and the violation R of the Hamilton-Jacobi equation are known. Minimised is
/// the mean over paths of
///
/// $$ a_1 \int_0^T \tfrac12 |x' - b|^2 dt + a_2 \int_0^T c \,dt + a_3\, g(x(T), w) +
///    \kappa \int_0^T |R| \,dt + \lambda \big( \sqrt{1 + r^2} - 1 \big),
///    \qquad r = \Phi(x(T), T) - a_3 (g + \partial_w g) $$
///
/// The last term is like r^2/2 near 0, which suits quasi-Newton methods, and like |r| far away, so that few bad paths
/// do not rule. The method `lagrangian` has |r| everywhere.
///
///     mfg solve optimal_transport_2d --method my_method
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/plugin.hpp>
#include "methods/lagrangian/path_game.hpp"
#include "methods/lagrangian/pictures.hpp"
#include "methods/lagrangian/reference_errors.hpp"

#include <algorithm>
#include <memory>

namespace {

using mfg::Real;
using mfg::Variable;

/// What is minimised, with its settings, for one batch of samples at a time; core averages it over all of them and
/// differentiates. A sample is a starting point and the log density there: d + 1 numbers.
class PathCost final : public mfg::Loss {
public:
    struct Settings {
        int time_steps = 4;
        Real hjb_weight = 3, penalty = 3;
    };

    PathCost(const mfg::Characteristics& paths, const Settings& settings) : paths_(paths), s_(settings) {}

    std::vector<std::string> terms() const override { return {"transport", "running", "terminal", "hjb", "penalty"}; }

    mfg::Matrix sample(const mfg::RandomStream& stream, int count) const override
    {
        const mfg::Density& initial = paths_.game().initial_density();
        const mfg::Matrix points = initial.sample(stream, count);
        const mfg::Vector log_density = mfg::log_density_at(initial, points);
        const std::size_t d = points.shape(1);
        mfg::Matrix samples = mfg::make_matrix(points.shape(0), d + 1);
        for (std::size_t i = 0; i < samples.shape(0); ++i) {
            std::copy_n(&points(i, 0), d, &samples(i, 0));
            samples(i, d) = log_density(i);
        }
        return samples;
    }

    /// The terms of each sample, `[terms x samples]`. `samples` has one in each column.
    Variable integrands(mfg::Tape& tape, const mfg::VariableList& parameters, const Variable& samples,
                        const Variable&) const override
    {
        const int d = paths_.game().dimension();
        const mfg::CostWeights a = paths_.game().weights();
        const Real horizon = paths_.game().horizon();
        const mfg::VariableList network = paths_.prepare(tape, parameters);
        const mfg::PathEnd end =
            paths_.integrate(tape, network, {samples.rows(0, d), samples.rows(d, 1)}, 0, horizon, s_.time_steps);
        const mfg::CostAndCoupling g = paths_.terminal_cost(tape, end);
        // On jets, formulas read as on paper.
        const mfg::Jet r(mfg::combine({{1, paths_.value(tape, network, end.x, horizon)}, {-a.terminal, g.coupling}}));
        const mfg::Jet penalty = sqrt(1 + square(r)) - 1;

        // A cost that the problem does not have does not exist.
        const auto weighted = [&](Real weight, const Variable& cost) {
            return cost.exists() ? mfg::combine({{weight, cost}}) : tape.constant(1, samples.columns(), 0);
        };
        return mfg::vconcat({weighted(a.transport, end.transport), weighted(a.running, end.running),
                             weighted(a.terminal, g.cost), weighted(s_.hjb_weight, end.hjb),
                             weighted(s_.penalty, penalty.value())});
    }

private:
    const mfg::Characteristics& paths_;
    Settings s_;
};

class MyMethod final : public mfg::Method {
public:
    /// What users can set.
    using Settings = PathCost::Settings;

    /// Once more, with name, variable, meaning and range. Users write --method.penalty 10.
    static void options(mfg::Options& o, Settings& s)
    {
        o("time_steps", s.time_steps, "integration steps over the horizon", mfg::between(1, 10000));
        o("hjb_weight", s.hjb_weight, "weight kappa of the Hamilton-Jacobi violation along paths", mfg::nonnegative);
        o("penalty", s.penalty, "weight lambda of the violation of the terminal condition", mfg::nonnegative);
    }

    explicit MyMethod(const Settings& s) : s_(s) {}

    /// The unknown functions, each of which is given a network.
    std::vector<Field> fields(const mfg::Problem&) const override { return {{"phi", "phi"}}; }
    bool needs_integrator() const override { return true; }

    void build(const Parts& parts) override
    {
        const mfg::MeanFieldGame* game = parts.problem->mean_field_game();
        if (!game || game->stationary() || game->periodic() || game->viscosity() > 0 ||
            game->coupling() == mfg::Coupling::game || game->interaction().weight != 0)
            throw mfg::UnsupportedProblem(
                "method 'my_method': it solves potential games in the whole space without noise and without "
                "interaction kernels");
        const mfg::Network& network = *parts.networks.at(0);
        paths_ = std::make_unique<mfg::Characteristics>(*game, network, *parts.integrator, true);
        loss_ = std::make_unique<PathCost>(*paths_, s_);
        Settings fine = s_;
        fine.time_steps *= 4;
        fine_loss_ = std::make_unique<PathCost>(*paths_, fine);
        layout_.add("phi", network, paths_->input());
        players_ = {{"population", loss_.get(), fine_loss_.get(), "4 times as many"}};
    }

    /// What is trained, and who does it: one player, the population as a whole.
    const mfg::ParameterLayout& layout() const override { return layout_; }
    const std::vector<mfg::Player>& players() const override { return players_; }

    // What is known about the result, beside the terms: errors where the problem has an exact solution, agents'
    // velocity for `mfg validate`, pictures for `mfg report`.
    std::map<std::string, std::map<std::string, Real>> measures(const mfg::Vector& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        const mfg::Matrix starts = loss_->sample(stream, samples);
        return {{"errors", mfg::reference_errors(learned(parameters), starts, s_.penalty > 0)},
                {"round_trip", mfg::round_trip(learned(parameters), starts)}};
    }

    mfg::Matrix velocity(const mfg::Vector& parameters, const mfg::Matrix& points, Real t) const override
    {
        return learned(parameters).velocity(points, t);
    }

    // What the method knows at points of the user's choice (`mfg evaluate`), and the game that one agent faces whose
    // best response is looked for.
    std::vector<mfg::FieldTable> evaluate(const mfg::Vector& parameters, const mfg::Matrix& points) const override
    {
        return learned(parameters).evaluate(points);
    }

    std::unique_ptr<mfg::LearnedGame> learned_game(const mfg::Vector& parameters) const override
    {
        return std::make_unique<mfg::PathGame>(learned(parameters));
    }

    void export_fields(const mfg::Vector& parameters, const std::vector<mfg::Snapshot>&,
                       const mfg::RandomStream& stream, mfg::FieldExport& to) const override
    {
        mfg::export_path_pictures(learned(parameters), stream, to);
    }

private:
    mfg::LearnedPaths learned(const mfg::Vector& parameters) const
    {
        return {*paths_, layout_, parameters, {4 * s_.time_steps, true}};
    }

    Settings s_;
    std::unique_ptr<mfg::Characteristics> paths_;
    std::unique_ptr<PathCost> loss_, fine_loss_;
    mfg::ParameterLayout layout_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(MyMethod, "my_method", "characteristics of the value function with a smooth terminal penalty");
