#pragma once
#include <mfg/network.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks what methods rely on, for inputs of 1, 2 and 10 dimensions with and without time, at starting values and at
/// larger random parameters: derivatives of the value and adjoints of all results against finite differences, closed
/// forms against jets, samples that do not depend on each other, starting values, names of blocks, and that every
/// parameter matters.
MFG_API CheckResults check_network(const Network& network);

}  // namespace mfg
