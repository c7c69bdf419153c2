#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// Nodes and weights of the Gauss-Laguerre rule: sum_k weight_k f(node_k) is int_0^inf f(y) exp(-y) dy, exactly for
/// polynomials up to degree 2 count - 1.
struct GaussLaguerre {
    Vector nodes, weights;
};
/// With `count` nodes, from 1 to 32.
MFG_API GaussLaguerre gauss_laguerre(int count);

}  // namespace mfg
