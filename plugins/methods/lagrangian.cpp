/// lagrangian: potential mean field games and control of the population along characteristics, first order (nu = 0).
///
/// Only the value function Phi is a network. From x(0) ~ rho0, with velocity b - grad Phi / a1,
///
/// $$ x' = b - \nabla\Phi/a_1, \quad \ell' = \nabla\!\cdot b - \Delta\Phi/a_1, \quad c_L' = \tfrac12|x'-b|^2, \quad
///    c_F' = c(x,t,w), \quad c_H' = |{-\partial_t\Phi} - a_2 f + \tfrac1{2a_1}|\nabla\Phi|^2 - b\cdot\nabla\Phi| $$
///
/// where w = log rho = log rho0(x0) - l is the log density along the path and f = c + dc/dw the coupling. Minimised is
/// the sample mean of
///
/// $$ a_1 c_L + a_2 c_F + a_3 g(x(T),T,w) + a_4 c_H + a_5 |\Phi(x(T),T) - a_3 (g + dg/dw)| $$
///
///     mfg solve optimal_transport_2d
///
/// Ruthotto, Osher, Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183.
#include <mfg/error.hpp>
#include <mfg/lagrangian/characteristics.hpp>
#include <mfg/lagrangian/pictures.hpp>
#include <mfg/lagrangian/reference_errors.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/objective.hpp>

#include <memory>

namespace {

using mfg::Real;
using mfg::Tape;
using mfg::Variable;
using mfg::VariableList;

/// The objective on paths with a given number of time steps.
class PathLoss final : public mfg::Loss {
public:
    PathLoss(const mfg::Characteristics& paths, int steps, Real hjb_weight, Real hjb_terminal_weight)
        : paths_(paths), steps_(steps), hjb_weight_(hjb_weight), hjb_terminal_weight_(hjb_terminal_weight)
    {
    }

    std::vector<std::string> terms() const override
    {
        return {"transport", "running", "terminal", "hjb", "hjb_terminal"};
    }

    /// Starting points and their log density, one column more than coordinates.
    mfg::Matrix sample(const mfg::RandomStream& stream, int count) const override
    {
        const mfg::Density& initial = paths_.game().initial_density();
        const mfg::Matrix x = initial.sample(stream, count);
        const mfg::Vector w = mfg::log_density_at(initial, x);
        mfg::Matrix samples = mfg::make_matrix(x.shape(0), x.shape(1) + 1);
        for (std::size_t i = 0; i < x.shape(0); ++i) {
            for (std::size_t k = 0; k < x.shape(1); ++k) samples(i, k) = x(i, k);
            samples(i, x.shape(1)) = w(i);
        }
        return samples;
    }

    Variable quantities(Tape& tape, const VariableList& parameters, const Variable& samples) const override
    {
        const int d = paths_.game().dimension();
        const mfg::CostWeights a = paths_.game().weights();
        const Real horizon = paths_.game().horizon();
        const mfg::PathStart start{samples.rows(0, d), samples.rows(d, 1)};
        const VariableList prepared = paths_.prepare(tape, parameters);
        const mfg::PathEnd end = paths_.integrate(tape, prepared, start, 0, horizon, steps_);

        const mfg::CostAndCoupling g = paths_.terminal_cost(tape, end);
        Variable mismatch;
        if (hjb_terminal_weight_ > 0)
            mismatch = mfg::absolute(
                mfg::combine({{1, paths_.value(tape, prepared, end.x, horizon)}, {-a.terminal, g.coupling}}));
        const Variable none = tape.constant(1, samples.columns(), 0);
        const auto term = [&](Real weight, const Variable& v) {
            return v.exists() && weight != 0 ? mfg::combine({{weight, v}}) : none;
        };
        return mfg::stack({term(a.transport, end.transport), term(a.running, end.running), term(a.terminal, g.cost),
                           term(hjb_weight_, end.hjb), term(hjb_terminal_weight_, mismatch)});
    }

private:
    const mfg::Characteristics& paths_;
    int steps_;
    Real hjb_weight_, hjb_terminal_weight_;
};

class Lagrangian final : public mfg::Method {
public:
    struct Settings {
        int time_steps = 2;
        Real hjb_weight = 3, hjb_terminal_weight = 3;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("time_steps", s.time_steps, "integration steps over the horizon", mfg::between(1, 10000));
        o("hjb_weight", s.hjb_weight, "weight a4 of the Hamilton-Jacobi violation along paths", mfg::nonnegative);
        o("hjb_terminal_weight", s.hjb_terminal_weight, "weight a5 of its violation at the final time",
          mfg::nonnegative);
    }

    explicit Lagrangian(const Settings& s) : settings_(s) {}

    std::vector<std::string> fields() const override { return {"phi"}; }
    bool needs_integrator() const override { return true; }

    void build(const Parts& parts) override
    {
        const mfg::MeanFieldGame* game = parts.problem->mean_field_game();
        if (!game)
            throw mfg::Error("method 'lagrangian': the problem is no mean field game in standard form, which it needs");
        if (game->viscosity() > 0)
            throw mfg::Error("method 'lagrangian': the problem has viscosity " + std::to_string(game->viscosity()) +
                             "; it solves first-order problems only");
        if (game->coupling() == mfg::Coupling::game)
            throw mfg::Error(
                "method 'lagrangian': the problem is a game without potential; it solves potential games and control "
                "problems only");
        const Real a4 = settings_.hjb_weight, a5 = settings_.hjb_terminal_weight;
        paths_ = std::make_unique<mfg::Characteristics>(*game, *parts.networks.at(0), *parts.integrator, a4 > 0);
        measured_paths_ = std::make_unique<mfg::Characteristics>(*game, *parts.networks.at(0), *parts.integrator, true);
        loss_ = std::make_unique<PathLoss>(*paths_, settings_.time_steps, a4, a5);
        fine_loss_ = std::make_unique<PathLoss>(*paths_, fine_steps(), a4, a5);
        mfg::Player player{"population", loss_.get(), fine_loss_.get(), {}};
        player.layout.add("phi", *parts.networks.at(0), paths_->input());
        players_ = {player};
    }

    const std::vector<mfg::Player>& players() const override { return players_; }

    std::map<std::string, std::map<std::string, Real>> measures(const std::vector<mfg::Vector>& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        const mfg::LearnedPaths learned{*paths_, players_[0].layout, parameters[0], fine_steps()};
        const mfg::Matrix starts = loss_->sample(stream, samples);
        const bool constant_matters = settings_.hjb_terminal_weight > 0;
        return {{"errors", mfg::reference_errors(learned, starts, constant_matters)},
                {"residuals", residuals(parameters[0], starts)},
                {"round_trip", mfg::round_trip(learned, starts)}};
    }

    mfg::Matrix velocity(const std::vector<mfg::Vector>& parameters, const mfg::Matrix& points, Real t) const override
    {
        return mfg::LearnedPaths{*paths_, players_[0].layout, parameters[0], fine_steps()}.velocity(points, t);
    }

    void export_fields(const std::vector<mfg::Vector>& parameters, const mfg::RandomStream& stream,
                       mfg::FieldExport& to) const override
    {
        const mfg::LearnedPaths learned{*paths_, players_[0].layout, parameters[0], fine_steps()};
        mfg::export_path_pictures(learned, stream, to);
    }

private:
    int fine_steps() const { return 4 * settings_.time_steps; }

    /// The violation of the Hamilton-Jacobi equation along paths and at their ends, without weights: also where it is
    /// no part of the objective.
    std::map<std::string, Real> residuals(const mfg::Vector& parameters, const mfg::Matrix& starts) const
    {
        const PathLoss unweighted(*measured_paths_, fine_steps(), 1, 1);
        mfg::SampledObjective objective(unweighted, players_[0].layout, 1);
        objective.set_sample(starts, 0);
        objective.value(parameters);
        return {{"hjb", objective.terms()(3)}, {"hjb_terminal", objective.terms()(4)}};
    }

    Settings settings_;
    std::unique_ptr<mfg::Characteristics> paths_, measured_paths_;
    std::unique_ptr<PathLoss> loss_, fine_loss_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Lagrangian, "lagrangian", "characteristics of the value function, for potential games and control, nu = 0");
