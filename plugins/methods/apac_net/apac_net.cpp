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
/// F is the functional of the interaction between agents (kernels, attraction to the mean); its integrals run over
/// `agents` samples that share a time, without bias. The Laplacian is exact, and its derivatives flow through the
/// points into G. The method needs no density and refuses costs that depend on one.
///
/// L alone does not determine phi away from the agents, and its iterates circle the saddle point rather than approach
/// it. `hjb_weight` adds the mean square of the Hamilton-Jacobi residual at the agents to the objective of the value
/// player. Without noise, `path_weight` adds int E a1/2 |dG/dt - b + grad phi/a1|^2 to that of the population; with 1,
/// the population minimises exactly the cost of its agents for the paths t -> G(z,t). Both terms vanish at the saddle
/// point. With both weights 0 the game is that of APAC-Net.
///
/// Group `duality` reports the cost of the agents (`primal`: those of G without noise, otherwise agents that follow
/// phi), L (`saddle`), and the least value of L for populations on the agents that were evaluated, with F replaced by
/// its tangent (`dual`). The last is a lower bound of the optimum there if F is convex, which attraction to the mean is
/// not. `population` is the distance of G from agents that follow phi, relative to their spread. The result is the last
/// parameters; `training.average` gives a running mean.
///
/// The method was called primal_dual before, and that name still works. The primal-dual method of the literature is
/// `eulerian`.
///
///     mfg solve mean_attraction_2d
///
/// A. T. Lin, S. Wu Fung, W. Li, L. Nurbekyan, S. J. Osher, PNAS 118 (2021) e2024713118.
#include <mfg/base/error.hpp>
#include <mfg/game/coupling.hpp>
#include <mfg/method.hpp>
#include <mfg/pde/field_game.hpp>
#include <mfg/pde/pictures.hpp>
#include <mfg/pde/simulation.hpp>
#include <mfg/pde/solution_errors.hpp>
#include <mfg/pde/solution_measures.hpp>
#include <mfg/plugin/plugin.hpp>
#include "learned_population.hpp"

#include <cmath>
#include <memory>

namespace {

using mfg::Real;
using mfg::Vector;

class ApacNet final : public mfg::Method {
public:
    struct Settings {
        Real hjb_weight = 1, path_weight = 0;
        int agents = 32, value_steps = 1, population_steps = 1;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("hjb_weight", s.hjb_weight,
          "weight of the squared Hamilton-Jacobi residual in the objective of the value player", mfg::nonnegative);
        o("path_weight", s.path_weight,
          "weight, in the objective of the population, of its distance from the velocity of the value function; "
          "without noise",
          mfg::nonnegative);
        o("agents", s.agents, "samples that share a time, if agents interact", mfg::between(2, 65536));
        o("value_steps", s.value_steps, "steps of the value player per iteration", mfg::between(1, 1000));
        o("population_steps", s.population_steps, "steps of the population per iteration", mfg::between(1, 1000));
    }

    explicit ApacNet(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const mfg::Problem&) const override
    {
        return {{"phi", "phi"}, {"generator", "generator"}};
    }

    void build(const Parts& parts) override
    {
        const mfg::MeanFieldGame* game = parts.problem->mean_field_game();
        const auto refuse = [](const std::string& why) {
            throw mfg::UnsupportedProblem("method 'apac_net': the problem " + why);
        };
        if (!game) refuse("is no mean field game in standard form, which it needs");
        if (game->stationary() || game->periodic())
            refuse("is one on the torus, where its generator has no place; use the method adversarial or galerkin");
        if (mfg::depends_on_density(*game))
            refuse(
                "has costs that depend on the density, which a generator of samples does not know; use the method "
                "lagrangian, galerkin or adversarial");
        if (s_.path_weight > 0 && game->viscosity() > 0)
            throw mfg::Error(
                "method 'apac_net': path_weight needs a problem without noise: with it agents of the generator have "
                "no velocity; use --method.path_weight 0");
        system_ = std::make_unique<mfg::GameSystem>(*game, std::nullopt, game->coupling());
        value_ = std::make_unique<mfg::FieldNetworks>(*system_, std::vector<const mfg::Network*>{parts.networks.at(0)},
                                                      mfg::FieldSettings{1, mfg::HardConditions::terminal});
        layout_ = value_->layout();
        const int first = static_cast<int>(layout_.entries().size());
        generator_ = std::make_unique<mfg::Generator>(*game, *parts.networks.at(1), first);
        layout_.add("generator", *parts.networks.at(1), generator_->input());
        saddle_ =
            std::make_unique<mfg::Saddle>(*game, *value_, *generator_, game->interaction().weight == 0 ? 1 : s_.agents);
        value_loss_ = std::make_unique<mfg::ValueLoss>(*saddle_, layout_, s_.hjb_weight);
        population_loss_ = std::make_unique<mfg::PopulationLoss>(*saddle_, s_.path_weight);
        players_ = {{"value", value_loss_.get(), nullptr, {}, nullptr, {"phi"}, s_.value_steps},
                    {"population", population_loss_.get(), nullptr, {}, nullptr, {"generator"}, s_.population_steps}};
    }

    const mfg::ParameterLayout& layout() const override { return layout_; }
    const std::vector<mfg::Player>& players() const override { return players_; }
    bool keeps_best() const override { return false; }

    std::map<std::string, std::map<std::string, Real>> measures(const Vector& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        Groups groups = quality(parameters, stream, samples);
        groups.merge(system_->measures(networks(parameters), stream.part(0), samples));
        const mfg::LearnedPopulation learned = population(parameters);
        constexpr int agents = 1024, times = 8;
        groups["population"] = learned.distances(
            mfg::simulate_agents(networks(parameters), stream.part(3), agents, times, 8), stream.part(4));
        return groups;
    }

    std::vector<std::string> tracked() const override
    {
        std::vector<std::string> names;
        for (const std::string& name : mfg::solution_error_names(*system_)) names.push_back("errors." + name);
        for (const char* name : {"residuals.hjb", "duality.primal", "duality.saddle", "duality.dual", "duality.gap"})
            names.push_back(name);
        return names;
    }

    Vector track(const Vector& parameters, const mfg::RandomStream& stream) const override
    {
        constexpr int samples = 1024;
        return mfg::tracked_values(quality(parameters, stream, samples), tracked());
    }

    mfg::Matrix velocity(const Vector& parameters, const mfg::Matrix& points, Real t) const override
    {
        return networks(parameters).velocity_at(points, t);
    }

    std::vector<mfg::FieldTable> evaluate(const Vector& parameters, const mfg::Matrix& points) const override
    {
        return networks(parameters).evaluate(points);
    }

    std::unique_ptr<mfg::LearnedGame> learned_game(const Vector& parameters) const override
    {
        return std::make_unique<mfg::FieldGame>(*system_, *value_, parameters);
    }

    void export_fields(const Vector& parameters, const std::vector<mfg::Snapshot>& snapshots,
                       const mfg::RandomStream& stream, mfg::FieldExport& to) const override
    {
        mfg::export_population_pictures(population(parameters), stream.part(0), to);
        mfg::export_solution_pictures(*value_, parameters, snapshots, stream.part(1), to);
    }

private:
    using Groups = std::map<std::string, std::map<std::string, Real>>;

    /// What is measured after the training and followed during it.
    Groups quality(const Vector& parameters, const mfg::RandomStream& stream, int samples) const
    {
        const mfg::LearnedPopulation::Values values = population(parameters).values(stream.part(1));
        Groups groups{{"residuals", {{"hjb", values.residual}}},
                      {"duality",
                       {{"primal", values.primal},
                        {"saddle", values.saddle},
                        {"dual", values.dual},
                        {"gap", values.primal - values.dual}}}};
        if (const auto reference = system_->reference(); reference && reference->value)
            groups["errors"] = mfg::solution_errors(networks(parameters), *reference, stream.part(2), samples);
        return groups;
    }

    mfg::LearnedNetworks networks(const Vector& parameters) const { return {*value_, parameters}; }
    mfg::LearnedPopulation population(const Vector& parameters) const { return {*saddle_, layout_, parameters}; }

    Settings s_;
    std::unique_ptr<mfg::GameSystem> system_;
    std::unique_ptr<mfg::FieldNetworks> value_;
    std::unique_ptr<mfg::Generator> generator_;
    std::unique_ptr<mfg::Saddle> saddle_;
    std::unique_ptr<mfg::ValueLoss> value_loss_;
    std::unique_ptr<mfg::PopulationLoss> population_loss_;
    mfg::ParameterLayout layout_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(ApacNet, "apac_net", "a value function against a generator of samples, for games without density");
