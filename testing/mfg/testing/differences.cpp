#include <mfg/base/views.hpp>
#include <mfg/testing/differences.hpp>

#include <cmath>

namespace mfg {

Real first_difference(const std::function<Real(Real)>& function, Real h)
{
    return (8 * (function(h) - function(-h)) - (function(2 * h) - function(-2 * h))) / (12 * h);
}

Real first_difference(const std::function<Real(const Vector&)>& function, const Vector& here, Index first,
                      const Vector& direction, Real h)
{
    const auto at = [&](Real step) {
        Vector theta = here;
        entries(theta, first, length(direction)) += step * direction;
        return function(theta);
    };
    return first_difference(at, h);
}

Matrix first_difference(const PointFunction& function, const Matrix& points, Index column, Real h)
{
    const auto at = [&](Real offset) { return function(moved(points, column, offset)); };
    const Matrix near = at(h) - at(-h), far = at(2 * h) - at(-2 * h);
    return (8 * near - far) / (12 * h);
}

Matrix difference_gradient(const PointFunction& function, const Matrix& points, Index columns)
{
    Matrix gradient = make_matrix(rows(points), columns);
    for (Index k = 0; k < columns; ++k) xt::col(gradient, k) = xt::col(first_difference(function, points, k), 0);
    return gradient;
}

Matrix second_difference(const PointFunction& function, const Matrix& points, Index column, Real h)
{
    const auto at = [&](Real offset) { return function(moved(points, column, offset)); };
    const Matrix first = at(h) + at(-h), second = at(2 * h) + at(-2 * h), third = at(3 * h) + at(-3 * h);
    return (2 * third - 27 * second + 270 * first - 490 * function(points)) / (180 * h * h);
}

Matrix difference_laplacian(const PointFunction& function, const Matrix& points, Index columns, Real h)
{
    Matrix sum = second_difference(function, points, 0, h);
    for (Index k = 1; k < columns; ++k) sum += second_difference(function, points, k, h);
    return sum;
}

Real norm(const Vector& v)
{
    return std::sqrt(xt::sum(v * v)());
}

Vector random_direction(const RandomStream& stream, Index size)
{
    Vector direction = make_vector(size);
    stream.normal(0, size, direction.data());
    return direction / norm(direction);
}

Matrix moved(Matrix points, Index column, Real by)
{
    xt::col(points, column) += by;
    return points;
}

}  // namespace mfg
