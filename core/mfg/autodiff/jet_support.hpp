#pragma once
/// What the operations on jets share; not for users.

#include <mfg/autodiff/jet.hpp>
#include <mfg/autodiff/operation_support.hpp>
#include <mfg/base/error.hpp>

#include <fmt/format.h>

namespace mfg {

/// Formulas are written by users: what does not fit is an Error, not memory out of bounds.
inline void require_present(const Jet& a)
{
    if (a.is_zero())
        throw Error("formula: a function of something that is not there (the log density, or a drift or cost of zero)");
}

inline void require_same_size(Index a, Index b)
{
    if (a != b) throw Error(fmt::format("formula: vectors of different size, {} and {} features", a, b));
}

inline void require_same_derivatives(const Jet& a, const Jet& b)
{
    if (!(a.shape() == b.shape()))
        throw Error(
            fmt::format("formula: functions with different derivatives, of order {} in {} directions and of order {} "
                        "in {} directions",
                        a.shape().order, a.shape().directions, b.shape().order, b.shape().directions));
}

/// How kernels see arrays of jets.
inline Kernels::Jets arrays_of(const JetShape& shape, Index rows, Index n)
{
    return {rows, n, shape.directions, shape.spatial, shape.order == 2};
}

}  // namespace mfg
