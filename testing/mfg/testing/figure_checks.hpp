#pragma once
#include <mfg/figure.hpp>
#include <mfg/testing/check.hpp>

#include <string>
#include <vector>

namespace mfg {

/// Checks that figures can be saved and drawn: figures have words as names, each its own, and so have the files of
/// their panels; all numbers are finite; shapes, labels and times fit together.
MFG_API CheckResult check_figures(const std::vector<Figure>& figures, const std::string& what);

}  // namespace mfg
