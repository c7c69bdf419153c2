#pragma once
#include <mfg/pde/exact_fields.hpp>

#include <map>
#include <optional>
#include <string>

namespace mfg {

/// Distances of a learned solution from the exact one, over about `samples` points.
///
/// Points are uniform on a torus or box; else t is uniform and x of the exact population at t (of the learned one where
/// the reference has no points of the exact one). Relative L2 norms:
/// `value` (without its mean where only differences matter; where there is time, `value_l1` is the same in L1),
/// `gradient`, `control` (velocity of agents), `density` (on the torus, under the uniform law), `log_density` (under
/// the exact population). `constant`: absolute, that of the formula of second order; `constant_trained`: absolute, that
/// of the trained number.
MFG_API std::map<std::string, Real> solution_errors(const LearnedFields& learned, const Reference& reference,
                                                    const RandomStream& stream, int samples);
/// Names of what `solution_errors` finds.
MFG_API std::vector<std::string> solution_error_names(const PdeSystem& system);

/// Uniform points on the domain of a system on a torus or a box, t uniform, `[n x coordinates]`.
MFG_API Matrix uniform_points(const PdeSystem& system, const RandomStream& stream, int count);

}  // namespace mfg
