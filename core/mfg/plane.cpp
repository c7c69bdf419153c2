#include <mfg/autodiff/map_points.hpp>
#include <mfg/plane.hpp>

#include <algorithm>
#include <cstdio>

namespace mfg {

std::string time_text(Real t)
{
    char text[32];
    std::snprintf(text, sizeof text, "t = %.4g", t);
    return text;
}

Real centre(Real low, Real high, std::size_t i, std::size_t parts)
{
    return low + (high - low) * (static_cast<Real>(i) + Real(0.5)) / static_cast<Real>(parts);
}

Matrix cell_centres(const Window& window, std::size_t cells, std::size_t dimension)
{
    Matrix points = make_matrix(cells * cells, dimension);
    for (std::size_t row = 0; row < cells; ++row) {
        for (std::size_t column = 0; column < cells; ++column) {
            points(row * cells + column, 0) = centre(window.x_low, window.x_high, column, cells);
            points(row * cells + column, 1) = centre(window.y_low, window.y_high, row, cells);
        }
    }
    return points;
}

Matrix as_map(const Real* values, std::size_t ny, std::size_t nx)
{
    Matrix map = make_matrix(ny, nx);
    std::copy_n(values, ny * nx, map.begin());
    return map;
}

Cube plane_paths(const Cube& positions)
{
    Cube result = Cube::from_shape({positions.shape(1), positions.shape(0), 2});
    for (std::size_t k = 0; k < positions.shape(0); ++k)
        for (std::size_t i = 0; i < positions.shape(1); ++i)
            for (std::size_t c = 0; c < 2; ++c) result(i, k, c) = positions(k, i, c);
    return result;
}

Matrix running_cost_map(const MeanFieldGame& game, const Window& window, std::size_t cells)
{
    const Matrix points = cell_centres(window, cells, game.dimension());
    const Matrix cost = map_points(points, 1, [&](Tape& tape, const Variable& x) {
        const Variable zero = tape.constant(1, x.columns(), 0);
        const Jet c = game.running_cost({Jet(x), Jet(zero), Jet(zero)});
        return c.is_zero() ? Variable{} : c.value();
    });
    if (std::all_of(cost.begin(), cost.end(), [&](Real c) { return c == cost(0, 0); })) return make_matrix(0, 0);
    return as_map(cost.data(), cells, cells);
}

}  // namespace mfg
