/// eulerian: potential mean field games and control of the population on a grid, d = 2, first order (nu = 0).
///
/// The primal-dual method of Chambolle and Pock minimises over density and momentum m = rho v, on a window of the plane
/// with no flow through its boundary,
///
/// $$ \int_0^T\!\!\int \Big( a_1 \frac{|m|^2}{2\rho} + a_2\, c(x,t,\log\rho)\, \rho \Big) dx\,dt +
///    a_3 \int g(x,T,\log\rho)\, \rho(T) \,dx, \qquad \partial_t\rho + \nabla\!\cdot m = 0 $$
///
/// In a plain game c and g are those of its potential, the integral of the cost over densities (docs/equations.md,
/// "Coupling"), and the terms of the result are not what agents pay.
///
/// The problem is convex if c rho and g rho are convex in rho, as for entropy, Kullback-Leibler divergence, preference
/// and increasing powers of the density. Densities belong to cells at the grid times, momenta to the faces between
/// cells, in the middle of the time intervals. Costs are evaluated at the centres of cells and intervals, from
/// averages, with second-order accuracy for smooth solutions. The iteration alternates a projection onto the continuity
/// equation (cosine transforms) with Newton's method for one density per cell. It converges to the minimum on the grid
/// from any start; coarse grids provide the start for finer ones.
///
/// `residual` is the larger of two relative numbers: the difference between the averaged densities and momenta and
/// those of the cell-wise minimisation, and the change of the dual variables in one iteration. `discretisation.error`
/// compares the objectives of the levels (the last three, if there are so many), and says what a much finer grid would
/// change; `discretisation.iteration_error` says what more iterations would. Nothing is random. The terms of the result
/// are those on the grid. `solution/` contains density, momentum_x and momentum_y (one row per time; cells or faces, x
/// fastest) and the velocity at the centres of cells and intervals.
///
///     mfg solve --problem optimal_transport --method eulerian --method.domain -6,6,-6,6
///     mfg solve --problem gaussian_transport --method eulerian --method.cells 128 --method.time_intervals 64
///
/// Papadakis, Peyre, Oudet, SIAM J. Imaging Sciences 7 (2014) 212; Chambolle, Pock, J. Math. Imaging Vis. 40 (2011)
/// 120.
#include <mfg/base/error.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/method.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/plugin/plugin.hpp>
#include "grid_solution.hpp"
#include "potential_solver.hpp"

#include <memory>

namespace {

using namespace mfg;

class GridFormulation final : public Formulation {
public:
    GridFormulation(const MeanFieldGame& game, const PotentialSolverSettings& settings)
        : game_(game),
          settings_(settings),
          grid_(PotentialSolver(game, settings).finest_grid()),
          layout_(grid_layout(grid_))
    {
    }

    const ParameterLayout& layout() const override { return layout_; }
    const std::vector<Player>& players() const override { return players_; }
    std::unique_ptr<Solver> solver() const override { return std::make_unique<PotentialSolver>(game_, settings_); }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<GridSolution>(game_, grid_, parameters);
    }

private:
    const MeanFieldGame& game_;
    PotentialSolverSettings settings_;
    SpaceTimeGrid grid_;
    ParameterLayout layout_;
    std::vector<Player> players_;
};

class Eulerian final : public Method {
public:
    struct Settings {
        PotentialSolverSettings solver;
        std::vector<Real> domain;
    };

    static void options(Options& o, Settings& s)
    {
        PotentialSolverSettings& p = s.solver;
        o("cells", p.cells, "cells along each axis, on the finest level", between(2, 4096));
        o("time_intervals", p.time_intervals, "time intervals, on the finest level", between(1, 4096));
        o("levels", p.levels, "grids, each with half the cells and intervals of the next", between(1, 10));
        o("iterations", p.iterations, "maximum iterations: one number for all levels, or one per level",
          between(1, 1000000000));
        o("tolerance", p.tolerance, "residual at which a level ends", nonnegative);
        o("step", p.step, "ratio of dual to primal step, relative to a default for the weights and the domain",
          positive);
        o("speed", p.speed, "weight of densities relative to momenta; 0: longer side of the domain over the horizon",
          nonnegative);
        o("relaxation", p.relaxation, "over-relaxation of each iteration, below 2", between(0.1, 1.99));
        o("domain", s.domain, "x_low,x_high,y_low,y_high; empty: the window of the problem");
    }

    explicit Eulerian(const Settings& s) : settings_(s) {}

    std::vector<Field> fields(const Problem&) const override { return {}; }

    std::unique_ptr<Formulation> build(const Parts& parts) const override
    {
        const MeanFieldGame* game = parts.problem->mean_field_game();
        const auto refuse = [](const std::string& why) {
            throw UnsupportedProblem("method 'eulerian': the problem " + why);
        };
        if (!game) refuse(why_not_one_game(*parts.problem));
        if (game->dimension() != 2)
            refuse("has dimension " + std::to_string(game->dimension()) + "; it solves problems in the plane only");
        if (bounded_space(*game)) refuse("is one on the torus or in a box; its grid is a part of the plane");
        if (game->viscosity() > 0) refuse("has noise (nu > 0); it solves first-order problems only");
        if (!is_standard(*game))
            refuse("has another Hamiltonian than the standard one; use the method lagrangian or galerkin");
        if (game->discount() > 0) refuse("has a discount, which it does not support");
        if (has_drift(*game)) refuse("has a drift, which it does not support");
        if (game->interaction()) refuse("has interacting agents, which it does not support");
        if (game->initial_density().singular()) refuse("has an initial law without a density, which it needs");
        const std::vector<Real>& d = settings_.domain;
        if (!d.empty() && d.size() != 4)
            throw Error("method 'eulerian': domain needs four numbers: x_low,x_high,y_low,y_high");
        PotentialSolverSettings settings = settings_.solver;
        settings.domain = d.empty() ? game->window() : Window{d[0], d[1], d[2], d[3]};
        return std::make_unique<GridFormulation>(*game, settings);
    }

private:
    Settings settings_;
};

}  // namespace

MFG_PLUGIN(Eulerian, "eulerian", "density and momentum on a grid, for potential games and control, d = 2, nu = 0");
