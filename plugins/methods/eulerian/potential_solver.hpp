#pragma once
#include <mfg/game/density_cost.hpp>
#include <mfg/solver.hpp>
#include "continuity_projection.hpp"

#include <map>
#include <memory>

namespace mfg {

struct PotentialSolverSettings {
    int cells = 64, time_intervals = 32, levels = 3;
    std::vector<int> iterations{10000};  ///< one for all levels, or one a level
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
    PotentialSolver(const MeanFieldGame& game, const PotentialSolverSettings& settings);
    ~PotentialSolver() override;

    std::vector<std::string> terms() const override { return {"transport", "running", "terminal"}; }
    std::uint64_t max_steps() const override;
    SolverReport step() override;
    bool finished() const override;
    bool converged() const override;
    void state(Archive& archive) override;
    void solution(Archive& archive) override;

    /// The grid of the level that the solver is at.
    const SpaceTimeGrid& grid() const;
    const Flow& flow() const;
    /// The velocity of agents at rows of `points` `[n x 2]`, interpolated; defined where there is nobody, too.
    Matrix velocity(const Matrix& points, Real t) const;
    /// Relative L2 distance of the density at all times from the problem's exact one, if that is known.
    std::map<std::string, Real> reference_errors() const;
    /// Share of the initial density that is outside of the domain.
    Real mass_outside() const;
    /// Largest violation of the continuity equation, times the horizon and the domain's area.
    Real continuity_violation() const;

private:
    struct Level;
    void start_level();

    const MeanFieldGame& game_;
    PotentialSolverSettings settings_;
    DensityCost running_, terminal_;
    std::size_t level_ = 0;
    std::uint64_t iteration_in_level_ = 0;
    Real residual_ = 1;
    std::unique_ptr<Level> at_;
};

}  // namespace mfg
