#pragma once
#include <mfg/pde/residual_loss.hpp>

namespace mfg {

/// What is known of the quality of a learned solution: groups `errors` (solution_errors.hpp), `residuals` (L2 norms on
/// fresh points, by equation), `relative_residuals` (of interior equations, relative to the deviation of the source
/// term from its mean), `constants`, and what the system adds. `residuals` has unit weights.
MFG_API std::map<std::string, std::map<std::string, Real>> solution_measures(const FieldNetworks& fields,
                                                                             const ResidualLoss& residuals,
                                                                             const Collocation& collocation,
                                                                             const Vector& parameters,
                                                                             const RandomStream& stream, int samples);

/// The measures with names GROUP.NAME, in their order.
MFG_API Vector tracked_values(const std::map<std::string, std::map<std::string, Real>>& groups,
                              const std::vector<std::string>& names);

/// Those that are followed during a training, as GROUP.NAME, and their values.
MFG_API std::vector<std::string> tracked_measures(const PdeSystem& system, const ResidualLoss& residuals);
MFG_API Vector track_measures(const FieldNetworks& fields, const ResidualLoss& residuals,
                              const Collocation& collocation, const Vector& parameters, const RandomStream& stream);

}  // namespace mfg
