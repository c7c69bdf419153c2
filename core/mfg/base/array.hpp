#pragma once
/// The arrays of the project: the only place that names xtensor containers.
///
/// Layout and allocator are pinned, so that a plugin and its host agree on these types whatever flags either was
/// built with. Results of xtensor arithmetic are always assigned to one of these types, never to `auto`.

#include <cstddef>
#include <cstdint>
#include <memory>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

namespace mfg {

/// The floating-point type of every computation; part of the ABI tag.
using Real = double;

template <std::size_t Rank>
using Array = xt::xtensor<Real, Rank, xt::layout_type::row_major, std::allocator<Real>>;

using Vector = Array<1>;
/// Row-major; what users see is `[samples x features]`.
using Matrix = Array<2>;
using Cube = Array<3>;

inline Vector make_vector(std::size_t n, Real fill = 0)
{
    Vector v = Vector::from_shape({n});
    v.fill(fill);
    return v;
}

inline Matrix make_matrix(std::size_t rows, std::size_t columns, Real fill = 0)
{
    Matrix m = Matrix::from_shape({rows, columns});
    m.fill(fill);
    return m;
}

}  // namespace mfg
