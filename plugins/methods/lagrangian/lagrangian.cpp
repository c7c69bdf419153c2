/// lagrangian: potential mean field games and control of the population along characteristics, first order (nu = 0).
///
/// Only the value function Phi is a network. From x(0) ~ rho0, with the velocity b - grad Phi / a1,
///
/// $$ x' = b - \nabla\Phi/a_1, \quad \ell' = \nabla\!\cdot b - \Delta\Phi/a_1, \quad c_L' = \tfrac12|x'-b|^2, \quad
///    c_F' = c(x,t,w), \quad c_H' = |{-\partial_t\Phi} - a_2 f + \tfrac1{2a_1}|\nabla\Phi|^2 - b\cdot\nabla\Phi| $$
///
/// where w = log rho = log rho0(x0) - l is the log density along the path and f = c + dc/dw the coupling. In a plain
/// game f is the cost of the problem, and c and g in these formulas are those of its potential, the integral of the
/// cost over densities (docs/equations.md, "Coupling"): the terms of the objective are then not what agents pay. If
/// agents interact through a kernel k, 1/2 E_y k(x,y) is added to c and E_y k(x,y) to f; the mean is over an
/// independent batch of agents, which is drawn with every sample and moves with the same velocity. The objective is the
/// sample mean of
///
/// $$ a_1 c_L + a_2 c_F + a_3 g(x(T),T,w) + a_4 c_H + a_5 |\Phi(x(T),T) - a_3 (g + dg/dw)| $$
///
/// With `violations squared` c_H and the last term are squares in place of absolute values.
///
/// `residuals` are root mean squares of the violation, over agents and time (`hjb`) and over agents at the end
/// (`hjb_terminal`), without weights.
///
/// Validation with finer steps, errors, round trip and pictures use 4 times as many steps, or the steps that the
/// tolerances of an adaptive integrator (cash_karp) require. The answer is the iterate with the least validation
/// objective in finer steps: in the few steps of the training the objective can fall far below the optimum, by paths
/// whose costs between the steps nobody sees.
///
/// `sampling` chooses how the training draws starting points x0 from rho0: `random` points are independent, those of a
/// scrambled `sobol` sequence fill the space evenly, `antithetic` points come in pairs mirrored at the mean. The last
/// two reduce the noise of the sample mean (docs/sampling.md). Points for validation are always independent.
///
/// `trace = hutchinson` replaces the Laplacian in the training objective by v' (Hess Phi) v, with one random vector v
/// of signs for each path. It is a part of the sample: constant along the path, and drawn again with every new sample.
/// The estimate of l has no bias, so terms linear in w, such as the divergence from a target density, and their
/// gradients have none either. Terms that are convex in w, such as the absolute value of a residual whose coupling
/// depends on w, are too large on average, by an amount that grows with the variance of the estimate. The training
/// reports the estimate; validation, errors and residuals always use the exact trace. In gaussian_transport_10d, after
/// 150 iterations, the estimate of hjb_terminal is 0.96, and its exact value 0.78. Training with the exact trace ends
/// at 0.56, and at a validation objective of 8.98 instead of 9.27.
///
/// The estimate hardly saves time: networks differentiated by jets compute the d columns of the gradient in any case (d
/// = 100: 1.37 s exact, 1.10 s hutchinson), and the closed form of resnet is cheaper than the second evaluation of the
/// estimate: 46 and 137 ms at d = 100 with one layer, 107 and 143 ms with two, 27 and 22 ms at d = 10 with two (a
/// gradient for 2048 samples, 2 steps of rk4, width 16, one thread).
///
/// The network and the optimizer see lengths, times and costs in multiples of typical ones (`scales`), so that a game
/// in metres and in millimetres has the same training (docs/equations.md, "Units").
///
///     mfg solve optimal_transport_2d --method.trace hutchinson
///
/// M. F. Hutchinson, Commun. Stat. Simul. Comput. 19 (1990) 433; Grathwohl et al., FFJORD, ICLR 2019. Ruthotto, Osher,
/// Li, Nurbekyan, Wu Fung, PNAS 117 (2020) 9183.
#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/method.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/plugin/plugin.hpp>
#include "path_solution.hpp"

#include <algorithm>

namespace {

using namespace mfg;

struct Settings {
    int time_steps = 2;
    PathLossSettings loss{2, 3, 3};
    std::string sampling = "random";
    std::string trace = "exact";
    std::string violations = "absolute";
    std::string scales = "auto";

    /// The loss that is trained.
    PathLossSettings training(const Integrator& integrator) const
    {
        PathLossSettings s = loss;
        s.steps = time_steps;
        if (sampling != "random") s.sampling = sampling == "sobol" ? Sampling::sobol : Sampling::antithetic;
        s.hutchinson = trace == "hutchinson";
        s.squared_violations = violations == "squared";
        if (!integrator.positive_weights())
            s.not_trainable =
                "method 'lagrangian': the integrator has a negative weight: discrete costs of paths are not bounded "
                "below, and a training diverges; train with cash_karp or rk4, and give this one to 'mfg validate'";
        return s;
    }
    /// The loss without estimates, in these steps.
    PathLossSettings validation(const StepControl& steps) const
    {
        // The mean over the population in what is reported should not have the noise of a small batch.
        constexpr int min_interaction_samples = 2048;
        PathLossSettings s = loss;
        s.steps = steps;
        s.interaction_samples = std::max(s.interaction_samples, min_interaction_samples);
        return s;
    }
};

class PathFormulation final : public Formulation {
public:
    PathFormulation(const Settings& s, const MeanFieldGame& game, const Network& network, const Integrator& integrator)
        : scales_(scales_of(game, s.scales)),
          network_(network, scales_, scales_.value),
          paths_(game, network_, integrator),
          fine_(s.validation({4 * s.time_steps, true})),
          loss_(paths_, s.training(integrator)),
          validation_loss_(paths_, s.validation(s.time_steps)),
          fine_loss_(paths_, fine_)
    {
        layout_.add("phi", network, paths_.input());
        const Tolerances* tolerances = integrator.tolerances();
        players_.push_back(
            Player("population", loss_)
                .validated_by(validation_loss_)
                .in_units_of(scales_.value)
                .with_fine_steps(fine_loss_, tolerances ? "adaptive, " + text_of(*tolerances) : "4 times as many"));
    }

    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    const Scales* scales() const override { return &scales_; }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<PathSolution>(paths_, layout_, parameters, fine_);
    }

private:
    Scales scales_;
    ScaledNetwork network_;
    Characteristics paths_;
    PathLossSettings fine_;
    PathLoss loss_, validation_loss_, fine_loss_;
    ParameterLayout layout_;
    std::vector<Player> players_;
};

/// The game, if it is one that the method can solve.
const MeanFieldGame& solvable(const Problem& problem)
{
    const auto refuse = [](const std::string& reason) {
        throw UnsupportedProblem("method 'lagrangian': the " + reason);
    };
    const MeanFieldGame* game = problem.mean_field_game();
    if (!game) refuse("problem " + why_not_one_game(problem));
    if (game->stationary() || bounded_space(*game))
        refuse(
            "problem has no end, or is one on the torus or in a box; it follows agents through the whole space for a "
            "finite time");
    if (game->viscosity() > 0) refuse("problem has noise (nu > 0); it solves first-order problems only");
    if (game->initial_density().singular())
        refuse("initial law of the problem has no density; it follows the density along paths");
    if (game->hamiltonian_traits().depends_on_density)
        refuse(
            "Hamiltonian of the problem depends on the density, and paths do not know its gradient; use the method "
            "galerkin");
    if (game->discount() > 0) refuse("problem has a discount, which it does not support; use the method galerkin");
    return *game;
}

class Lagrangian final : public Method {
public:
    using Settings = ::Settings;

    static void options(Options& o, Settings& s)
    {
        o("time_steps", s.time_steps, "integration steps over the horizon", between(1, 10000));
        o("hjb_weight", s.loss.hjb_weight, "weight a4 of the Hamilton-Jacobi violation along paths", nonnegative);
        o("hjb_terminal_weight", s.loss.hjb_terminal_weight, "weight a5 of the violation at the final time",
          nonnegative);
        o("violations", s.violations, "Hamilton-Jacobi violations enter as absolute values or as squares",
          {"absolute", "squared"});
        o("interaction_samples", s.loss.interaction_samples,
          "agents drawn with every sample to represent the population in interactions", between(1, 1000000));
        o("sampling", s.sampling, "starting points of the training: independent, a Sobol sequence, or mirrored pairs",
          {"random", "sobol", "antithetic"});
        o("trace", s.trace, "Laplacian in the training objective: exact, or estimated with one random vector per path",
          {"exact", "hutchinson"});
        scales_option(o, s.scales);
    }

    explicit Lagrangian(const Settings& s) : settings_(s) {}

    std::vector<Field> fields(const Problem& problem) const override
    {
        solvable(problem);
        return {{"phi", "phi"}};
    }
    bool needs_integrator() const override { return true; }
    std::unique_ptr<Formulation> build(const Parts& parts) const override
    {
        const MeanFieldGame& game = solvable(*parts.problem);
        if (settings_.trace == "hutchinson" && value_directions(game) != Directions::none)
            throw UnsupportedProblem(
                "method 'lagrangian': the Hamiltonian of the problem needs more than the Laplacian, of which there is "
                "no estimate; use --method.trace exact");
        return std::make_unique<PathFormulation>(settings_, game, *parts.networks.at(0), *parts.integrator);
    }

private:
    Settings settings_;
};

}  // namespace

MFG_PLUGIN(Lagrangian, "lagrangian", "characteristics of the value function, for potential games and control, nu = 0");
