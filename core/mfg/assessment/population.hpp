#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// How far the learned density field f is from the law p of the agents who follow the learned control, if there are
/// such a field and agents; else empty.
///
/// * `field_distance`: int |f - p| / int (f + p), a number between 0 and 1: the total variation distance if f has mass
///   1. It is estimated from agents and from points around them, and is the mean over eight times. Mass of f far from
///   all agents is not seen in many dimensions.
/// * `sampling_distance`, with noise: the same of two laws that were fitted to independent agents. What is less than
///   that is the noise of the fit.
MFG_API std::map<std::string, Real> population_measures(const Solution& solution, const RandomStream& stream);

}  // namespace mfg
