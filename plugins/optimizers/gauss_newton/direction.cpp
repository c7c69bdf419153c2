#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/training/line_search.hpp>
#include <optimizers/gauss_newton/direction.hpp>

#include <algorithm>
#include <limits>
#include <numeric>

namespace mfg {
namespace {

/// y = A x or, `transposed`, A' x.
void multiply(const Matrix& a, bool transposed, const Vector& x, Vector& y)
{
    gemm(transposed, false, length(y), 1, length(x), a.data(), columns(a), x.data(), 1, y.data(), 1, false);
}

Real sum_of_squares(const Vector& v)
{
    return std::inner_product(v.begin(), v.end(), v.begin(), Real(0));
}

}  // namespace

Direction::~Direction() = default;

double DenseDirection::memory(Index residuals, Index parameters)
{
    const double n = static_cast<double>(residuals), p = static_cast<double>(parameters), smaller = std::min(n, p);
    return sizeof(Real) * (n * p + smaller * smaller);
}

Real DenseDirection::linearise(LeastSquares& squares, const Vector& theta, Vector& gradient)
{
    const Index n = squares.residual_count(), p = length(theta);
    if (rows(jacobian_) != n || columns(jacobian_) != p) {
        jacobian_ = make_matrix(n, p);
        residuals_ = right_ = make_vector(n);
        matrix_ = make_matrix(std::min(n, p), std::min(n, p));
        diagonal_ = make_vector(std::min(n, p));
    }
    squares.linearise(theta, residuals_, jacobian_);
    multiply(jacobian_, true, residuals_, gradient);
    for (Real& entry : gradient) entry *= 2;
    return sum_of_squares(residuals_);
}

void DenseDirection::solve(Real damping, Real momentum, const Vector& v, Vector& solution)
{
    multiply(jacobian_, false, v, right_);
    for (std::size_t i = 0; i < right_.size(); ++i) right_(i) = residuals_(i) - momentum * right_(i);
    if (rows(jacobian_) <= columns(jacobian_)) {
        factor(false, damping);
        linalg::solve_factored(matrix_, right_);
        multiply(jacobian_, true, right_, solution);
    } else {
        multiply(jacobian_, true, right_, solution);
        factor(true, damping);
        linalg::solve_factored(matrix_, solution);
    }
}

/// The Cholesky factor of the damped matrix; where rounding errors leave it indefinite, with more damping.
void DenseDirection::factor(bool transposed, Real damping)
{
    constexpr Real least = 1e-14;
    const std::size_t n = matrix_.shape(0);
    linalg::gram(jacobian_, transposed, matrix_);
    Real mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += matrix_(i, i) / static_cast<Real>(n);
    // The upper triangle keeps the matrix for another attempt.
    for (std::size_t i = 0; i < n; ++i) {
        diagonal_(i) = matrix_(i, i);
        for (std::size_t j = 0; j < i; ++j) matrix_(j, i) = matrix_(i, j);
    }
    for (;; damping = std::max(10 * damping, least)) {
        const Real lambda = damping * mean + std::numeric_limits<Real>::min();
        for (std::size_t i = 0; i < n; ++i) matrix_(i, i) = diagonal_(i) + lambda;
        if (linalg::cholesky_in_place(matrix_)) return;
        if (damping > 1) throw NumericalError("optimizer 'gauss_newton': the residuals have no finite Jacobian");
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < i; ++j) matrix_(i, j) = matrix_(j, i);
    }
}

Real IterativeDirection::linearise(LeastSquares& squares, const Vector& theta, Vector& gradient)
{
    squares_ = &squares;
    theta_ = &theta;
    if (length(residuals_) != squares.residual_count())
        residuals_ = again_ = row_squares_ = product_ = make_vector(squares.residual_count());
    if (length(right_) != length(theta)) right_ = search_ = image_ = make_vector(theta.size());
    // The squared lengths of the rows come with any product.
    search_.fill(0);
    squares.multiply(theta, search_, residuals_, product_, row_squares_);
    squares.multiply_transposed(theta, residuals_, gradient);
    for (Real& entry : gradient) entry *= 2;
    return sum_of_squares(residuals_);
}

/// product = J' J v, and product_ = J v.
void IterativeDirection::multiply(const Vector& v, Vector& product)
{
    squares_->multiply(*theta_, v, again_, product_, row_squares_);
    squares_->multiply_transposed(*theta_, product_, product);
}

void IterativeDirection::solve(Real damping, Real momentum, const Vector& v, Vector& solution)
{
    const Index smaller = std::min(length(residuals_), length(right_));
    const Real mean = std::accumulate(row_squares_.begin(), row_squares_.end(), Real(0)) / static_cast<Real>(smaller);
    const Real lambda = damping * mean;
    product_ = residuals_;
    if (momentum != 0) {
        squares_->multiply(*theta_, v, again_, product_, row_squares_);
        for (std::size_t i = 0; i < product_.size(); ++i) product_(i) = residuals_(i) - momentum * product_(i);
    }
    squares_->multiply_transposed(*theta_, product_, right_);

    solution.fill(0);
    search_ = right_;
    Real square = sum_of_squares(right_);
    const Real enough = tolerance_ * tolerance_ * square;
    for (int i = 0; i < iterations_ && square > enough; ++i) {
        multiply(search_, image_);
        const Real curvature = sum_of_squares(product_) + lambda * sum_of_squares(search_);
        if (!(curvature > 0)) return;
        const Real length = square / curvature;
        Real next = 0;
        for (std::size_t k = 0; k < solution.size(); ++k) {
            solution(k) += length * search_(k);
            right_(k) -= length * (image_(k) + lambda * search_(k));
            next += right_(k) * right_(k);
        }
        for (std::size_t k = 0; k < search_.size(); ++k) search_(k) = right_(k) + next / square * search_(k);
        square = next;
    }
}

}  // namespace mfg
