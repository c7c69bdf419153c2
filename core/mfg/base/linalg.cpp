#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>

// The only source that includes xtensor-blas, which takes long to compile.
#include <xtensor-blas/xlinalg.hpp>

#include <cmath>
#include <string>

namespace mfg::linalg {
namespace {

std::string shape_of(const Matrix& m)
{
    return "[" + std::to_string(m.shape(0)) + " x " + std::to_string(m.shape(1)) + "]";
}

[[noreturn]] void fail(const std::string& operation, const std::string& reason)
{
    throw Error(operation + ": " + reason);
}

void require_square(const char* operation, const Matrix& m)
{
    if (m.shape(0) != m.shape(1)) fail(operation, "the matrix is " + shape_of(m) + ", not square");
}

/// Calls LAPACK; xtensor-blas reports failures as exceptions with its own texts.
template <class Call>
auto attempt(const char* operation, const char* reason, Call call)
{
    prepare_blas();
    try {
        return call();
    } catch (const std::runtime_error&) {
        fail(operation, reason);
    }
}

}  // namespace

Matrix dot(const Matrix& a, const Matrix& b)
{
    if (a.shape(1) != b.shape(0)) fail("dot", shape_of(a) + " times " + shape_of(b));
    Matrix product = make_matrix(rows(a), columns(b));
    if (a.size() > 0 && b.size() > 0)
        gemm(false, false, rows(a), columns(b), columns(a), a.data(), columns(a), b.data(), columns(b), product.data(),
             columns(b), false);
    return product;
}

Matrix transpose(const Matrix& a)
{
    return xt::transpose(a);
}

Matrix eye(Index n)
{
    return xt::eye<Real>(static_cast<std::size_t>(n));
}

Vector solve(const Matrix& a, const Vector& b)
{
    require_square("solve", a);
    if (a.shape(0) != b.size()) fail("solve", shape_of(a) + " and a right side of length " + std::to_string(b.size()));
    return attempt("solve", "the matrix is singular", [&] { return Vector(xt::linalg::solve(a, b)); });
}

Matrix cholesky(const Matrix& a)
{
    require_square("cholesky", a);
    constexpr const char* reason = "the matrix is not positive definite";
    if (a.size() == 1 && a(0, 0) > 0) return make_matrix(1, 1, std::sqrt(a(0, 0)));  // xtensor-blas wants two rows
    const Matrix l = attempt("cholesky", reason, [&] { return Matrix(xt::linalg::cholesky(a)); });
    // OpenBLAS lets entries pass that are not a number.
    for (Index i = 0; i < rows(l); ++i)
        if (!(l(i, i) > 0)) fail("cholesky", reason);
    return l;
}

bool cholesky_in_place(Matrix& a)
{
    require_square("cholesky", a);
    prepare_blas();
    // To LAPACK, which stores columns, the lower triangle is the upper one.
    const auto n = static_cast<xt::blas_index_t>(a.shape(0));
    if (cxxlapack::potrf<xt::blas_index_t>('U', n, a.data(), n) != 0) return false;
    for (Index i = 0; i < rows(a); ++i)
        if (!(a(i, i) > 0)) return false;  // OpenBLAS lets entries pass that are not a number
    return true;
}

void solve_factored(const Matrix& l, Vector& b)
{
    require_square("solve_factored", l);
    if (l.shape(0) != b.size())
        fail("solve_factored", shape_of(l) + " and a right side of " + std::to_string(b.size()));
    const auto n = static_cast<xt::blas_index_t>(l.shape(0));
    cxxlapack::potrs<xt::blas_index_t>('U', n, 1, l.data(), n, b.data(), n);
}

Matrix solve_triangular(const Matrix& l, const Matrix& b)
{
    require_square("solve_triangular", l);
    if (l.shape(0) != b.shape(0)) fail("solve_triangular", shape_of(l) + " and a right side " + shape_of(b));
    return attempt("solve_triangular", "the matrix is singular", [&] {
        Matrix x = b;
        for (Index k = 0; k < columns(b); ++k)  // xtensor-blas takes one right side
            xt::col(x, k) = xt::linalg::solve_triangular(l, Vector(xt::col(b, k)));
        return x;
    });
}

Eigensystem eigh(const Matrix& a)
{
    require_square("eigh", a);
    return attempt("eigh", "the matrix has entries that are not finite", [&] {
        const auto [values, vectors] = xt::linalg::eigh(a);
        return Eigensystem{values, vectors};
    });
}

}  // namespace mfg::linalg
