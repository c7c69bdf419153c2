#include <mfg/assessment/plane.hpp>

namespace mfg {

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

Cube first_two(const Cube& paths)
{
    Cube result = Cube::from_shape({paths.shape(0), paths.shape(1), 2});
    for (std::size_t i = 0; i < paths.shape(0); ++i)
        for (std::size_t k = 0; k < paths.shape(1); ++k)
            for (std::size_t c = 0; c < 2; ++c) result(i, k, c) = paths(i, k, c);
    return result;
}

}  // namespace mfg
