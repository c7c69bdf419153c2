#pragma once
#include <mfg/method.hpp>

#include <optional>

namespace mfg {

/// A number for the terms of all players, in their order, and for the sum of the terms.
struct TermNumbers {
    Real objective = 0;
    std::vector<Real> terms;
};

/// Means over fresh samples, one sample a player.
struct Validation {
    TermNumbers means;
    /// Of the means; only where samples are independent and the terms are their means.
    std::optional<TermNumbers> standard_errors;
    /// Means with control variates and their standard errors, where the losses have any, too.
    std::optional<TermNumbers> controlled, controlled_standard_errors;
};

struct ValidationSettings {
    int samples = 0;      ///< of each player; fewer than 16384 count as that many
    std::string purpose;  ///< a player's sample comes from the stream "PURPOSE of PLAYER"
    std::uint64_t seed = 1;
    int threads = 1;
    bool fine = false;  ///< the losses with finer time steps, which every player must have
};

/// Objective and terms by the losses that the players are validated by.
MFG_API Validation validate(const Formulation& formulation, const Vector& parameters,
                            const ValidationSettings& settings);
/// Whether there are players, and all have a loss with finer time steps.
MFG_API bool has_fine_steps(const Formulation& formulation);

}  // namespace mfg
