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
/// Validation with finer steps, errors, round trip and pictures take 4 times as many, or the steps that the tolerances
/// of the integrator ask for (cash_karp).
///
/// trace = hutchinson replaces the Laplacian of the training objective by v' (Hess Phi) v, with one random vector v of
/// signs for each path, a part of its sample: the same along the path, new when samples are drawn anew. The estimate
/// of l has no bias, hence neither have terms linear in w, such as the divergence from a target density, and their
/// gradients. What is nonlinear in w has one: |.| of a coupling that depends on w, and convex costs, are too large by
/// an amount that grows with the estimate's variance. Objective and terms of the training show the estimate;
/// validation, errors and residuals always have the exact trace. Measured with gaussian_transport_10d, 150 iterations:
/// the estimate puts hjb_terminal at 0.96 where it is 0.78; training with the exact trace ends at 0.56, and at an
/// objective of 8.98 instead of 9.27 (exact, validation).
///
/// It hardly saves time: networks differentiated by jets carry the d columns of the gradient along anyway (d = 100:
/// 1.37 s exact, 1.10 s hutchinson), and resnet's closed form is cheaper than the second evaluation of the estimate:
/// 46 and 137 ms at d = 100 with one layer, 107 and 143 ms with two, 27 and 22 ms at d = 10 with two (a gradient for
/// 2048 samples, 2 steps of rk4, width 16, one thread).
///
///     mfg solve optimal_transport_2d --method.trace hutchinson
///
/// M. F. Hutchinson, Commun. Stat. Simul. Comput. 19 (1990) 433; Grathwohl et al., FFJORD, ICLR 2019.
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

/// How the Laplacian of Phi is found.
enum class Trace { exact, hutchinson };

/// The objective on paths in given time steps.
class PathLoss final : public mfg::Loss {
public:
    PathLoss(const mfg::Characteristics& paths, const mfg::StepControl& steps, Real hjb_weight,
             Real hjb_terminal_weight, Trace trace = Trace::exact, bool trainable = true)
        : paths_(paths),
          steps_(steps),
          hjb_weight_(hjb_weight),
          hjb_terminal_weight_(hjb_terminal_weight),
          trace_(trace),
          trainable_(trainable)
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
        return trace_ == Trace::hutchinson ? with_probes(samples, stream) : samples;
    }

    Variable quantities(Tape& tape, const VariableList& parameters, const Variable& samples) const override
    {
        if (!trainable_ && tape.recording())
            throw mfg::Error(
                "method 'lagrangian': the integrator has a negative weight: discrete costs of paths are not bounded "
                "below, and a training diverges; train with cash_karp or rk4");
        const int d = paths_.game().dimension();
        const mfg::CostWeights a = paths_.game().weights();
        const Real horizon = paths_.game().horizon();
        mfg::PathStart start{samples.rows(0, d), samples.rows(d, 1)};
        if (trace_ == Trace::hutchinson) start.probe = samples.rows(d + 1, d);
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
    /// Appends d random signs to each row.
    static mfg::Matrix with_probes(const mfg::Matrix& samples, const mfg::RandomStream& stream)
    {
        constexpr std::uint64_t first_item = std::uint64_t{1} << 62;  // beyond the items of the starting points
        const std::size_t n = samples.shape(0), columns = samples.shape(1), d = columns - 1;
        mfg::Matrix result = mfg::make_matrix(n, columns + d);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t k = 0; k < columns; ++k) result(i, k) = samples(i, k);
            Real* probe = &result(i, columns);
            stream.uniform(first_item + i, static_cast<int>(d), probe);
            for (std::size_t k = 0; k < d; ++k) probe[k] = probe[k] < Real(0.5) ? -1 : 1;
        }
        return result;
    }

    const mfg::Characteristics& paths_;
    mfg::StepControl steps_;
    Real hjb_weight_, hjb_terminal_weight_;
    Trace trace_;
    bool trainable_;  // false: refuses to be differentiated
};

class Lagrangian final : public mfg::Method {
public:
    struct Settings {
        int time_steps = 2;
        Real hjb_weight = 3, hjb_terminal_weight = 3;
        std::string trace = "exact";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("time_steps", s.time_steps, "integration steps over the horizon", mfg::between(1, 10000));
        o("hjb_weight", s.hjb_weight, "weight a4 of the Hamilton-Jacobi violation along paths", mfg::nonnegative);
        o("hjb_terminal_weight", s.hjb_terminal_weight, "weight a5 of its violation at the final time",
          mfg::nonnegative);
        o("trace", s.trace,
          "the Laplacian in the training objective: exact, or estimated with one random vector a path",
          {"exact", "hutchinson"});
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
        const Trace trace = settings_.trace == "exact" ? Trace::exact : Trace::hutchinson;
        loss_ = std::make_unique<PathLoss>(*paths_, settings_.time_steps, a4, a5, trace,
                                           parts.integrator->positive_weights());
        exact_loss_ = std::make_unique<PathLoss>(*paths_, settings_.time_steps, a4, a5);
        fine_loss_ = std::make_unique<PathLoss>(*paths_, fine_steps(), a4, a5);
        mfg::Player player{"population",     loss_.get(), fine_loss_.get(), {}, fine_text(*parts.integrator),
                           exact_loss_.get()};
        player.layout.add("phi", *parts.networks.at(0), paths_->input());
        players_ = {player};
    }

    const std::vector<mfg::Player>& players() const override { return players_; }

    std::map<std::string, std::map<std::string, Real>> measures(const std::vector<mfg::Vector>& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        const mfg::LearnedPaths learned{*paths_, players_[0].layout, parameters[0], fine_steps()};
        const mfg::Matrix starts = exact_loss_->sample(stream, samples);
        const bool constant_matters = settings_.hjb_terminal_weight > 0;
        return {{"errors", mfg::reference_errors(learned, starts, constant_matters)},
                {"residuals", residuals(parameters[0], starts)},
                {"round_trip", mfg::round_trip(learned, starts)}};
    }

    void export_fields(const std::vector<mfg::Vector>& parameters, const mfg::RandomStream& stream,
                       mfg::FieldExport& to) const override
    {
        const mfg::LearnedPaths learned{*paths_, players_[0].layout, parameters[0], fine_steps()};
        mfg::export_path_pictures(learned, stream, to);
    }

private:
    mfg::StepControl fine_steps() const { return {4 * settings_.time_steps, true}; }

    static std::string fine_text(const mfg::Integrator& integrator)
    {
        return integrator.tolerances() ? "adaptive, " + mfg::text_of(*integrator.tolerances()) : "4 times as many";
    }

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
    std::unique_ptr<PathLoss> loss_, exact_loss_, fine_loss_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Lagrangian, "lagrangian", "characteristics of the value function, for potential games and control, nu = 0");
