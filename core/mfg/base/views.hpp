#pragma once
/// Views and reductions of arrays, for set-up code and tests; hot loops run over raw memory.
#include <mfg/base/array.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>
#endif

namespace mfg {

/// `count` entries of a vector from number `first` on, to read and to write.
template <class AnyVector>
auto entries(AnyVector& v, Index first, Index count)
{
    return xt::view(v, xt::range(first, first + count));
}

/// The first columns of a matrix, to read and to write.
template <class AnyMatrix>
auto first_columns(AnyMatrix& a, Index count)
{
    return xt::view(a, xt::all(), xt::range(0, count));
}

/// `count` columns from number `first` on.
inline Matrix columns_of(const Matrix& a, Index first, Index count)
{
    return xt::view(a, xt::all(), xt::range(first, first + count));
}

/// One row, as a matrix.
inline Matrix row_of(const Matrix& a, Index row)
{
    return xt::view(a, xt::range(row, row + 1), xt::all());
}

}  // namespace mfg
