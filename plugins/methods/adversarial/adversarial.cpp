/// adversarial: two networks play against each other, one for the value function and one for the log density.
///
/// A game with local costs is the optimum of a functional, and its solution is the saddle point of
///
/// $$ \mathcal{L}(\varphi, \Lambda; w) = \mathbb{E}\, e^w \Big( \nu\Delta\varphi - \tfrac1{2a_1}|\nabla\varphi|^2 +
///    b\cdot\nabla\varphi + a_2 C(x,w) - \Lambda \Big) + \Lambda $$
///
/// over uniform points on the torus (`objective = variational`). C is the cost integrand of a potential game or of
/// control of the population; a plain game with local cost f has C(x,w) = int_0^inf f(x, w - y) exp(-y) dy. The player
/// `value` maximises over phi and Lambda, the player `density` minimises over w = log m. Lambda is the multiplier of
/// the mass, so no normalisation is needed. With a final time
///
/// $$ \mathcal{L} = \mathbb{E} \int_0^T e^w \Big( \partial_t\varphi + \nu\Delta\varphi -
///    \tfrac1{2a_1}|\nabla\varphi|^2 + b\cdot\nabla\varphi + a_2 C \Big) dt + \mathbb{E}\, m_0 \varphi(0) +
///    \mathbb{E}\, e^{w(T)} \big( a_3 C_g - \varphi(T) \big) $$
///
/// and the initial and terminal conditions follow. The value player uses this function integrated by parts, so it needs
/// no second derivatives, and no player needs the gradient of a second derivative. At the solution the gradient of the
/// density player has no noise, and that of the value player has none if the flux of the population vanishes, as in an
/// ergodic game without drift.
///
/// The objectives do not tell how good an answer is. The result is the last parameters or their running mean
/// (`--training.average`). In an ergodic game each network also bounds the optimum, and the difference of the bounds is
/// the duality gap (docs/equations.md, "Duality gap"). Group `duality` of the result and of the history has *estimates*
/// of the two bounds, `primal` and `dual`, and of the gap: means over uniform points, with their standard errors in the
/// result. Noise that is larger than the gap puts the optimum outside of the estimates; the estimate of the gap is more
/// accurate than either of them. The mass of m and the best Lambda of the dual come from other points than the means.
/// The dual is a bound only if m C is convex in m, that is if f does not fall as the density grows: where it does, dual
/// and gap are infinite (`null` in files).
///
/// The integral for C is a quadrature, checked at the start to 11 digits (exact for a coupling log m); a cost for which
/// that is impossible is refused.
///
/// `objective = residuals` accepts any game, also in R^d: the value player minimises the squared residuals of the
/// Hamilton-Jacobi-Bellman equation and its terminal condition given m, the density player those of the
/// Kolmogorov-Fokker-Planck equation and the initial condition given phi (`weights`: hjb, kfp, initial, terminal).
/// Everything else is as in the method galerkin.
///
///     mfg solve ergodic_log_4d_adversarial
///
/// H. Cao, X. Guo, M. Lauriere, Connecting GANs, mean-field games, and optimal transport, arXiv 2002.04112; A. T. Lin,
/// S. Wu Fung, W. Li, L. Nurbekyan, S. J. Osher, Alternating the population and control neural networks to solve
/// high-dimensional stochastic mean-field games, PNAS 118 (2021) e2024713118.
#include <mfg/assessment/errors.hpp>
#include <mfg/base/error.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/pde/residual_formulation.hpp>
#include <mfg/plugin/plugin.hpp>

#include "duality.hpp"
#include "saddle_loss.hpp"

namespace {

using namespace mfg;

/// Of an ergodic game: either network bounds its optimum, and the bounds are estimated.
class GapSolution final : public ResidualSolution {
public:
    GapSolution(const GameSystem& system, const FieldNetworks& fields, const ResidualMeasure& measure,
                const Vector& parameters)
        : ResidualSolution(fields, measure, parameters), system_(system)
    {
    }

    Measures measures(const RandomStream& stream, int samples) const override
    {
        Measures measures = ResidualSolution::measures(stream, samples);
        const DualityGap found = gap(stream, samples);
        auto& duality = measures["duality"];
        for (const auto& [name, estimate] :
             {std::pair{"primal", found.primal}, std::pair{"dual", found.dual}, std::pair{"gap", found.gap}}) {
            // Without a finite infimum there is nothing to estimate.
            const bool known = std::isfinite(estimate.standard_error);
            duality[name] = known ? estimate.mean : std::nan("");
            duality[name + std::string("_standard_error")] = known ? estimate.standard_error : std::nan("");
        }
        return measures;
    }
    std::vector<std::string> tracked() const override
    {
        std::vector<std::string> names = ResidualSolution::tracked();
        names.insert(names.end(), {"duality.primal", "duality.dual", "duality.gap"});
        return names;
    }
    Measures tracked_measures(const RandomStream& stream, int samples) const override
    {
        Measures measures = ResidualSolution::tracked_measures(stream, samples);
        const DualityGap found = gap(stream, samples);
        measures["duality"] = {{"primal", found.primal.mean}, {"dual", found.dual.mean}, {"gap", found.gap.mean}};
        return measures;
    }
    Definitions definitions() const override
    {
        Definitions all = ResidualSolution::definitions();
        all["duality"] = "estimates over uniform points";
        return all;
    }

private:
    DualityGap gap(const RandomStream& stream, int samples) const
    {
        return duality_gap(system_, *this, uniform_points(system_, stream.part("gap, chosen"), samples),
                           uniform_points(system_, stream.part("gap"), samples));
    }

    const GameSystem& system_;
};

/// Steps of the players in an iteration.
struct Steps {
    int value = 1, density = 1;
};

/// A value function and a density that play against each other: with a saddle function, or each with the residuals of
/// its own equations.
class AdversarialFormulation final : public ResidualFormulation {
public:
    AdversarialFormulation(const std::shared_ptr<const GameSystem>& system, const std::vector<const Network*>& networks,
                           const ResidualRecipe& recipe, bool variational, const Steps& steps)
        : ResidualFormulation(system, networks, recipe), game_(*system), variational_(variational)
    {
        std::vector<std::string> of_value = fields_.network_blocks("phi");
        for (const std::string& constant : game_.constants()) of_value.push_back(constant);
        add("value", SaddleLoss::Side::value, recipe.trained, {"hjb", "terminal"}).moves(of_value).steps(steps.value);
        add("density", SaddleLoss::Side::density, recipe.trained, {"kfp", "initial"})
            .moves(fields_.network_blocks("log_density"))
            .steps(steps.density);
    }

    bool keeps_best() const override { return !variational_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override
    {
        // Lambda is the multiplier of the mass: the saddle function needs no normalisation.
        if (!variational_) computed_.refresh(parameters, stream, sample);
    }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        if (!variational_ || !game_.stationary()) return ResidualFormulation::solution(parameters);
        return std::make_unique<GapSolution>(game_, fields_, measure_, parameters);
    }
    std::unique_ptr<Solution> provisional(const Vector& parameters, const RandomStream& stream) const override
    {
        if (!variational_) return ResidualFormulation::provisional(parameters, stream);
        Vector normalised = parameters;
        computed_.refresh(normalised, stream.part("normalised"), 1);
        return solution(normalised);
    }

private:
    Player& add(const std::string& name, SaddleLoss::Side side, ResidualSettings residuals,
                const std::vector<std::string>& equations)
    {
        // Validated on such points as it is trained on: the terms, unlike their gradients, are noisy.
        if (variational_) return add_player(name, std::make_unique<SaddleLoss>(game_, fields_, trained_at_, side));
        residuals.equations = equations;
        return add_player(name, residuals, residuals);
    }

    const GameSystem& game_;
    bool variational_;
};

class Adversarial final : public Method {
public:
    struct Settings {
        std::string objective = "variational", sampling = "sobol";
        Steps steps;
        /// What options set directly.
        FieldSettings fields;
        Collocation::Settings points;
        ResidualSettings residuals;
        ComputedParameters::Settings computed;
    };

    static void options(Options& o, Settings& s)
    {
        o("objective", s.objective, "saddle function, or the residuals of each player's equations",
          {"variational", "residuals"});
        o("value_steps", s.steps.value, "steps of the value player per iteration", between(1, 1000));
        o("density_steps", s.steps.density, "steps of the density player per iteration", between(1, 1000));
        o("sampling", s.sampling, "points: independent, or a Sobol sequence", {"uniform", "sobol"});
        o("harmonics", s.fields.harmonics, "periodic problems: number of frequencies k in the network input",
          between(1, 100));
        o("weights", s.residuals.weights, "weights of the squared residuals: one per equation, or one for all",
          nonnegative);
        o("spread", s.points.spread,
          "residuals in R^d: standard deviations of points range from 1/spread to spread times that of the "
          "population",
          between(1, 100));
        o("standardise", s.fields.standardise,
          "residuals in R^d: scale the input of the density network by mean and standard deviation of the "
          "population");
        o("refresh_every", s.computed.refresh_every, "residuals in R^d: samples between simulations of the population",
          at_least(1));
    }

    explicit Adversarial(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const Problem& problem) const override
    {
        derive(problem);
        return {{"phi", "phi"}, {"log_density", "density"}};
    }

    std::unique_ptr<Formulation> build(const Parts& parts) const override
    {
        std::shared_ptr<const GameSystem> system = derive(*parts.problem);
        ResidualRecipe recipe{s_.fields, s_.points, s_.points, s_.residuals, s_.residuals, s_.computed};
        if (s_.sampling == "sobol") recipe.trained_at.sampling = Sampling::sobol;
        return std::make_unique<AdversarialFormulation>(std::move(system), parts.networks, recipe, variational(),
                                                        s_.steps);
    }

private:
    bool variational() const { return s_.objective == "variational"; }

    std::shared_ptr<const GameSystem> derive(const Problem& problem) const
    {
        const auto refuse = [](const std::string& why) { throw UnsupportedProblem("method 'adversarial': " + why); };
        const MeanFieldGame* game = problem.mean_field_game();
        if (!game) refuse("the problem " + why_not_one_game(problem) + "; use the method galerkin");
        // The cost of the distance from the mean is part of the equations, but not of a local functional.
        const auto interaction = game->interaction();
        if (interaction && (interaction->pairwise() || variational()))
            refuse("the agents of the problem interact, and costs have to be local here");
        if (game->domain()) refuse("the problem is one in a box; use the method galerkin");
        if (variational() && !game->periodic())
            refuse(
                "the integrals of its saddle function need a bounded space, the torus, and the problem lives in R^d; "
                "use --method.objective residuals");
        if (variational() &&
            (game->hamiltonian_traits().depends_on_density || game->discount() > 0 || game->viscosities().size() > 0))
            refuse(
                "the problem has no saddle function of this kind: its Hamiltonian depends on the density, it has a "
                "discount, or its noise differs between coordinates; use --method.objective residuals");
        if (game->initial_density().singular())
            refuse("the initial law of the problem has no density; use the method galerkin or apac_net");
        return std::make_shared<GameSystem>(*game, Unknown::Role::log_density, game->coupling());
    }

    Settings s_;
};

}  // namespace

MFG_PLUGIN(Adversarial, "adversarial", "two networks, value function and density, play against each other");
