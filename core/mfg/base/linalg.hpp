#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

/// Dense linear algebra by xtensor-blas. Shapes are checked: an Error says what does not fit. Functions that return a
/// result are for set-up code; hot loops call `gemm`, and optimizers what works in the memory of its arguments.
namespace mfg::linalg {

/// The product a b.
MFG_API Matrix dot(const Matrix& a, const Matrix& b);

MFG_API Matrix transpose(const Matrix& a);

/// The identity of n rows.
MFG_API Matrix eye(Index n);

/// x with a x = b; an Error if `a` is singular.
MFG_API Vector solve(const Matrix& a, const Vector& b);

/// The lower triangular L with L L' = a, where `a` is symmetric (only its lower triangle is read). An Error if `a` is
/// not positive definite.
MFG_API Matrix cholesky(const Matrix& a);

/// X with l X = b for a lower triangular `l`; an Error if it is singular.
MFG_API Matrix solve_triangular(const Matrix& l, const Matrix& b);

/// The lower triangle of a a' or, `transposed`, of a' a, on all threads; the upper one stays as it is. `product` has
/// the right shape. The bits do not depend on the number of threads.
MFG_API void gram(const Matrix& a, bool transposed, Matrix& product);
/// The factor L as `cholesky` has it, in the memory of `a`, whose upper triangle stays as it is; on all threads, as
/// `gram`. False if `a` is not positive definite.
MFG_API bool cholesky_in_place(Matrix& a);
/// Solves l l' x = b in the memory of `b`, for the factor in the lower triangle of `l`.
MFG_API void solve_factored(const Matrix& l, Vector& b);

/// Eigenvalues of a symmetric matrix, from the smallest, and their orthonormal eigenvectors: the columns of `vectors`.
struct Eigensystem {
    Vector values;
    Matrix vectors;
};
/// Of a symmetric matrix, of which only the lower triangle is read.
MFG_API Eigensystem eigh(const Matrix& a);

}  // namespace mfg::linalg
