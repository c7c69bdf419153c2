#pragma once
#include <mfg/parameters.hpp>
#include <mfg/solution.hpp>
#include "path_loss.hpp"

namespace mfg {

/// A game that was solved along characteristics: the value function `phi` is a network, the log density is found by
/// following points back to t = 0.
class MFG_API PathSolution final : public Solution {
public:
    /// `settings`: steps over the horizon, and the objective's weights and interaction samples. `paths` and `layout`
    /// outlive this object.
    PathSolution(const Characteristics& paths, const ParameterLayout& layout, const Vector& parameters,
                 const PathLossSettings& settings)
        : paths_(paths), layout_(layout), parameters_(parameters), settings_(settings)
    {
    }

    const MeanFieldGame& problem() const override { return paths_.game(); }
    std::vector<Unknown> unknowns() const override
    {
        return {{"phi"}, {"log_density", Unknown::Role::log_density, 1, 0}};
    }
    const ParameterLayout& layout() const override { return layout_; }
    const Vector& parameters() const override { return parameters_; }

    Fields evaluate(Tape& tape, const VariableList& parameters, const Variable& points, int order,
                    Part part) const override;
    Jet velocity(const Fields& fields) const override
    {
        return Hamiltonian(paths_.game(), fields, {}).velocity(fields.unknowns[0].values.gradient);
    }

    bool density_follows_agents() const override { return true; }
    bool value_up_to_constant() const override { return settings_.hjb_terminal_weight == 0; }
    const Integrator* integrator() const override { return &paths_.integrator(); }
    StepControl steps() const override { return settings_.steps; }

    /// `residuals`: root mean squares over agents (and time) of the violation of the Hamilton-Jacobi equation along
    /// paths and at their ends, also if it is not part of the objective. `relative_residuals`: these relative to the
    /// larger one of mean control and running cost along the paths, and to the standard deviation of phi at the start
    /// or the end, whichever is larger. `round_trip`: distance from the start after a path forward and back again.
    Measures measures(const RandomStream& stream, int samples) const override;
    Definitions definitions() const override { return {{"residuals", "root mean square along paths of agents"}}; }
    /// In one dimension: density and value function at a few times. Otherwise maps over the window of the first two
    /// coordinates, all others zero: densities, pull-back and push-forward with characteristics, what is missing
    /// between them, the running cost that does not depend on the density, log determinant, value function, terminal
    /// condition, and the density as it moves.
    std::vector<Figure> figures(const RandomStream& stream) const override;
    bool standard_figures() const override { return false; }

private:
    const Characteristics& paths_;
    const ParameterLayout& layout_;
    Vector parameters_;
    PathLossSettings settings_;
};

}  // namespace mfg
