#pragma once
#include <mfg/solution.hpp>

namespace mfg {

/// What the measures of `assess` are: those of the solution's own (Solution::definitions), and over which points errors
/// are means.
MFG_API Definitions measure_definitions(const Solution& solution);

}  // namespace mfg
