#pragma once
#include <mfg/assessment/grid.hpp>
#include <mfg/game/density_cost.hpp>
#include <mfg/solver.hpp>

#include <memory>
#include <numeric>
#include <vector>

namespace mfg {

struct PotentialSolverSettings {
    int cells = 64, time_intervals = 32, levels = 3;
    std::vector<int> iterations{10000};  ///< one for all levels, or one per level
    Real tolerance = 1e-5, step = 1, speed = 0, relaxation = 1.9;
    Window domain{};
};

/// Minimises the cost of a potential game over density and momentum on a grid, subject to the continuity equation.
///
/// The cost stands at the centres of cells and intervals, where the momenta of two faces and the densities of two times
/// are averaged (Papadakis, Peyre, Oudet, SIAM J. Imaging Sci. 7 (2014) 212); the terminal cost at the last time.
/// Minimised by the primal-dual method of Chambolle and Pock with over-relaxation: a projection onto the continuity
/// equation and a minimisation point by point in turn, from coarse to fine.
class MFG_API PotentialSolver final : public Solver {
public:
    /// The game outlives the solver. An Error if the settings do not fit together.
    PotentialSolver(const MeanFieldGame& game, const PotentialSolverSettings& settings);
    ~PotentialSolver() override;

    std::vector<std::string> terms() const override { return {"transport", "running", "terminal"}; }
    std::uint64_t max_steps() const override
    {
        return std::accumulate(settings_.iterations.begin(), settings_.iterations.end(), std::uint64_t{0});
    }
    SolverReport step() override;
    bool finished() const override { return is_last() && (converged() || exhausted()); }
    bool converged() const override { return is_last() && residual_ < settings_.tolerance; }
    /// `discretisation`, relative to the sum of the absolute values of the terms: `error`, what a much finer grid would
    /// change in the objective, from the differences between levels (not a number if there is only one), and
    /// `iteration_error`, what more iterations would.
    Measures measures() const override;
    void state(Archive& archive) override;
    /// In the layout of `finest_grid`, to which coarser levels are interpolated (grid_solution.hpp).
    Vector parameters() const override;

    /// The grid of the last level.
    SpaceTimeGrid finest_grid() const { return grid_of(settings_.iterations.size() - 1); }

private:
    struct Level;
    /// The grid of a level, with what the one before has found; `coarser` may be null.
    std::unique_ptr<Level> make_level(std::size_t level, const Level* coarser) const;
    SpaceTimeGrid grid_of(std::size_t level) const;
    Real objective() const { return terms_(0) + terms_(1) + terms_(2); }
    bool is_last() const { return level_ + 1 == settings_.iterations.size(); }
    /// The current level has no iteration left.
    bool exhausted() const { return iteration_in_level_ >= static_cast<std::uint64_t>(settings_.iterations[level_]); }

    const MeanFieldGame& game_;
    PotentialSolverSettings settings_;
    DensityCost running_, terminal_;
    std::size_t level_ = 0;
    std::uint64_t iteration_in_level_ = 0;
    Real residual_ = 1;
    Vector terms_ = make_vector(3);
    std::vector<Real> coarser_;  // objectives at the ends of the levels before
    // Residual and objective of an iteration not long ago: the last one with a residual of more than ten times the
    // tolerance, or the first one of the level.
    Real earlier_residual_ = 1, earlier_objective_ = 0;
    std::unique_ptr<Level> at_;
};

}  // namespace mfg
