#pragma once
#include <mfg/assessment/unbeaten_errors.hpp>
#include <mfg/method.hpp>

namespace mfg {

/// The errors of answers that know nothing, at points like those where `solution_errors` measures `solution`; names are
/// ERROR.BASELINE. Empty where nothing exact is known. With
///
///     time_only       the best function of t alone, the mean over x; where there is no time the best `constant`
///     standing_still  no control: a value function without gradient
///     uniform         the uniform density on the torus
///     initial         the initial density at all times
///     untrained       the networks with their initial parameters for this seed
///     ansatz          what is built into the unknown functions: all parameters of their networks are zero
///
/// as far as they apply: `control.standing_still`, `value.time_only`, `log_density.initial`, ... The moments of the
/// population and the normalisation, which are computed and not trained, are those of the untrained answer.
MFG_API std::map<std::string, Real> baselines(const Formulation& formulation, const Solution& solution,
                                              std::uint64_t seed, const RandomStream& stream, int samples);

}  // namespace mfg
