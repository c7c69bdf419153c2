#include <mfg/testing/differences.hpp>

namespace mfg {
namespace {

Matrix at_offset(const PointFunction& function, const Matrix& points, std::size_t column, Real offset)
{
    Matrix moved = points;
    for (std::size_t i = 0; i < moved.shape(0); ++i) moved(i, column) += offset;
    return function(moved);
}

}  // namespace

Real first_difference(const std::function<Real(Real)>& function, Real h)
{
    return (8 * (function(h) - function(-h)) - (function(2 * h) - function(-2 * h))) / (12 * h);
}

Matrix first_difference(const PointFunction& function, const Matrix& points, std::size_t column, Real h)
{
    const auto at = [&](Real offset) { return at_offset(function, points, column, offset); };
    const Matrix near = at(h) - at(-h), far = at(2 * h) - at(-2 * h);
    return (8 * near - far) / (12 * h);
}

Matrix second_difference(const PointFunction& function, const Matrix& points, std::size_t column, Real h)
{
    const auto at = [&](Real offset) { return at_offset(function, points, column, offset); };
    const Matrix first = at(h) + at(-h), second = at(2 * h) + at(-2 * h), third = at(3 * h) + at(-3 * h);
    const Matrix centre = function(points);
    return (2 * third - 27 * second + 270 * first - 490 * centre) / (180 * h * h);
}

Matrix difference_laplacian(const PointFunction& function, const Matrix& points, std::size_t columns, Real h)
{
    Matrix sum = second_difference(function, points, 0, h);
    for (std::size_t k = 1; k < columns; ++k) sum += second_difference(function, points, k, h);
    return sum;
}

}  // namespace mfg
