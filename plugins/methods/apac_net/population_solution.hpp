#pragma once
#include "saddle_loss.hpp"

namespace mfg {

/// A value function with its population.
class PopulationSolution final : public NetworkSolution {
public:
    /// `layout` is that of all parameters; it and the saddle outlive this object.
    PopulationSolution(const Saddle& saddle, const ParameterLayout& layout, const Vector& parameters)
        : NetworkSolution(saddle.value, parameters), saddle_(saddle), layout_(layout)
    {
    }

    const ParameterLayout& layout() const override { return layout_; }
    Measures measures(const RandomStream& stream, int samples) const override;
    bool errors_are_cheap() const override { return true; }
    std::vector<std::string> tracked() const override
    {
        return {"residuals.hjb", "duality.primal", "duality.saddle", "duality.dual", "duality.gap"};
    }
    Measures tracked_measures(const RandomStream& stream, int samples) const override;
    Definitions definitions() const override;
    /// Densities of the first two coordinates (of the one there is) at some times, paths of agents, and an animation.
    std::vector<Figure> figures(const RandomStream& stream) const override;

    /// The agents at equally spaced times from 0 to the horizon, `[times x agents x d]`; each keeps its z and xi.
    Cube paths(const RandomStream& stream, int agents, int times) const;

    /// Both sides of the saddle, estimated as means over some agents of the population at equally spaced times.
    struct Values {
        Real primal;  ///< what the agents pay that move along t -> G(z, t); with noise those that follow phi
        Real saddle;  ///< L(phi, G)
        /// inf of L(phi, .) over populations on these agents of G, F replaced by its tangent at G. Not a bound: between
        /// and beyond them L may be lower, and the tangent lies below F only if F is convex.
        Real dual;
        Real residual;      ///< root mean square of the Hamilton-Jacobi residual
        Real largest_term;  ///< the same of the largest term of that equation
    };
    Values values(const RandomStream& stream) const;
    /// Distance of the population from `agents` `[times x agents x d]`: of their means at some times, and of the
    /// deviations of coordinates, each relative to the root mean square of these deviations.
    std::map<std::string, Real> distances(const Cube& agents, const RandomStream& stream) const;
    /// Sets the moments of the population, for the value function's points.
    void fit_moments(Vector& parameters, const RandomStream& stream) const;

private:
    const Saddle& saddle_;
    const ParameterLayout& layout_;
};

}  // namespace mfg
