#include <mfg/base/error.hpp>
#include <mfg/densities/diagonal_segment.hpp>

#include <algorithm>

namespace mfg {

DiagonalSegment::DiagonalSegment(int dimension, Real centre, Real half_length)
    : dimension_(dimension), centre_(centre), half_length_(half_length)
{
    if (!(half_length > 0)) throw Error("diagonal segment: the half length is not positive; give a positive one");
}

Jet DiagonalSegment::log_density(const Jet&) const
{
    throw Error("diagonal segment: a law on a line has no density; use a method that needs none, or another law");
}

Matrix DiagonalSegment::sample(const RandomStream& stream, int count) const
{
    Matrix points = make_matrix(static_cast<std::size_t>(count), static_cast<std::size_t>(dimension_));
    for (std::size_t i = 0; i < points.shape(0); ++i) {
        Real u = 0;
        stream.uniform(i, 1, &u);
        std::fill_n(&points(i, 0), dimension_, centre_ + half_length_ * (2 * u - 1));
    }
    return points;
}

}  // namespace mfg
