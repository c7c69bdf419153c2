/// lagrangian: potential mean field games and control of the population along characteristics, first order (nu = 0).
///
/// Only the value function Phi is a network. From x(0) ~ rho0, with the velocity b - grad Phi / a1,
///
/// $$ x' = b - \nabla\Phi/a_1, \quad \ell' = \nabla\!\cdot b - \Delta\Phi/a_1, \quad c_L' = \tfrac12|x'-b|^2, \quad
///    c_F' = c(x,t,w), \quad c_H' = |{-\partial_t\Phi} - a_2 f + \tfrac1{2a_1}|\nabla\Phi|^2 - b\cdot\nabla\Phi| $$
///
/// where w = log rho = log rho0(x0) - l is the log density along the path and f = c + dc/dw the coupling. If agents
/// interact through a kernel k, 1/2 E_y k(x,y) is added to c and E_y k(x,y) to f; the mean is over an independent batch
/// of agents that is drawn with every sample and moves along. The objective is the sample mean of
///
/// $$ a_1 c_L + a_2 c_F + a_3 g(x(T),T,w) + a_4 c_H + a_5 |\Phi(x(T),T) - a_3 (g + dg/dw)| $$
///
/// Validation with finer steps, errors, round trip and pictures use 4 times as many steps, or the steps that the
/// tolerances of an adaptive integrator (cash_karp) require.
///
/// `sampling` chooses how the training draws starting points x0 from rho0: `random` points are independent, those of a
/// scrambled `sobol` sequence fill the space evenly, `antithetic` points come in pairs mirrored at the mean. The last
/// two reduce the noise of the sample mean (docs/sampling.md). Points for validation are always independent.
///
/// `trace = hutchinson` replaces the Laplacian in the training objective by v' (Hess Phi) v, with one random vector v
/// of signs for each path. It is a part of the sample: constant along the path, and drawn again with every new sample.
/// The estimate of l has no bias, so terms linear in w, such as the divergence from a target density, and their
/// gradients have none either. Terms that are not linear in w are biased: |.| of a coupling that depends on w, and
/// convex costs, are too large by an amount that grows with the variance of the estimate. The training reports the
/// estimate; validation, errors and residuals always use the exact trace. Measured with gaussian_transport_10d, 150
/// iterations: the estimate puts hjb_terminal at 0.96 where it is 0.78; training with the exact trace ends at 0.56, and
/// at an objective of 8.98 instead of 9.27 (exact, validation).
///
/// It hardly saves time: networks differentiated by jets carry the d columns of the gradient anyway (d = 100: 1.37 s
/// exact, 1.10 s hutchinson), and the closed form of resnet is cheaper than the second evaluation of the estimate: 46
/// and 137 ms at d = 100 with one layer, 107 and 143 ms with two, 27 and 22 ms at d = 10 with two (a gradient for 2048
/// samples, 2 steps of rk4, width 16, one thread).
///
///     mfg solve optimal_transport_2d --method.trace hutchinson
///
/// M. F. Hutchinson, Commun. Stat. Simul. Comput. 19 (1990) 433; Grathwohl et al., FFJORD, ICLR 2019. Ruthotto, Osher,
/// Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183.
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/plugin.hpp>
#include <mfg/training/objective.hpp>
#include "path_game.hpp"
#include "path_loss.hpp"
#include "pictures.hpp"
#include "reference_errors.hpp"

#include <algorithm>
#include <memory>

namespace {

using mfg::PathLoss;
using mfg::Real;

class Lagrangian final : public mfg::Method {
public:
    struct Settings {
        int time_steps = 2, interaction_samples = 256;
        Real hjb_weight = 3, hjb_terminal_weight = 3;
        std::string sampling = "random";
        std::string trace = "exact";
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("time_steps", s.time_steps, "integration steps over the horizon", mfg::between(1, 10000));
        o("hjb_weight", s.hjb_weight, "weight a4 of the Hamilton-Jacobi violation along paths", mfg::nonnegative);
        o("hjb_terminal_weight", s.hjb_terminal_weight, "weight a5 of the violation at the final time",
          mfg::nonnegative);
        o("interaction_samples", s.interaction_samples,
          "agents drawn with every sample to represent the population in interactions", mfg::between(1, 1000000));
        o("sampling", s.sampling, "starting points of the training: independent, a Sobol sequence, or mirrored pairs",
          {"random", "sobol", "antithetic"});
        o("trace", s.trace, "Laplacian in the training objective: exact, or estimated with one random vector per path",
          {"exact", "hutchinson"});
    }

    static constexpr int min_validation_interactions = 2048;

    explicit Lagrangian(const Settings& s) : settings_(s) {}

    std::vector<Field> fields(const mfg::Problem&) const override { return {{"phi", "phi"}}; }
    bool needs_integrator() const override { return true; }

    void build(const Parts& parts) override
    {
        const mfg::MeanFieldGame* game = parts.problem->mean_field_game();
        if (!game)
            throw mfg::UnsupportedProblem(
                "method 'lagrangian': the problem is no mean field game in standard form, which it needs");
        if (game->stationary() || game->periodic())
            throw mfg::UnsupportedProblem(
                "method 'lagrangian': the problem is one on the torus; it follows agents through the whole space for a "
                "finite time");
        if (game->viscosity() > 0)
            throw mfg::UnsupportedProblem(
                "method 'lagrangian': the problem has noise (nu > 0); it solves first-order problems only");
        if (game->coupling() == mfg::Coupling::game)
            throw mfg::UnsupportedProblem(
                "method 'lagrangian': the problem is a game without potential; it solves potential games and control "
                "problems only");
        if (game->initial_density().singular())
            throw mfg::UnsupportedProblem(
                "method 'lagrangian': the initial law of the problem has no density; it follows the density along "
                "paths");
        const Real a4 = settings_.hjb_weight, a5 = settings_.hjb_terminal_weight;
        paths_ = std::make_unique<mfg::Characteristics>(*game, *parts.networks.at(0), *parts.integrator, a4 > 0);
        measured_paths_ = std::make_unique<mfg::Characteristics>(*game, *parts.networks.at(0), *parts.integrator, true);
        mfg::PathLossSettings exact{settings_.time_steps, a4, a5, settings_.interaction_samples};
        mfg::PathLossSettings trained = exact;
        // The mean over the population in what is reported should not have the noise of a small batch.
        exact.interaction_samples = std::max(exact.interaction_samples, min_validation_interactions);
        mfg::PathLossSettings fine = exact;
        fine.steps = fine_steps();
        trained.sampling = sampling();
        trained.trace = settings_.trace == "exact" ? mfg::Trace::exact : mfg::Trace::hutchinson;
        if (!parts.integrator->positive_weights())
            trained.not_trainable =
                "method 'lagrangian': the integrator has a negative weight: discrete costs of paths are not bounded "
                "below, and a training diverges; train with cash_karp or rk4, and give this one to 'mfg validate'";
        loss_ = std::make_unique<PathLoss>(*paths_, trained);
        exact_loss_ = std::make_unique<PathLoss>(*paths_, exact);
        fine_loss_ = std::make_unique<PathLoss>(*paths_, fine);
        fine.hjb_weight = fine.hjb_terminal_weight = 1;
        violation_ = std::make_unique<PathLoss>(*measured_paths_, fine);
        layout_.add("phi", *parts.networks.at(0), paths_->input());
        players_ = {{"population", loss_.get(), fine_loss_.get(), fine_text(*parts.integrator), exact_loss_.get()}};
    }

    const mfg::ParameterLayout& layout() const override { return layout_; }
    const std::vector<mfg::Player>& players() const override { return players_; }

    std::map<std::string, std::map<std::string, Real>> measures(const mfg::Vector& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        const mfg::Matrix starts = exact_loss_->sample(stream, samples);
        const bool constant_matters = settings_.hjb_terminal_weight > 0;
        return {{"errors", mfg::reference_errors(learned(parameters), starts, constant_matters)},
                {"residuals", residuals(parameters, starts, stream)},
                {"round_trip", mfg::round_trip(learned(parameters), starts)}};
    }

    mfg::Matrix velocity(const mfg::Vector& parameters, const mfg::Matrix& points, Real t) const override
    {
        return learned(parameters).velocity(points, t);
    }

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
    mfg::StepControl fine_steps() const { return {4 * settings_.time_steps, true}; }

    mfg::LearnedPaths learned(const mfg::Vector& parameters) const
    {
        return {*paths_, layout_, parameters, fine_steps()};
    }

    static std::string fine_text(const mfg::Integrator& integrator)
    {
        return integrator.tolerances() ? "adaptive, " + mfg::text_of(*integrator.tolerances()) : "4 times as many";
    }

    mfg::Sampling sampling() const
    {
        if (settings_.sampling == "sobol") return mfg::Sampling::sobol;
        return settings_.sampling == "antithetic" ? mfg::Sampling::antithetic : mfg::Sampling::random;
    }

    /// The violation of the Hamilton-Jacobi equation along paths and at their ends, without weights: also where it is
    /// no part of the objective.
    std::map<std::string, Real> residuals(const mfg::Vector& parameters, const mfg::Matrix& starts,
                                          const mfg::RandomStream& stream) const
    {
        mfg::SampledObjective objective(*violation_, layout_, 1);
        objective.set_sample(starts, 0, violation_->shared_batch(stream.part(mfg::Loss::shared_batch_part)));
        objective.value(parameters);
        return {{"hjb", objective.terms()(3)}, {"hjb_terminal", objective.terms()(4)}};
    }

    Settings settings_;
    std::unique_ptr<mfg::Characteristics> paths_, measured_paths_;
    std::unique_ptr<PathLoss> loss_, exact_loss_, fine_loss_, violation_;
    mfg::ParameterLayout layout_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Lagrangian, "lagrangian", "characteristics of the value function, for potential games and control, nu = 0");
