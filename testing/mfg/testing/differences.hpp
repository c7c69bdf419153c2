#pragma once
#include <mfg/random/random.hpp>

#include <functional>

namespace mfg {

/// Takes points, one a row, to values, one row a point.
using PointFunction = std::function<Matrix(const Matrix& points)>;

/// Derivative of a function of one number at 0, by central differences of fourth order.
MFG_API Real first_difference(const std::function<Real(Real)>& function, Real h = 1e-3);
/// Derivative along a direction of some entries of a vector, from number `first` on, the same way.
MFG_API Real first_difference(const std::function<Real(const Vector&)>& function, const Vector& here, Index first,
                              const Vector& direction, Real h = 1e-3);
/// Derivative in one coordinate, the same way.
MFG_API Matrix first_difference(const PointFunction& function, const Matrix& points, Index column, Real h = 1e-3);
/// Derivatives of one value in the first `columns` coordinates, beside each other.
MFG_API Matrix difference_gradient(const PointFunction& function, const Matrix& points, Index columns);
/// Second derivative in one coordinate, by central differences of sixth order.
MFG_API Matrix second_difference(const PointFunction& function, const Matrix& points, Index column, Real h = 2e-2);
/// Sum of the second derivatives in the first `columns` coordinates.
MFG_API Matrix difference_laplacian(const PointFunction& function, const Matrix& points, Index columns, Real h = 2e-2);

MFG_API Real norm(const Vector& v);
/// A direction of length 1, of normal numbers.
MFG_API Vector random_direction(const RandomStream& stream, Index size);
/// Points with one coordinate changed.
MFG_API Matrix moved(Matrix points, Index column, Real by);

}  // namespace mfg
