#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <vector>

namespace mfg {

/// Draws `count` of the numbers 0..n-1, number i with probability proportional to weights(i), as evenly as possible;
/// `offset`, between 0 and 1, decides which.
MFG_API std::vector<std::size_t> resample(const Vector& weights, std::size_t count, Real offset);

}  // namespace mfg
