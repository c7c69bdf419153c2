#pragma once
#include <mfg/assessment/distances.hpp>
#include <mfg/solution.hpp>

namespace mfg {

/// Distances of a solution from the exact one, over about `samples` points; empty if the exact one is not known.
///
/// Points are uniform on a torus or box; else t is uniform and x of the exact population at t (of the one that follows
/// the solution if the reference has no points of the exact one). Relative L2 norms, of exact quantities that are zero
/// or nearly so relative to what they could be by the values and the positions of agents:
/// `control` (velocity of agents, unless it depends on their mean and the reference has none), `value_centred` (value
/// function minus its mean over x at each time, which no agent feels), `gradient`, `value` (without its mean if only
/// differences matter; with time, `value_l1` is the same in L1), `density` (on the torus, under the uniform law),
/// `log_density` (under the exact population), and by their names those of the value at points that the reference
/// names, unless only differences matter. `constant`: absolute, that of `first_constant` with its
/// `constant_standard_error`; `constant_trained`: absolute, that of the trained number.
/// `constant`: that of `first_constant` for the same stream and number, if it is known already.
MFG_API std::map<std::string, Real> solution_errors(const Solution& solution, const RandomStream& stream, int samples,
                                                    const std::optional<Estimate>& constant = {});
/// Names of these errors in the order in which they are shown, the control first.
MFG_API std::vector<std::string> error_names(const Solution& solution);

/// The points of these errors.
struct ErrorPoints {
    Matrix fields;       ///< for the value function: uniform on the domain, if it is bounded, else `population`
    Matrix population;   ///< for control and log density
    bool exact = false;  ///< whether `population` is a sample of the exact law
};
MFG_API ErrorPoints error_points(const Solution& solution, const RandomStream& stream, int samples);
/// The errors there, without those of constants.
MFG_API std::map<std::string, Real> field_errors(const Solution& solution, const ErrorPoints& points);
/// Adds `value`, `value_centred`, `value_l1` and `log_density` of the best functions of t alone, which are the means
/// over x, or of the best constants where there is no time.
MFG_API std::map<std::string, Real> errors_of_time_means(const Solution& solution, const ErrorPoints& points);

/// The first constant by the formula that is more accurate than its trained value: from points of the exact population,
/// where these and their density are known, else from uniform ones. The trained number has no standard error.
MFG_API Estimate first_constant(const Solution& solution, const RandomStream& stream, int samples);

/// Uniform points on the domain of a problem on a torus or a box, t uniform, `[n x coordinates]`.
MFG_API Matrix uniform_points(const Problem& problem, const RandomStream& stream, int count);

}  // namespace mfg
