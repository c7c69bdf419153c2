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
/// and the initial and terminal conditions follow. Each player uses a form of this function, with or without
/// integration by parts, whose gradient loses its noise at the solution. The value player needs no second derivatives,
/// and no player needs the gradient of a second derivative.
///
/// The objectives do not tell how good an answer is. The result is the last parameters or their running mean
/// (`--training.average`). Ergodic games have bounds of the optimum from each network instead: group `duality` of the
/// result and of the history.
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
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/pde/field_game.hpp>
#include <mfg/pde/pictures.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/pde/solution_errors.hpp>
#include <mfg/pde/solution_measures.hpp>
#include <mfg/plugin/plugin.hpp>
#include "duality.hpp"
#include "saddle_loss.hpp"

#include <memory>

namespace {

using mfg::Real;

class Adversarial final : public mfg::Method {
public:
    struct Settings {
        std::string objective = "variational", sampling = "sobol";
        int value_steps = 1, density_steps = 1, harmonics = 1, refresh_every = 25;
        std::vector<Real> weights{1};
        Real spread = 1.3;
        bool standardise = false;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("objective", s.objective, "saddle function, or the residuals of each player's equations",
          {"variational", "residuals"});
        o("value_steps", s.value_steps, "steps of the value player per iteration", mfg::between(1, 1000));
        o("density_steps", s.density_steps, "steps of the density player per iteration", mfg::between(1, 1000));
        o("sampling", s.sampling, "points: independent, or a Sobol sequence", {"uniform", "sobol"});
        o("harmonics", s.harmonics, "waves of each coordinate as network input in periodic problems",
          mfg::between(1, 100));
        o("weights", s.weights, "weights of the squared residuals: one per equation, or one for all", mfg::nonnegative);
        o("spread", s.spread,
          "residuals in R^d: deviations of points range from 1/spread to spread times that of the population",
          mfg::between(1, 100));
        o("standardise", s.standardise,
          "residuals in R^d: scale the input of the density network by mean and deviation of the population");
        o("refresh_every", s.refresh_every, "residuals in R^d: samples between simulations of the population",
          mfg::at_least(1));
    }

    explicit Adversarial(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const mfg::Problem& problem) const override
    {
        derive(problem);
        return {{"phi", "phi"}, {"log_density", "density"}};
    }

    void build(const Parts& parts) override
    {
        system_ = derive(*parts.problem);
        fields_ = std::make_unique<mfg::FieldNetworks>(
            *system_, parts.networks, mfg::FieldSettings{s_.harmonics, mfg::HardConditions::none, s_.standardise});
        mfg::Collocation::Settings where;
        where.spread = s_.spread;
        validated_at_ = std::make_unique<mfg::Collocation>(*fields_, where);
        if (s_.sampling == "sobol") where.sampling = mfg::Sampling::sobol;
        trained_at_ = std::make_unique<mfg::Collocation>(*fields_, where);

        mfg::ResidualSettings settings;
        settings.refresh_every = s_.refresh_every;
        settings.weights.assign(system_->equations().size(), 1);
        residuals_ = std::make_unique<mfg::ResidualLoss>(*fields_, *validated_at_, settings);
        if (s_.weights.size() == 1) settings.weights.assign(system_->equations().size(), s_.weights[0]);
        if (s_.weights.size() != 1) settings.weights = s_.weights;
        if (settings.weights.size() != system_->equations().size())
            throw mfg::Error("method 'adversarial': weights needs one number, or one for each of hjb, kfp" +
                             std::string(system_->stationary() ? "" : ", initial, terminal"));

        for (const bool is_value : {true, false}) {
            Side& side = sides_[is_value ? 0 : 1];
            if (keeps_best()) {
                settings.equations =
                    is_value ? std::vector<std::string>{"hjb", "terminal"} : std::vector<std::string>{"kfp", "initial"};
                settings.adapts = is_value;
                side.trained = std::make_unique<mfg::ResidualLoss>(*fields_, *trained_at_, settings);
                side.validated = std::make_unique<mfg::ResidualLoss>(*fields_, *validated_at_, settings);
            } else {
                // Validated on such points as it is trained on: the terms, unlike their gradients, are noisy.
                side.trained = std::make_unique<mfg::SaddleLoss>(
                    *system_, *fields_, *trained_at_,
                    is_value ? mfg::SaddleLoss::Side::value : mfg::SaddleLoss::Side::density,
                    is_value ? residuals_.get() : nullptr);
            }
            std::vector<std::string> blocks = fields_->network_blocks(is_value ? "phi" : "log_density");
            if (is_value)
                for (const std::string& constant : system_->constants()) blocks.push_back(constant);
            players_.push_back({is_value ? "value" : "density",
                                side.trained.get(),
                                nullptr,
                                {},
                                side.validated.get(),
                                blocks,
                                is_value ? s_.value_steps : s_.density_steps});
        }
    }

    const mfg::ParameterLayout& layout() const override { return fields_->layout(); }
    const std::vector<mfg::Player>& players() const override { return players_; }
    bool keeps_best() const override { return s_.objective == "residuals"; }

    std::map<std::string, std::map<std::string, Real>> measures(const mfg::Vector& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        auto groups = mfg::solution_measures(*fields_, *residuals_, *validated_at_, parameters, stream, samples);
        if (has_gap()) {
            const mfg::DualityGap found = gap(parameters, stream, samples);
            groups["duality"] = {{"primal", found.primal}, {"dual", found.dual}, {"gap", found.gap}};
        }
        return groups;
    }

    std::vector<std::string> tracked() const override
    {
        std::vector<std::string> names = mfg::tracked_measures(*system_, *residuals_);
        if (has_gap()) names.insert(names.end(), {"duality.primal", "duality.dual", "duality.gap"});
        return names;
    }

    mfg::Vector track(const mfg::Vector& parameters, const mfg::RandomStream& stream) const override
    {
        mfg::Vector normalised = parameters;
        if (!keeps_best()) residuals_->adapt(normalised, stream.part(21), 1);
        const mfg::Vector common = mfg::track_measures(*fields_, *residuals_, *validated_at_, normalised, stream);
        if (!has_gap()) return common;
        constexpr int points = 1024;
        const mfg::DualityGap found = gap(normalised, stream, points);
        mfg::Vector all = mfg::make_vector(common.size() + 3);
        std::copy(common.begin(), common.end(), all.begin());
        const Real last[] = {found.primal, found.dual, found.gap};
        std::copy(std::begin(last), std::end(last), all.end() - 3);
        return all;
    }

    mfg::Matrix velocity(const mfg::Vector& parameters, const mfg::Matrix& points, Real t) const override
    {
        return mfg::LearnedNetworks(*fields_, parameters).velocity_at(points, t);
    }

    std::vector<mfg::FieldTable> evaluate(const mfg::Vector& parameters, const mfg::Matrix& points) const override
    {
        return mfg::LearnedNetworks(*fields_, parameters).evaluate(points);
    }

    std::unique_ptr<mfg::LearnedGame> learned_game(const mfg::Vector& parameters) const override
    {
        return std::make_unique<mfg::FieldGame>(*system_, *fields_, parameters);
    }

    void export_fields(const mfg::Vector& parameters, const std::vector<mfg::Snapshot>& snapshots,
                       const mfg::RandomStream& stream, mfg::FieldExport& to) const override
    {
        mfg::export_solution_pictures(*fields_, parameters, snapshots, stream, to);
    }

private:
    struct Side {
        std::unique_ptr<mfg::Loss> trained, validated;
    };

    std::unique_ptr<mfg::GameSystem> derive(const mfg::Problem& problem) const
    {
        const mfg::MeanFieldGame* game = problem.mean_field_game();
        if (!game)
            throw mfg::UnsupportedProblem(
                "method 'adversarial': the problem is no mean field game in standard form; use the method galerkin for "
                "a system of equations");
        // What agents pay for the distance from their mean is part of the equations, but of no local functional.
        if (game->interaction().weight != 0 && (game->interaction().pairwise() || !keeps_best()))
            throw mfg::UnsupportedProblem(
                "method 'adversarial': the agents of the problem interact through a kernel, and its costs have to be "
                "local here; use the method lagrangian or apac_net");
        if (!keeps_best() && !game->periodic())
            throw mfg::UnsupportedProblem(
                "method 'adversarial': the integrals of its saddle function need a bounded space, the torus, and the "
                "problem lives in R^d; use --method.objective residuals or the method apac_net");
        return std::make_unique<mfg::GameSystem>(*game, mfg::Unknown::Role::log_density, game->coupling());
    }

    bool has_gap() const { return !keeps_best() && system_->stationary(); }
    mfg::DualityGap gap(const mfg::Vector& parameters, const mfg::RandomStream& stream, int samples) const
    {
        return mfg::duality_gap(*system_, mfg::LearnedNetworks(*fields_, parameters),
                                mfg::uniform_points(*system_, stream.part(22), samples));
    }

    Settings s_;
    std::unique_ptr<mfg::GameSystem> system_;
    std::unique_ptr<mfg::FieldNetworks> fields_;
    std::unique_ptr<mfg::Collocation> trained_at_, validated_at_;
    std::unique_ptr<mfg::ResidualLoss> residuals_;
    Side sides_[2];
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Adversarial, "adversarial", "two networks, value function and density, play against each other");
