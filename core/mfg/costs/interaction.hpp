#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// E_y k(x,y) over agents y `[d x m]`, at each x `[d x n]`: `[1 x n]`.
MFG_API Variable interaction_mean(const GaussianInteraction& kernel, const Variable& x, const Variable& y);

}  // namespace mfg
