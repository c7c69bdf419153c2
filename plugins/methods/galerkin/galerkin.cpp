/// galerkin: the Deep Galerkin Method: networks for the unknown functions, trained on the equations themselves.
///
/// The objective is the weighted mean of squared residuals at random points. For a mean field game they are
///
/// $$ \mathrm{hjb} = -\partial_t\varphi - \nu\Delta\varphi + \tfrac1{2a_1}|\nabla\varphi|^2 - b\cdot\nabla\varphi -
///    a_2 f(x,t,m) \;(+\Lambda), \qquad
///    \mathrm{kfp} = \partial_t w - \nu(\Delta w + |\nabla w|^2) + \nabla\!\cdot u + u\cdot\nabla w,
///    \quad u = b - \nabla\varphi/a_1 $$
///
/// with w = log m (`density = log`, the default, which makes m positive) or the equation for m itself (`direct`), and
/// the conditions phi(T) = a3 (g + dg/dw), m(0) = m0; mfg derives them from the costs of the problem. If costs do not
/// depend on the density, `none` omits it: phi is the only unknown, and agents simulated with the learned control
/// represent the population. They may start from a law without density and may be attracted to their mean. `coupling`
/// overrides whether f is that of a game (c) or of control of the population (c + dc/dw). Systems written by hand
/// define their own equations. `weights` has one number per equation, in the order of the terms of the objective.
///
/// Points are uniform on a torus or in a box. Elsewhere t is uniform and x normal around the population at t. Its mean
/// and standard deviation follow agents simulated with the learned control (every `refresh_every` samples): they solve
/// mean' = E u and variance' = 2 Cov(x, u) + 2 nu, with u regressed on x. `sampling = sobol` fills the
/// same space evenly; `residual` draws candidates and prefers those with large residuals (Wu et al., CMAME 403 (2023));
/// `density` uses agents of the learned population. A sample has a point of each kind; with `condition_share` s only
/// one sample in 1/s has points of the initial, terminal and boundary conditions.
///
/// In periodic problems, networks see sin and cos of 2 pi k x. Between reflecting walls they see cos pi k y, so that
/// normal derivatives vanish there; `walls = soft` makes these conditions penalties, and so are, in any case, those of
/// a density that drift carries to a wall. At exits phi is what leaving costs and m = 0: penalties, or part of the
/// ansatz. `conditions = hard` uses an ansatz that keeps initial and terminal conditions. Constants that the equations
/// leave open are computed and subtracted
/// (`normalisation = computed`: the log of the mass by importance sampling from a product law that is fitted to w, or
/// mean of m, and mean of phi, every `constants_every` samples), or penalised: (int m - 1)^2 and (int phi)^2 as
/// products of means over two independent halves of the batch. The ergodic constant follows with them from the formula
/// Lambda = -E_m[HJB], which is accurate to second order; with penalties it is trained, and reported by that formula.
///
/// Laplacians are exact, or estimated with two independent sets of random directions, whose residuals are multiplied,
/// because the square of one estimate would be biased. Both estimates cost more than they save here, because the
/// gradient needs its d columns in any case.
///
///     mfg solve ergodic_log_10d
///
/// J. Sirignano, K. Spiliopoulos, DGM, J. Comput. Phys. 375 (2018) 1339; R. Carmona, M. Lauriere, SIAM J. Numer. Anal.
/// 59 (2021) 1455 and Ann. Appl. Probab. 32 (2022) 4065.
#include <mfg/base/error.hpp>
#include <mfg/game/curvature.hpp>
#include <mfg/pde/multi_population_system.hpp>
#include <mfg/pde/residual_formulation.hpp>
#include <mfg/plugin/plugin.hpp>

#include <algorithm>
#include <cmath>

namespace {

using namespace mfg;

class Galerkin final : public Method {
public:
    struct Settings {
        /// What options set directly.
        FieldSettings fields;
        Collocation::Settings points;
        ResidualSettings residuals;
        ComputedParameters::Settings computed;
        std::string sampling = "uniform", conditions = "soft", density = "log", coupling = "problem";
        std::string normalisation = "computed", means = "coupled", laplacian = "exact", density_base = "none";
        std::string walls = "even";
        Real mass_weight = 1, condition_share = 1;
    };

    static void options(Options& o, Settings& s)
    {
        o("weights", s.residuals.weights, "weights of the squared residuals: one per equation, or one for all",
          nonnegative);
        o("sampling", s.sampling, "points: independent, a Sobol sequence, at large residuals, or from the density",
          {"uniform", "sobol", "residual", "density"});
        o("candidates", s.residuals.candidates, "candidates per point that is selected by residual or density",
          between(2, 10000));
        o("base_share", s.residuals.base_share, "fraction of points that are drawn as usual, not selected",
          between(0.01, 0.5));
        o("condition_share", s.condition_share,
          "fraction of training samples with points of initial, terminal and boundary conditions: one in round(1 / "
          "share)",
          between(0.001, 1));
        o("spread", s.points.spread,
          "standard deviations of points range from 1/spread to spread times that of the population", between(1, 100));
        o("conditions", s.conditions,
          "penalties (soft), or an ansatz for all conditions (hard), those of densities (initial) or of value "
          "functions "
          "(terminal)",
          {"soft", "hard", "initial", "terminal"});
        o("density", s.density, "network for log m, for m, or, if costs do not depend on the density, for neither",
          {"log", "direct", "none"});
        o("coupling", s.coupling, "coupling f: that of the problem, of a game, or of control of the population",
          {"problem", "game", "control"});
        o("normalisation", s.normalisation, "constants that the equations leave open: computed, or penalised",
          {"computed", "penalty"});
        o("constants_every", s.computed.constants_every, "samples between computations of these constants",
          at_least(1));
        o("mass_weight", s.mass_weight, "weight of the penalties for constants, for normalisation = penalty",
          nonnegative);
        o("means", s.means, "whether gradients flow through means over the population to its density",
          {"coupled", "frozen"});
        o("laplacian", s.laplacian, "Laplacian: exact, or estimated in random directions",
          {"exact", "hutchinson", "two_point"});
        o("two_point_step", s.residuals.laplacian.step,
          "step h along the random direction, to either side, of two_point", positive);
        o("walls", s.walls,
          "conditions at reflecting walls: kept by even networks where solutions are even, or penalties",
          {"even", "soft"});
        o("harmonics", s.fields.harmonics,
          "periodic coordinates, and those between reflecting walls: number of frequencies k in the network input",
          between(1, 100));
        o("standardise", s.fields.standardise,
          "scale the input of density networks by mean and standard deviation of the population, that of the others by "
          "constants, and time by the horizon");
        o("density_base", s.density_base,
          "base that the network for log m is added to: none, or the Gaussian with the population's moments",
          {"none", "gaussian"});
        o("frame_intervals", s.fields.moment_intervals,
          "time intervals for mean and standard deviation of the population", between(1, 10000));
        o("frame_step", s.computed.moment_step,
          "fraction of the step to the simulated mean and standard deviation that is taken at each refresh",
          between(0.001, 1));
        o("refresh_every", s.computed.refresh_every, "samples between simulations of the population", at_least(1));
    }

    explicit Galerkin(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const Problem& problem) const override
    {
        std::vector<Field> fields;
        for (const Unknown& unknown : equations_of(problem)->unknowns()) {
            // The networks of several populations have the same options.
            const std::string value = problem.multi_population_game() ? "phi" : unknown.name;
            fields.push_back({unknown.name, unknown.role == Unknown::Role::value ? value : "density"});
        }
        return fields;
    }

    std::unique_ptr<Formulation> build(const Parts& parts) const override
    {
        const std::shared_ptr<const PdeSystem> equations = equations_of(*parts.problem);
        const ResidualRecipe recipe = recipe_for(*equations);
        auto formulation = std::make_unique<ResidualFormulation>(equations, parts.networks, recipe);
        formulation->add_player("solution", recipe.trained, recipe.validated);
        return formulation;
    }

private:
    template <class Failure = Error>
    [[noreturn]] static void refuse(const std::string& why)
    {
        throw Failure("method 'galerkin': " + why);
    }

    /// The equations to train on: those derived from a game, or those of a system written by hand.
    std::shared_ptr<const PdeSystem> equations_of(const Problem& problem) const
    {
        std::optional<Unknown::Role> form;
        if (s_.density == "log") form = Unknown::Role::log_density;
        if (s_.density == "direct") form = Unknown::Role::density;
        if (const MultiPopulationGame* game = problem.multi_population_game()) {
            if (s_.coupling != "problem")
                refuse("each population of the problem has its own coupling; use --method.coupling problem");
            for (int k = 0; k < game->populations() && form; ++k) check_form(game->population(k), true);
            return std::make_shared<MultiPopulationSystem>(*game, form);
        }
        if (const MeanFieldGame* game = problem.mean_field_game()) {
            check_form(*game, form.has_value());
            Coupling coupling = game->coupling();
            if (s_.coupling != "problem") coupling = s_.coupling == "game" ? Coupling::game : Coupling::potential;
            return std::make_shared<GameSystem>(
                *game, form, coupling, s_.walls == "even" ? GameSystem::Walls::even : GameSystem::Walls::equations);
        }
        if (!problem.pde_system())
            refuse<UnsupportedProblem>(
                "the problem is neither a mean field game in standard form nor a system of partial differential "
                "equations");
        return {problem.pde_system(), [](const PdeSystem*) {}};
    }

    /// What an option can mend is refused here, where the option is known.
    void check_form(const MeanFieldGame& game, bool has_density) const
    {
        if (const auto interaction = game.interaction(); interaction && interaction->pairwise())
            refuse<UnsupportedProblem>(
                "the agents of the problem interact through a kernel, whose mean over the population is not part of "
                "its equations" +
                std::string(!depends_on_density(game) ? "; use the method apac_net"
                            : game.viscosity() == 0   ? "; use the method lagrangian"
                                                      : ""));
        if (has_density && game.initial_density().singular())
            refuse<UnsupportedProblem>("the initial law of the problem has no density; use --method.density none");
        const auto box = game.domain();
        if (has_density && s_.density == "log" && box && box->has(Face::exit))
            refuse<UnsupportedProblem>(
                "the density is zero at the exits of the problem, where its logarithm is not finite; use "
                "--method.density direct" +
                std::string(depends_on_density(game) ? "" : " or --method.density none"));
        if (!has_density && (game.stationary() || depends_on_density(game)))
            refuse<UnsupportedProblem>(std::string(game.stationary()
                                                       ? "a game without an end needs its density"
                                                       : "the costs of the problem depend on the density") +
                                       "; use --method.density log or --method.density direct");
    }

    ResidualRecipe recipe_for(const PdeSystem& system) const
    {
        using Points = ResidualSettings::Points;
        using Kind = LaplacianEstimate::Kind;
        const bool penalised = s_.normalisation == "penalty" && system.stationary();
        ResidualRecipe recipe{s_.fields, s_.points, s_.points, s_.residuals, s_.residuals, s_.computed};
        recipe.fields.hard = hard_conditions(system);
        recipe.fields.gaussian_base = s_.density_base == "gaussian";
        if (s_.sampling == "sobol") recipe.trained_at.sampling = Sampling::sobol;
        recipe.trained_at.condition_period = static_cast<int>(std::lround(1 / s_.condition_share));
        for (ResidualSettings* settings : {&recipe.trained, &recipe.validated}) {
            settings->frozen_means = s_.means == "frozen";
            if (penalised) settings->mass_weight = s_.mass_weight;
        }
        if (s_.sampling == "residual") recipe.trained.points = Points::residual;
        if (s_.sampling == "density") recipe.trained.points = Points::density;
        if (s_.laplacian != "exact")
            recipe.trained.laplacian.kind = s_.laplacian == "two_point" ? Kind::two_point : Kind::hutchinson;
        recipe.trained_at.laplacian = recipe.trained.laplacian;
        recipe.computed.constants = recipe.fields.computed_constant = !penalised;
        check(system, penalised);
        return recipe;
    }

    /// Combinations of options that do not fit together.
    void check(const PdeSystem& system, bool penalised) const
    {
        if (s_.normalisation == "penalty" && s_.sampling == "sobol")
            refuse(
                "penalties multiply means over two independent halves, and those of a Sobol sequence are not; use "
                "--method.sampling uniform or --method.normalisation computed");
        if (penalised && s_.sampling != "uniform")
            refuse(
                "penalties for the mass need uniform points; use --method.sampling uniform or --method.normalisation "
                "computed");
        const std::vector<Unknown> unknowns = system.unknowns();
        const bool has_density = std::any_of(unknowns.begin(), unknowns.end(), [](const Unknown& unknown) {
            return unknown.role != Unknown::Role::value;
        });
        const bool follows = !bounded_space(system);
        if (s_.sampling == "density" && !has_density && !follows)
            refuse("the problem has no density to draw points from; use --method.sampling uniform");
        if (s_.sampling == "density" && follows && system.stationary())
            refuse("points are around the population of a stationary game in any case; use --method.sampling uniform");
        const bool laplacian_is_enough = std::all_of(unknowns.begin(), unknowns.end(), [&](const Unknown& unknown) {
            return value_directions(population_of(system, unknown.population)) == Directions::none;
        });
        if (s_.laplacian != "exact" && !laplacian_is_enough)
            refuse(
                "the Hamiltonian or the noise of the problem needs more than the Laplacian, of which there is no "
                "estimate; use --method.laplacian exact");
        if (s_.laplacian != "exact" && follows && (s_.fields.standardise || s_.density_base != "none"))
            refuse(
                "estimates of the Laplacian need networks of the plain coordinates; use --method.standardise no and "
                "--method.density_base none, or --method.laplacian exact");
    }

    HardConditions hard_conditions(const PdeSystem& system) const
    {
        const bool all = s_.conditions == "hard";
        const HardConditions hard{all || s_.conditions == "initial", all || s_.conditions == "terminal"};
        for (const Unknown& unknown : system.unknowns())
            if ((unknown.role == Unknown::Role::value ? hard.terminal : hard.initial) &&
                !system.has_hard_condition(unknown.name))
                refuse<UnsupportedProblem>("the problem has no ansatz that keeps the conditions of '" + unknown.name +
                                           "' exactly (a terminal value may not depend on the density, and what "
                                           "holds at the start and at the end must fit the walls); use "
                                           "--method.conditions soft");
        return hard;
    }

    Settings s_;
};

}  // namespace

MFG_PLUGIN(Galerkin, "galerkin", "Deep Galerkin Method: networks trained on the equations at random points");
