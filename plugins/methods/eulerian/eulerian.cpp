/// eulerian: potential mean field games and control of the population on a grid, d = 2, first order (nu = 0).
///
/// The primal-dual method of Chambolle and Pock minimises over density and momentum m = rho v, on a window of the plane
/// with no flow through its boundary,
///
/// $$ \int_0^T\!\!\int \Big( a_1 \frac{|m|^2}{2\rho} + a_2\, c(x,t,\log\rho)\, \rho \Big) dx\,dt +
///    a_3 \int g(x,T,\log\rho)\, \rho(T) \,dx, \qquad \partial_t\rho + \nabla\!\cdot m = 0 $$
///
/// The problem is convex if c rho and g rho are convex in rho, as for entropy, Kullback-Leibler divergence, preference
/// and growing powers of the density. Densities of cells stand at the grid times, momenta on the faces in between.
/// Costs are evaluated at the centres, from averages, with second-order accuracy for smooth solutions. The iteration
/// alternates a projection onto the continuity equation (cosine transforms) with Newton's method for one density per
/// cell. It converges to the minimum on the grid from any start; coarse grids provide the start for finer ones.
///
/// `residual` is the larger of two relative changes: between the averages of the flow and the densities and momenta
/// from the cell-wise steps, and of the dual variables in one step. Nothing is random. The terms of the result are
/// those on the grid. `solution/` contains density, momentum_x and momentum_y (one row per time; cells or faces, x
/// fastest) and the velocity at the centres of cells and intervals.
///
///     mfg solve --problem optimal_transport --method eulerian --method.domain -6,6,-6,6
///     mfg solve --problem gaussian_transport --method eulerian --method.cells 128 --method.time_intervals 64
///
/// Papadakis, Peyre, Oudet, SIAM J. Imaging Sciences 7 (2014) 212; Chambolle, Pock, J. Math. Imaging Vis. 40 (2011)
/// 120.
#include <mfg/base/error.hpp>
#include <mfg/method.hpp>
#include <mfg/plugin/plugin.hpp>
#include "pictures.hpp"

#include <memory>

namespace {

using mfg::Real;

class Eulerian final : public mfg::Method {
public:
    struct Settings {
        mfg::PotentialSolverSettings solver;
        std::vector<Real> domain;
    };

    static void options(mfg::Options& o, Settings& s)
    {
        mfg::PotentialSolverSettings& p = s.solver;
        o("cells", p.cells, "cells along each axis, on the finest level", mfg::between(2, 4096));
        o("time_intervals", p.time_intervals, "time intervals, on the finest level", mfg::between(1, 4096));
        o("levels", p.levels, "grids, each with half the cells and intervals of the next", mfg::between(1, 10));
        o("iterations", p.iterations, "maximum iterations: one number for all levels, or one per level",
          mfg::between(1, 1000000000));
        o("tolerance", p.tolerance, "residual at which a level ends", mfg::nonnegative);
        o("step", p.step, "ratio of dual to primal step, relative to a default for the weights and the domain",
          mfg::positive);
        o("speed", p.speed, "weight of densities relative to momenta; 0: longer side of the domain over the horizon",
          mfg::nonnegative);
        o("relaxation", p.relaxation, "over-relaxation of each iteration, below 2", mfg::between(0.1, 1.99));
        o("domain", s.domain, "x_low,x_high,y_low,y_high; empty: the window of the problem");
    }

    explicit Eulerian(const Settings& s) : settings_(s) {}

    std::vector<Field> fields(const mfg::Problem&) const override { return {}; }

    void build(const Parts& parts) override
    {
        game_ = parts.problem->mean_field_game();
        const auto refuse = [](const std::string& why) {
            throw mfg::UnsupportedProblem("method 'eulerian': the problem " + why);
        };
        if (!game_) refuse("is no mean field game in standard form, which it needs");
        if (game_->dimension() != 2)
            refuse("has dimension " + std::to_string(game_->dimension()) + "; it solves problems in the plane only");
        if (game_->viscosity() > 0)
            refuse("has viscosity " + std::to_string(game_->viscosity()) + "; it solves first-order problems only");
        if (game_->coupling() == mfg::Coupling::game)
            refuse("is a game without potential; it solves potential games and control problems only");
        if (mfg::has_drift(*game_)) refuse("has a drift, which it does not support");
        if (game_->interaction().weight != 0) refuse("has interacting agents, which it does not support");
        if (game_->initial_density().singular()) refuse("has an initial law without a density, which it needs");
        if (!settings_.domain.empty() && settings_.domain.size() != 4)
            throw mfg::Error("method 'eulerian': domain needs four numbers: x_low,x_high,y_low,y_high");

        mfg::PotentialSolverSettings settings = settings_.solver;
        const std::vector<Real>& d = settings_.domain;
        settings.domain = d.empty() ? game_->window() : mfg::Window{d[0], d[1], d[2], d[3]};
        solver_ = std::make_unique<mfg::PotentialSolver>(*game_, settings);
    }

    const std::vector<mfg::Player>& players() const override { return players_; }
    mfg::Solver* solver() override { return solver_.get(); }

    std::map<std::string, std::map<std::string, Real>> measures(const mfg::Vector&, const mfg::RandomStream&,
                                                                int) const override
    {
        const mfg::SpaceTimeGrid& grid = solver_->grid();
        return {{"errors", solver_->reference_errors()},
                {"grid",
                 {{"cells", static_cast<Real>(grid.nx)},
                  {"time_intervals", static_cast<Real>(grid.nt)},
                  {"x_low", grid.domain.x_low},
                  {"x_high", grid.domain.x_high},
                  {"y_low", grid.domain.y_low},
                  {"y_high", grid.domain.y_high},
                  {"mass_outside", solver_->mass_outside()},
                  {"continuity", solver_->continuity_violation()}}}};
    }

    mfg::Matrix velocity(const mfg::Vector&, const mfg::Matrix& points, Real t) const override
    {
        return solver_->velocity(points, t);
    }

    void export_fields(const mfg::Vector&, const std::vector<mfg::Snapshot>&, const mfg::RandomStream&,
                       mfg::FieldExport& to) const override
    {
        mfg::export_grid_pictures(*game_, *solver_, to);
    }

private:
    Settings settings_;
    const mfg::MeanFieldGame* game_ = nullptr;
    std::unique_ptr<mfg::PotentialSolver> solver_;
    std::vector<mfg::Player> players_;
};

}  // namespace

MFG_PLUGIN(Eulerian, "eulerian", "density and momentum on a grid, for potential games and control, d = 2, nu = 0");
