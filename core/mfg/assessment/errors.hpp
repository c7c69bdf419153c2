#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// Distances of a solution from the exact one, over about `samples` points; empty if the exact one is not known.
///
/// Points are uniform on a torus or box; else t is uniform and x of the exact population at t (of the one that follows
/// the solution if the reference has no points of the exact one). Relative L2 norms, of exact quantities that are zero
/// or nearly so relative to what they could be by the values and the positions of agents:
/// `value` (without its mean if only differences matter; with time, `value_l1` is the same in L1), `gradient`,
/// `control` (velocity of agents, unless it depends on their mean and the reference has none), `density` (on the torus,
/// under the uniform law), `log_density` (under the exact population). `constant`: absolute, that of the more accurate
/// formula; `constant_trained`: absolute, that of the trained number.
MFG_API std::map<std::string, Real> solution_errors(const Solution& solution, const RandomStream& stream, int samples);
/// Names of these errors, in the order of the history's columns.
MFG_API std::vector<std::string> error_names(const Solution& solution);

/// Uniform points on the domain of a problem on a torus or a box, t uniform, `[n x coordinates]`.
MFG_API Matrix uniform_points(const Problem& problem, const RandomStream& stream, int count);

/// |solution - exact| / |exact| over all entries; without the means of the difference and of the exact values, if
/// wanted. Where the exact values are less than 1e-5 of `unit` in the root mean square, it is in units of this instead;
/// where they are zero and there is no unit, it is absolute.
MFG_API Real relative_l2(const Matrix& solution, const Matrix& exact, bool without_mean = false, Real unit = 0);

}  // namespace mfg
