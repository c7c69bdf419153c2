#pragma once
/// What the operations on jets share; not for users.

#include <mfg/autodiff/jet.hpp>
#include <mfg/autodiff/operation_support.hpp>
#include <mfg/base/error.hpp>

#include <string>

namespace mfg {

/// Formulas are written by users: what does not fit is an Error, not memory out of bounds.
inline void require_present(const Jet& a)
{
    if (a.is_zero())
        throw Error("formula: a function of something that is not there (the log density, or a drift or cost of zero)");
}

inline void require_same_size(Index a, Index b)
{
    if (a != b)
        throw Error("formula: vectors of different size, " + std::to_string(a) + " and " + std::to_string(b) +
                    " features");
}

inline void require_same_derivatives(const Jet& a, const Jet& b)
{
    const auto text = [](const Jet& jet) {
        return "order " + std::to_string(jet.shape().order) + " in " + std::to_string(jet.shape().directions) +
               " directions";
    };
    if (!(a.shape() == b.shape()))
        throw Error("formula: functions with different derivatives, of " + text(a) + " and of " + text(b));
}

/// How kernels see arrays of jets.
inline Kernels::Jets arrays_of(const JetShape& shape, Index rows, Index n)
{
    return {rows, n, shape.directions, shape.spatial, shape.order == 2};
}

}  // namespace mfg
