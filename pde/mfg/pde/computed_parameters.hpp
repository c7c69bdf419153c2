#pragma once
#include <mfg/pde/collocation.hpp>

namespace mfg {

/// Finds the parameters of fields that are computed instead of trained: constants that the equations leave open, the
/// ergodic constant, and moments of the population that follows the solution.
class MFG_API ComputedParameters {
public:
    struct Settings {
        bool constants = true;    ///< false: penalties of the loss determine them
        int refresh_every = 25;   ///< samples from one simulation of the population to the next
        Real moment_step = 1;     ///< share of the way from the old moments to the new ones that is taken
        int constants_every = 4;  ///< samples from one computation of constants to the next
    };

    /// `fields` and `collocation` outlive this object.
    ComputedParameters(const FieldNetworks& fields, const Collocation& collocation, const Settings& settings)
        : fields_(fields), collocation_(collocation), settings_(settings)
    {
    }

    /// Before sample number `sample` (from 1) is drawn; see Formulation::refresh.
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const;
    /// Only where the population is, with few agents: to look at a training from time to time.
    void follow_population(Vector& parameters, const RandomStream& stream) const;
    /// For the result, with more points and agents; see Formulation::finish.
    void finish(Vector& parameters, const RandomStream& stream) const;

private:
    void find_constants(Vector& parameters, const RandomStream& stream, int points) const;
    /// Points of a Gaussian around a population that stays.
    DrawnPoints around_population(const Vector& parameters, const RandomStream& stream, int count) const;
    void find_stationary_moments(Vector& parameters) const;
    void find_moments(Vector& parameters, const RandomStream& stream, int agents, Real step) const;

    const FieldNetworks& fields_;
    const Collocation& collocation_;
    Settings settings_;
};

}  // namespace mfg
