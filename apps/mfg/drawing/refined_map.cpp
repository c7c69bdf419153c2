#include "drawing/refined_map.hpp"

#include <algorithm>

using mfg::Real;

namespace {

/// Between which two of n cells the centre of a finer one lies, and how far from the first.
struct Place {
    Place(std::size_t i, std::size_t n, std::size_t factor)
    {
        const Real at = (static_cast<Real>(i) + Real(0.5)) / static_cast<Real>(factor) - Real(0.5);
        const Real inside = std::clamp(at, Real(0), static_cast<Real>(n - 1));
        low = static_cast<std::size_t>(inside);
        high = std::min(low + 1, n - 1);
        share = inside - static_cast<Real>(low);
    }
    /// A value that is not finite spoils only the cells that depend on it.
    Real between(Real first, Real second) const { return share == 0 ? first : (1 - share) * first + share * second; }

    std::size_t low, high;
    Real share;
};

}  // namespace

mfg::Matrix refined(const mfg::Matrix& map, std::size_t factor)
{
    const std::size_t ny = map.shape(0), nx = map.shape(1);
    mfg::Matrix fine = mfg::make_matrix(ny * factor, nx * factor);
    for (std::size_t i = 0; i < fine.shape(0); ++i) {
        const Place row(i, ny, factor);
        for (std::size_t j = 0; j < fine.shape(1); ++j) {
            const Place column(j, nx, factor);
            const auto along = [&](std::size_t y) { return column.between(map(y, column.low), map(y, column.high)); };
            fine(i, j) = row.between(along(row.low), along(row.high));
        }
    }
    return fine;
}
