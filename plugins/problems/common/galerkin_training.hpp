#pragma once
#include <mfg/base/export.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mfg {

/// Defaults of problems that are solved by the Deep Galerkin Method: `dgm` networks, and Adam on new points in every
/// step with a rate that falls to a hundredth.
MFG_API std::vector<std::pair<std::string, std::string>> standard_galerkin_training();

}  // namespace mfg
