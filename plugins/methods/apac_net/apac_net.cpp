/// apac_net: a value function plays against a population that a network generates.
///
/// This is APAC-Net with two optional terms. The value player has phi(x,t) = a3 g(x) + (T - t) N(x,t), which keeps its
/// terminal condition. The population player has agents G(z,t) = y + t N(y,t), y = z + sqrt(2 nu t) xi, from samples z
/// of the initial law and, with noise, standard normal xi, so that G(z,0) = z. The value player maximises and the
/// population minimises
///
/// $$ L = E\,\varphi(z,0) + \int_0^T E\big[\partial_t\varphi + \nu\Delta\varphi - \tfrac1{2a_1}|\nabla\varphi|^2 +
///    b\cdot\nabla\varphi + a_2 c\big](G(z,t),t) + F(G(\cdot,t))\,dt $$
///
/// F is the functional of the interaction between agents (kernels, attraction to the mean), estimated without bias from
/// `agents` samples that share a time. The Laplacian is exact, and gradients flow through the points, at which it is
/// evaluated, into G. The method needs no density and refuses costs that depend on one.
///
/// L alone does not determine phi away from the agents, and its iterates circle the saddle point rather than approach
/// it. `hjb_weight` adds the mean square of the Hamilton-Jacobi residual at the agents to the objective of the value
/// player. Without noise, `path_weight` adds int E a1/2 |dG/dt - b + grad phi/a1|^2 to that of the population; with 1,
/// the population minimises exactly the cost of its agents for the paths t -> G(z,t). Both terms vanish at the saddle
/// point. With both weights 0 the game is that of APAC-Net.
///
/// Group `duality` has estimates of both sides of the saddle, means over samples of agents, with their standard errors:
/// the cost of the agents (`primal`: without noise those of the generator, which move along t -> G(z,t), otherwise
/// agents that follow phi), L (`saddle`), and the least value of L over all populations on the sampled agents, with F
/// replaced by its tangent (`dual`). None of them is a bound. Agents of G need not move as phi says, so that a user of
/// phi pays another cost; the dual is least among the sampled agents only, depends on their number, and needs a convex
/// F, which attraction to the mean is not. `gap` is primal - dual. `population` is the distance of G from agents that
/// follow phi, relative to their spread. The result is the last parameters; `training.average` gives a running mean.
///
/// With `scales = auto` networks and optimizers see lengths, times and costs in multiples of typical ones, and
/// `hjb_weight` is that of the residual in multiples of cost per time (docs/equations.md, "Units"): the training does
/// not depend on units then.
///
/// The old name of the method, primal_dual, still works. The method `eulerian` is the primal-dual method of Chambolle
/// and Pock.
///
///     mfg solve mean_attraction_2d
///
/// A. T. Lin, S. Wu Fung, W. Li, L. Nurbekyan, S. J. Osher, PNAS 118 (2021) e2024713118.
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/method.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/plugin/plugin.hpp>

#include "population_solution.hpp"

#include <memory>

namespace {

using namespace mfg;

struct Settings {
    Real hjb_weight = 1, path_weight = 0;
    int agents = 32, value_steps = 1, population_steps = 1;
    std::string scales = "none";
};

class ApacNetFormulation final : public Formulation {
public:
    ApacNetFormulation(const MeanFieldGame& game, const Network& value, const Network& generator, const Settings& s)
        : scales_(scales_of(game, s.scales)),
          value_network_(value, scales_, scales_.value / scales_.time),
          generator_network_(generator, scales_, scales_.length / scales_.time),
          system_(game, std::nullopt, game.coupling()),
          value_(system_, {&value_network_}, {1, {false, true}}),
          generator_(game, generator_network_, static_cast<int>(value_.layout().entries().size())),
          saddle_(game, value_, generator_, s.agents),
          value_loss_(saddle_, s.hjb_weight * scales_.time / scales_.value),
          population_loss_(saddle_, s.path_weight),
          layout_(value_.layout()),
          players_{Player("value", value_loss_).moves({"phi"}).steps(s.value_steps).in_units_of(scales_.value),
                   Player("population", population_loss_)
                       .moves({"generator"})
                       .steps(s.population_steps)
                       .in_units_of(scales_.value)}
    {
        layout_.add("generator", generator, generator_.input());
    }

    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    const Scales* scales() const override { return &scales_; }
    bool keeps_best() const override { return false; }
    void finish(Vector& parameters, const RandomStream& stream) const override
    {
        PopulationSolution(saddle_, layout_, parameters).fit_moments(parameters, stream);
    }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<PopulationSolution>(saddle_, layout_, parameters);
    }

private:
    Scales scales_;
    ScaledNetwork value_network_, generator_network_;  // both are multiplied by a time
    GameSystem system_;
    FieldNetworks value_;
    Generator generator_;
    Saddle saddle_;
    ValueLoss value_loss_;
    PopulationLoss population_loss_;
    ParameterLayout layout_;
    std::vector<Player> players_;
};

class ApacNet final : public Method {
public:
    using Settings = ::Settings;

    static void options(Options& o, Settings& s)
    {
        o("hjb_weight", s.hjb_weight,
          "weight of the squared Hamilton-Jacobi residual in the objective of the value player", nonnegative);
        o("path_weight", s.path_weight,
          "weight of the squared difference between the velocities of the agents and of the value function, in the "
          "objective of the population; without noise",
          nonnegative);
        o("agents", s.agents, "samples that share a time, if agents interact", between(2, 65536));
        scales_option(o, s.scales);
        o("value_steps", s.value_steps, "steps of the value player per iteration", between(1, 1000));
        o("population_steps", s.population_steps, "steps of the population per iteration", between(1, 1000));
    }

    explicit ApacNet(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const Problem& problem) const override
    {
        solvable(problem);
        return {{"phi", "phi"}, {"generator", "generator"}};
    }

    std::unique_ptr<Formulation> build(const Parts& parts) const override
    {
        return std::make_unique<ApacNetFormulation>(solvable(*parts.problem), *parts.networks.at(0),
                                                    *parts.networks.at(1), s_);
    }

private:
    /// The game, if it is one that the method can solve.
    const MeanFieldGame& solvable(const Problem& problem) const
    {
        const MeanFieldGame* game = problem.mean_field_game();
        const auto refuse = [](const std::string& why) {
            throw UnsupportedProblem("method 'apac_net': the problem " + why);
        };
        if (!game) refuse(why_not_one_game(problem));
        if (game->domain()) refuse("is one in a box, where its generator has no place; use the method galerkin");
        if (game->stationary() || game->periodic())
            refuse(
                "has no end, or is one on the torus, where its generator has no place; use the method adversarial or "
                "galerkin");
        const auto interaction = game->interaction();
        const bool pairs = interaction && interaction->pairwise();
        if (depends_on_density(*game))
            refuse("has costs that depend on the density, which a generator of samples does not know; use the method " +
                   std::string(pairs ? "lagrangian" : "galerkin"));
        if (game->hamiltonian_traits().depends_on_density)
            refuse("has a Hamiltonian that depends on the density; use the method galerkin");
        if (game->discount() > 0) refuse("has a discount, which it does not support; use the method galerkin");
        if (s_.path_weight > 0 && game->viscosity() > 0)
            throw Error(
                "method 'apac_net': path_weight needs a problem without noise: with it agents of the generator have "
                "no velocity; use --method.path_weight 0");
        return *game;
    }

    Settings s_;
};

}  // namespace

MFG_PLUGIN(ApacNet, "apac_net", "a value function against a generator of samples, for games without density");
