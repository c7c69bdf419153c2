#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <functional>

namespace mfg {

/// Takes points, one a row, to values, one row a point.
using PointFunction = std::function<Matrix(const Matrix& points)>;

/// Derivative of a function of one number at 0, by central differences of fourth order.
MFG_API Real first_difference(const std::function<Real(Real)>& function, Real h = 1e-3);
/// Derivative in one coordinate, the same way.
MFG_API Matrix first_difference(const PointFunction& function, const Matrix& points, std::size_t column, Real h = 1e-3);
/// Second derivative in one coordinate, by central differences of sixth order.
MFG_API Matrix second_difference(const PointFunction& function, const Matrix& points, std::size_t column,
                                 Real h = 2e-2);
/// Sum of the second derivatives in the first `columns` coordinates.
MFG_API Matrix difference_laplacian(const PointFunction& function, const Matrix& points, std::size_t columns,
                                    Real h = 2e-2);

}  // namespace mfg
