#pragma once
#include <mfg/optimizer.hpp>

namespace mfg {

/// Solves the damped least-squares problem of residuals r that are linearised at one point.
class Direction {
public:
    virtual ~Direction();

    /// Takes residuals and derivatives at `theta`, which stays where it is until `solve`; the sum of squares, and its
    /// gradient.
    virtual Real linearise(LeastSquares& squares, const Vector& theta, Vector& gradient) = 0;
    /// `solution` = (J' J + lambda I)^-1 J' (r - momentum J v) = J' (J J' + lambda I)^-1 (r - momentum J v), where
    /// lambda is `damping` times the mean diagonal of the smaller of the two matrices.
    virtual void solve(Real damping, Real momentum, const Vector& v, Vector& solution) = 0;
};

/// By Cholesky factorisation of the smaller matrix.
class DenseDirection final : public Direction {
public:
    /// Bytes for so many residuals and parameters.
    static double memory(Index residuals, Index parameters);

    Real linearise(LeastSquares& squares, const Vector& theta, Vector& gradient) override;
    void solve(Real damping, Real momentum, const Vector& v, Vector& solution) override;

private:
    void factor(bool transposed, Real damping);

    Matrix jacobian_, matrix_;
    Vector residuals_, right_, diagonal_;
};

/// By conjugate gradients on products with J and its transpose, without either matrix.
class IterativeDirection final : public Direction {
public:
    /// Iterations until the residual of the linear system is `tolerance` times its right side; at most `iterations`.
    IterativeDirection(int iterations, Real tolerance) : iterations_(iterations), tolerance_(tolerance) {}

    Real linearise(LeastSquares& squares, const Vector& theta, Vector& gradient) override;
    void solve(Real damping, Real momentum, const Vector& v, Vector& solution) override;

private:
    void multiply(const Vector& v, Vector& product);

    int iterations_;
    Real tolerance_;
    LeastSquares* squares_ = nullptr;
    const Vector* theta_ = nullptr;
    Vector residuals_, again_, row_squares_, product_;  // one entry a residual
    Vector right_, search_, image_;                     // one entry a parameter
};

}  // namespace mfg
