/// galerkin: the Deep Galerkin Method: networks for the unknown functions, trained on the equations themselves.
///
/// The objective is the weighted mean of squared residuals at random points. For a mean field game they are
///
/// $$ \mathrm{hjb} = -\partial_t\varphi - \nu\Delta\varphi + \tfrac1{2a_1}|\nabla\varphi|^2 - b\cdot\nabla\varphi -
///    a_2 f(x,t,m) \;(+\Lambda), \qquad
///    \mathrm{kfp} = \partial_t w - \nu(\Delta w + |\nabla w|^2) + \nabla\!\cdot v + v\cdot\nabla w,
///    \quad v = b - \nabla\varphi/a_1 $$
///
/// with w = log m (`density = log`, the default, which makes m positive) or the equation for m itself (`direct`), and
/// the conditions phi(T) = a3 (g + dg/dw), m(0) = m0; mfg derives them from the costs of the problem. If costs do not
/// depend on the density, `none` omits it: phi is the only unknown, and agents simulated with the learned control
/// represent the population. They may start from a law without density and may be attracted to their mean. `coupling`
/// overrides whether f is that of a game (c) or of control of the population (c + dc/dw). Systems written by hand
/// define their own equations. `weights` has one number per equation, in the order of the terms of the objective.
///
/// Points are uniform on a torus or in a box. Elsewhere t is uniform and x normal around the population at t. Its mean
/// and deviation come from agents simulated with the learned control (every `refresh_every` samples); with noise they
/// solve mean' = E v and variance' = 2 Cov(x, v) + 2 nu, with v regressed on x. `sampling = sobol` fills the same space
/// evenly; `residual` draws candidates and prefers those with large residuals (Wu et al., CMAME 403 (2023)); `density`
/// uses agents of the learned population.
///
/// In periodic problems, networks see sin and cos of 2 pi k x. `conditions = hard` uses an ansatz that keeps initial
/// and terminal conditions. Constants that the equations leave open are computed and subtracted
/// (`normalisation = computed`: log-mean-exp of w, or mean of m, and mean of phi over 4096 Sobol points, with every
/// fourth sample), or penalised: (int m - 1)^2 and (int phi)^2 as products of means over two independent halves of the
/// batch. The ergodic constant is trained, and reported by the formula Lambda = -E_m[HJB], which is accurate to second
/// order.
///
/// Laplacians are exact, or estimated with two independent sets of random directions, whose residuals are multiplied,
/// because the square of one estimate would be biased. Both estimates cost more than they save here, because the
/// gradient needs its d columns anyway.
///
///     mfg solve ergodic_log_10d
///
/// J. Sirignano, K. Spiliopoulos, DGM, J. Comput. Phys. 375 (2018) 1339; R. Carmona, M. Lauriere, SIAM J. Numer. Anal.
/// 59 (2021) 1455 and Ann. Appl. Probab. 32 (2022) 4065.
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/pde/field_game.hpp>
#include <mfg/pde/pictures.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/pde/solution_measures.hpp>
#include <mfg/plugin/plugin.hpp>

#include <memory>
#include <optional>

namespace {

using mfg::Real;

class Galerkin final : public mfg::Method {
public:
    struct Settings {
        std::vector<Real> weights{1};
        std::string sampling = "uniform", conditions = "soft", density = "log", coupling = "problem";
        std::string normalisation = "computed", means = "coupled", laplacian = "exact", density_base = "none";
        int harmonics = 1, candidates = 16, refresh_every = 25, frame_intervals = 32;
        bool standardise = false;
        Real frame_step = 1, base_share = 0.2, spread = 1.3, mass_weight = 1, two_point_step = 1e-2;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        o("weights", s.weights, "weights of the squared residuals: one per equation, or one for all", mfg::nonnegative);
        o("sampling", s.sampling, "points: independent, a Sobol sequence, at large residuals, or from the density",
          {"uniform", "sobol", "residual", "density"});
        o("candidates", s.candidates, "candidates per point, if points are chosen", mfg::between(2, 10000));
        o("base_share", s.base_share, "fraction of points that are not chosen", mfg::between(0.01, 0.5));
        o("spread", s.spread, "deviations of points range from 1/spread to spread times that of the population",
          mfg::between(1, 100));
        o("conditions", s.conditions,
          "penalties, or an ansatz for all conditions, those of densities (initial) or those of values (terminal)",
          {"soft", "hard", "initial", "terminal"});
        o("density", s.density, "network for log m, for m, or, if costs do not depend on the density, for neither",
          {"log", "direct", "none"});
        o("coupling", s.coupling, "that of the problem, of a game, or of control of the population",
          {"problem", "game", "control"});
        o("normalisation", s.normalisation, "constants that the equations leave open: computed, or penalised",
          {"computed", "penalty"});
        o("mass_weight", s.mass_weight, "weight of the penalties for these constants", mfg::nonnegative);
        o("means", s.means, "whether gradients flow through means over the population to its density",
          {"coupled", "frozen"});
        o("laplacian", s.laplacian, "Laplacian: exact, or estimated in random directions",
          {"exact", "hutchinson", "two_point"});
        o("two_point_step", s.two_point_step, "step between the two points of two_point", mfg::positive);
        o("harmonics", s.harmonics, "waves of each coordinate as network input in periodic problems",
          mfg::between(1, 100));
        o("standardise", s.standardise,
          "scale the input of density networks by mean and deviation of the population, that of the others by "
          "constants");
        o("density_base", s.density_base,
          "base that the network for log m is added to: none, or the Gaussian with the population's moments",
          {"none", "gaussian"});
        o("frame_intervals", s.frame_intervals, "time intervals for mean and deviation of the population",
          mfg::between(1, 10000));
        o("frame_step", s.frame_step,
          "fraction of the step to the simulated mean and deviation that is taken at each refresh",
          mfg::between(0.001, 1));
        o("refresh_every", s.refresh_every, "samples between simulations of the population", mfg::at_least(1));
    }

    explicit Galerkin(const Settings& s) : s_(s) {}

    std::vector<Field> fields(const mfg::Problem& problem) const override
    {
        const std::unique_ptr<mfg::GameSystem> derived = derive(problem);
        std::vector<Field> fields;
        for (const mfg::Unknown& unknown : (derived ? derived.get() : problem.pde_system())->unknowns())
            fields.push_back({unknown.name, unknown.role == mfg::Unknown::Role::value ? unknown.name : "density"});
        return fields;
    }

    void build(const Parts& parts) override
    {
        derived_ = derive(*parts.problem);
        system_ = derived_ ? derived_.get() : parts.problem->pde_system();
        const std::vector<mfg::Equation> equations = system_->equations();
        std::vector<Real> weights = s_.weights;
        if (weights.size() == 1) weights.assign(equations.size(), weights[0]);
        if (weights.size() != equations.size()) {
            std::string names;
            for (const mfg::Equation& equation : equations) names += (names.empty() ? "" : ", ") + equation.name;
            throw mfg::Error("method 'galerkin': weights needs one number, or one for each of " + names);
        }
        fields_ =
            std::make_unique<mfg::FieldNetworks>(*system_, parts.networks,
                                                 mfg::FieldSettings{s_.harmonics, hard_conditions(), s_.standardise,
                                                                    s_.density_base == "gaussian", s_.frame_intervals});

        if (s_.normalisation == "penalty" && s_.sampling == "sobol")
            throw mfg::Error(
                "method 'galerkin': penalties multiply means over two independent halves, and those of a "
                "Sobol sequence are not; use --method.sampling uniform or --method.normalisation computed");

        mfg::ResidualSettings settings;
        settings.weights = weights;
        settings.candidates = s_.candidates;
        settings.base_share = s_.base_share;
        settings.two_point_step = s_.two_point_step;
        settings.refresh_every = s_.refresh_every;
        settings.frame_step = s_.frame_step;
        settings.frozen_means = s_.means == "frozen";
        if (s_.normalisation == "penalty" && system_->stationary()) settings.mass_weight = s_.mass_weight;
        mfg::ResidualSettings trained = settings;
        if (s_.sampling == "residual") trained.points = mfg::ResidualSettings::Points::residual;
        if (s_.sampling == "density") trained.points = mfg::ResidualSettings::Points::density;
        const bool estimated = s_.laplacian != "exact", two_point = s_.laplacian == "two_point";
        if (estimated && fields_->follows_population() && (s_.standardise || s_.density_base != "none"))
            throw mfg::Error(
                "method 'galerkin': estimates of the Laplacian need networks of the plain coordinates; use "
                "--method.standardise no and --method.density_base none, or --method.laplacian exact");
        if (estimated)
            trained.laplacian = two_point ? mfg::LaplacianEstimate::two_point : mfg::LaplacianEstimate::hutchinson;
        mfg::Collocation::Settings where;
        where.spread = s_.spread;
        validated_at_ = std::make_unique<mfg::Collocation>(*fields_, where);
        if (s_.sampling == "sobol") where.sampling = mfg::Sampling::sobol;
        where.probes = estimated ? 2 : 0;
        where.normal_probes = two_point;
        trained_at_ = std::make_unique<mfg::Collocation>(*fields_, where);
        loss_ = std::make_unique<mfg::ResidualLoss>(*fields_, *trained_at_, trained);
        exact_loss_ = std::make_unique<mfg::ResidualLoss>(*fields_, *validated_at_, settings);
        settings.weights.assign(equations.size(), 1);
        settings.mass_weight = -1;
        residuals_ = std::make_unique<mfg::ResidualLoss>(*fields_, *validated_at_, settings);

        players_ = {{"solution", loss_.get(), nullptr, {}, exact_loss_.get()}};
    }

    const mfg::ParameterLayout& layout() const override { return fields_->layout(); }
    const std::vector<mfg::Player>& players() const override { return players_; }

    std::map<std::string, std::map<std::string, Real>> measures(const mfg::Vector& parameters,
                                                                const mfg::RandomStream& stream,
                                                                int samples) const override
    {
        return mfg::solution_measures(*fields_, *residuals_, *validated_at_, parameters, stream, samples);
    }

    std::vector<std::string> tracked() const override { return mfg::tracked_measures(*system_, *residuals_); }

    mfg::Vector track(const mfg::Vector& parameters, const mfg::RandomStream& stream) const override
    {
        return mfg::track_measures(*fields_, *residuals_, *validated_at_, parameters, stream);
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
        if (!derived_) return nullptr;
        return std::make_unique<mfg::FieldGame>(*derived_, *fields_, parameters);
    }

    void export_fields(const mfg::Vector& parameters, const std::vector<mfg::Snapshot>& snapshots,
                       const mfg::RandomStream& stream, mfg::FieldExport& to) const override
    {
        mfg::export_solution_pictures(*fields_, parameters, snapshots, stream, to);
    }

private:
    mfg::HardConditions hard_conditions() const
    {
        if (s_.conditions == "soft") return mfg::HardConditions::none;
        if (s_.conditions == "hard") return mfg::HardConditions::all;
        return s_.conditions == "initial" ? mfg::HardConditions::initial : mfg::HardConditions::terminal;
    }

    /// The equations of a game in standard form; null for a system written by hand.
    std::unique_ptr<mfg::GameSystem> derive(const mfg::Problem& problem) const
    {
        if (const mfg::MeanFieldGame* game = problem.mean_field_game()) {
            if (game->interaction().weight != 0 && game->interaction().pairwise())
                throw mfg::UnsupportedProblem(
                    "method 'galerkin': the agents of the problem interact through a kernel, whose mean over the "
                    "population is no part of its equations; use the method lagrangian or apac_net");
            mfg::Coupling coupling = game->coupling();
            if (s_.coupling != "problem")
                coupling = s_.coupling == "game" ? mfg::Coupling::game : mfg::Coupling::potential;
            std::optional<mfg::Unknown::Role> form;
            if (s_.density == "log") form = mfg::Unknown::Role::log_density;
            if (s_.density == "direct") form = mfg::Unknown::Role::density;
            return std::make_unique<mfg::GameSystem>(*game, form, coupling);
        }
        if (!problem.pde_system())
            throw mfg::UnsupportedProblem(
                "method 'galerkin': the problem is neither a mean field game in standard form nor a system of partial "
                "differential equations");
        return nullptr;
    }

    Settings s_;
    std::unique_ptr<mfg::GameSystem> derived_;
    const mfg::PdeSystem* system_ = nullptr;
    std::unique_ptr<mfg::FieldNetworks> fields_;
    std::unique_ptr<mfg::Collocation> trained_at_, validated_at_;
    std::unique_ptr<mfg::ResidualLoss> loss_, exact_loss_, residuals_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Galerkin, "galerkin", "Deep Galerkin Method: networks trained on the equations at random points");
