#include <mfg/assessment/grid.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/base/views.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {
namespace {

std::vector<Place> places(const Axis& axis)
{
    std::vector<Place> result;
    const Real last = static_cast<Real>(axis.from - 1);
    for (std::size_t i = 0; i < axis.to; ++i) {
        const Real fine = static_cast<Real>(i), count = static_cast<Real>(axis.to);
        const Real position = axis.placement == Placement::centres ? (fine + Real(0.5)) * (last + 1) / count - Real(0.5)
                              : axis.to > 1                        ? fine * last / (count - 1)
                                                                   : 0;
        result.push_back(place_among(axis.from, position));
    }
    return result;
}

}  // namespace

Place place_among(std::size_t count, Real position)
{
    const Real inside = std::clamp<Real>(position, 0, static_cast<Real>(count - 1));
    const auto below = static_cast<std::size_t>(inside);
    return {below, std::min(below + 1, count - 1), inside - static_cast<Real>(below)};
}

Matrix SpaceTimeGrid::centres() const
{
    Matrix points = make_matrix(cells(), 2);
    for (std::size_t j = 0; j < ny; ++j) {
        for (std::size_t i = 0; i < nx; ++i) {
            points(j * nx + i, 0) = x(i);
            points(j * nx + i, 1) = y(j);
        }
    }
    return points;
}

Matrix cell_means(const Density& density, const SpaceTimeGrid& grid)
{
    // Three points an axis: exact for polynomials of degree five.
    const Real offset[] = {-std::sqrt(Real(0.6)) / 2, 0, std::sqrt(Real(0.6)) / 2};
    const Real weight[] = {Real(5) / 18, Real(8) / 18, Real(5) / 18};
    Matrix means = make_matrix(1, grid.cells());
    for (int b = 0; b < 3; ++b) {
        for (int a = 0; a < 3; ++a) {
            Matrix points = grid.centres();
            xt::col(points, 0) += offset[a] * grid.hx();
            xt::col(points, 1) += offset[b] * grid.hy();
            xt::row(means, 0) += weight[a] * weight[b] * xt::exp(log_density_at(density, points));
        }
    }
    return means;
}

Flow Flow::at_rest(const SpaceTimeGrid& grid, const Matrix& initial)
{
    Flow flow{make_matrix(grid.nt + 1, grid.cells()), make_matrix(grid.nt, grid.ny * (grid.nx + 1)),
              make_matrix(grid.nt, (grid.ny + 1) * grid.nx)};
    flow.density += initial;
    return flow;
}

void continuity_residual(const SpaceTimeGrid& grid, const Flow& flow, Matrix& residual)
{
    const std::size_t nx = grid.nx, ny = grid.ny;
    const Real by_x = 1 / grid.hx(), by_y = 1 / grid.hy(), by_t = 1 / grid.dt();
    parallel_rows(grid.nt * ny, 8 * nx, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const std::size_t k = row / ny, j = row % ny;
            const Real *mx = &flow.momentum_x(k, j * (nx + 1)), *my = &flow.momentum_y(k, j * nx);
            const Real *before = &flow.density(k, j * nx), *after = &flow.density(k + 1, j * nx);
            Real* to = &residual(k, j * nx);
            for (std::size_t i = 0; i < nx; ++i)
                to[i] = by_t * (after[i] - before[i]) + by_x * (mx[i + 1] - mx[i]) + by_y * (my[nx + i] - my[i]);
        }
    });
}

Real interpolate(const Real* values, std::size_t ny, std::size_t nx, const Place& t, const Place& y, const Place& x)
{
    const auto along_x = [&](std::size_t k, std::size_t j) {
        const Real* row = values + (k * ny + j) * nx;
        return (1 - x.share_above) * row[x.below] + x.share_above * row[x.above];
    };
    return (1 - t.share_above) * (1 - y.share_above) * along_x(t.below, y.below) +
           (1 - t.share_above) * y.share_above * along_x(t.below, y.above) +
           t.share_above * (1 - y.share_above) * along_x(t.above, y.below) +
           t.share_above * y.share_above * along_x(t.above, y.above);
}

Matrix interpolate(const Matrix& values, const Axis& t, const Axis& y, const Axis& x)
{
    const std::vector<Place> at_t = places(t), at_y = places(y), at_x = places(x);
    Matrix result = make_matrix(t.to, y.to * x.to);
    parallel_rows(t.to * y.to, 16 * x.to, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            Real* to = &result(row / y.to, (row % y.to) * x.to);
            for (std::size_t i = 0; i < x.to; ++i)
                to[i] = interpolate(values.data(), y.from, x.from, at_t[row / y.to], at_y[row % y.to], at_x[i]);
        }
    });
    return result;
}

}  // namespace mfg
