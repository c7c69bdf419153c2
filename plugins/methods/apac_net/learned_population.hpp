#pragma once
#include <mfg/method.hpp>
#include <mfg/parameters.hpp>
#include "saddle_loss.hpp"

namespace mfg {

/// A trained value function with its population: what is evaluated after training.
struct MFG_API LearnedPopulation {
    const Saddle& saddle;
    const ParameterLayout& layout;
    const Vector& parameters;

    /// Where agents are at equally spaced times from 0 to the horizon, `[agents x times x d]`; each keeps its z and xi.
    Cube paths(const RandomStream& stream, int agents, int times) const;

    /// Both sides of the saddle, as means over agents of the population at equally spaced times.
    struct Values {
        Real primal;    ///< what the agents pay that move along t -> G(z, t); with noise those that follow phi
        Real saddle;    ///< L(phi, G)
        Real dual;      ///< inf of L(phi, .) over populations where agents of G are, F replaced by its tangent at G
        Real residual;  ///< root mean square of the Hamilton-Jacobi residual
    };
    Values values(const RandomStream& stream) const;
    /// Distance of the population from agents that follow phi: of their means at some times, and of the deviations of
    /// coordinates, each relative to the root mean square of these deviations.
    std::map<std::string, Real> distances(const Cube& agents, const RandomStream& stream) const;
    /// Sets the frame of the value function's points: means and deviations of the population.
    void fit_frame(Vector& parameters, const RandomStream& stream) const;
};

/// Writes pictures of the population: densities of the first two coordinates (of the one there is) at some times, paths
/// of agents, and an animation.
MFG_API void export_population_pictures(const LearnedPopulation& learned, const RandomStream& stream, FieldExport& to);

}  // namespace mfg
