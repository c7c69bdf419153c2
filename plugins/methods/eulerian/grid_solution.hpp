#pragma once
#include <mfg/assessment/grid.hpp>
#include <mfg/plane.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// The parameters of a solution on a grid: `density`, `momentum_x`, `momentum_y` of its flow, and `velocity_x`,
/// `velocity_y` at the centres of cells and intervals, `[nt x cells]`.
MFG_API ParameterLayout grid_layout(const SpaceTimeGrid& grid);

/// Density and velocity on a grid, linear in between, and beyond it as at its edge. They are constants on a tape:
/// nobody trains them or asks for their derivatives.
class MFG_API GridSolution final : public Solution {
public:
    /// The game outlives the solution.
    GridSolution(const MeanFieldGame& game, const SpaceTimeGrid& grid, const Vector& parameters)
        : game_(game), grid_(grid), layout_(grid_layout(grid)), parameters_(parameters)
    {
    }

    const Problem& problem() const override { return game_; }
    std::vector<Unknown> unknowns() const override
    {
        return {{"log_density", Unknown::Role::log_density, 1, 0},
                {"velocity_x", Unknown::Role::value, 1, 0},
                {"velocity_y", Unknown::Role::value, 1, 0}};
    }
    const ParameterLayout& layout() const override { return layout_; }
    const Vector& parameters() const override { return parameters_; }
    Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                    Part part) const override;
    Jet velocity(const Fields& fields) const override
    {
        return vconcat(fields["velocity_x"].value, fields["velocity_y"].value);
    }

    bool density_follows_agents() const override { return true; }
    /// None: errors are those on the grid (`measures`).
    std::optional<Reference> reference() const override { return {}; }
    /// `errors.density`, relative L2 over the grid at all times, with that of the initial density as its baseline, and
    /// the group `grid`: its size, `mass_outside`, the share of the initial density outside of the domain, and
    /// `continuity`, the largest violation of the continuity equation times the horizon and the domain's area.
    Measures measures(const RandomStream& stream, int samples) const override;
    /// The density at five times from 0 to T and the target, and components of the momentum at three times.
    std::vector<Figure> figures(const RandomStream& stream) const override;
    bool standard_figures() const override { return false; }

private:
    /// One of the arrays in the layout.
    Matrix array(std::size_t number) const
    {
        const auto& [block, offset] = layout_.entries()[number];
        return as_map(&parameters_(offset), block.rows, block.columns);
    }
    /// Relative L2 distance of densities `[times x cells]` from the exact ones, over the grid at all times.
    Real density_error(const Matrix& densities, const Reference& reference) const;

    const MeanFieldGame& game_;
    SpaceTimeGrid grid_;
    ParameterLayout layout_;
    Vector parameters_;
};

}  // namespace mfg
