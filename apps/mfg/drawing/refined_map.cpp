#include "drawing/refined_map.hpp"

#include <mfg/assessment/grid.hpp>

using mfg::Real;

namespace {

/// Between which two of n cells the centre of finer cell number i lies.
mfg::Place place(std::size_t i, std::size_t n, std::size_t factor)
{
    return mfg::place_among(n, (static_cast<Real>(i) + Real(0.5)) / static_cast<Real>(factor) - Real(0.5));
}

/// A value that is not finite spoils only the cells that depend on it.
Real between(Real first, Real second, Real share)
{
    return share == 0 ? first : (1 - share) * first + share * second;
}

}  // namespace

mfg::Matrix refined(const mfg::Matrix& map, std::size_t factor)
{
    const std::size_t ny = map.shape(0), nx = map.shape(1);
    mfg::Matrix fine = mfg::make_matrix(ny * factor, nx * factor);
    for (std::size_t i = 0; i < fine.shape(0); ++i) {
        const mfg::Place row = place(i, ny, factor);
        for (std::size_t j = 0; j < fine.shape(1); ++j) {
            const mfg::Place column = place(j, nx, factor);
            const auto along = [&](std::size_t y) {
                return between(map(y, column.below), map(y, column.above), column.share_above);
            };
            fine(i, j) = between(along(row.below), along(row.above), row.share_above);
        }
    }
    return fine;
}
