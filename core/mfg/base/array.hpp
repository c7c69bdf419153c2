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

/// Sizes and numbers of entries: signed, so that differences and loops backwards are safe. Entries of arrays and of
/// standard containers take any integer.
using Index = std::ptrdiff_t;

/// The first and the second size of a matrix or a cube.
template <std::size_t Rank>
Index rows(const Array<Rank>& a)
{
    static_assert(Rank >= 2, "a vector has a length");
    return static_cast<Index>(a.shape(0));
}
template <std::size_t Rank>
Index columns(const Array<Rank>& a)
{
    static_assert(Rank >= 2, "a vector has a length");
    return static_cast<Index>(a.shape(1));
}
/// The number of entries of a vector, a matrix or a standard container.
template <class Container>
Index length(const Container& container)
{
    return static_cast<Index>(container.size());
}

inline Vector make_vector(Index n, Real fill = 0)
{
    Vector v = Vector::from_shape({static_cast<std::size_t>(n)});
    v.fill(fill);
    return v;
}

inline Matrix make_matrix(Index rows, Index columns, Real fill = 0)
{
    Matrix m = Matrix::from_shape({static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)});
    m.fill(fill);
    return m;
}

inline Cube make_cube(Index first, Index second, Index third)
{
    return Cube::from_shape(
        {static_cast<std::size_t>(first), static_cast<std::size_t>(second), static_cast<std::size_t>(third)});
}

}  // namespace mfg
