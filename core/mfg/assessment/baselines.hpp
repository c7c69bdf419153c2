#pragma once
#include <mfg/method.hpp>

namespace mfg {

/// The errors of answers that know nothing, at the points where those of `solution` are measured by `solution_errors`
/// from the same stream and number of samples; names are ERROR.BASELINE. Empty where nothing exact is known. With
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

/// An error that is not smaller than that of an answer which knows nothing.
struct UnbeatenError {
    std::string error;     ///< the name in `errors`
    Real value;            ///< the error, or NaN
    std::string baseline;  ///< the best one, without the name of the error: `standing_still`
    Real baseline_value;   ///< its error
};

/// These errors, from the groups `errors` and `baselines` of measures. A baseline below 1e-6 does not count: there the
/// problem itself says what the answer is (a population that never changes), and no error can be smaller.
MFG_API std::vector<UnbeatenError> unbeaten_errors(const Measures& measures);

/// The baseline with the smallest error that counts, {name, error}, of one of the errors.
MFG_API std::optional<std::pair<std::string, Real>> best_baseline(const std::map<std::string, Real>& baselines,
                                                                  const std::string& error);

}  // namespace mfg
