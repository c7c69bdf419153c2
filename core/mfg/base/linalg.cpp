#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/parallel.hpp>

// The only source that includes xtensor-blas, which takes long to compile.
#include <xtensor-blas/xlinalg.hpp>

#include <algorithm>
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

using blas_index = xt::blas_index_t;

blas_index to_blas(Index n)
{
    return static_cast<blas_index>(n);
}

struct Block {
    Index first, size;
};

/// Calls `function` for all pairs of blocks of the lower triangle of rows `first` to `end`, on all threads; `inner`
/// products an entry. The blocks do not depend on the machine, so that the bits do not.
template <class Function>
void for_block_pairs(Index first, Index end, Index block, Index inner, const Function& function)
{
    const Index blocks = (end - first + block - 1) / block;
    const auto part = [&](Index i) { return Block{first + i * block, std::min(block, end - first - i * block)}; };
    parallel_rows(blocks * (blocks + 1) / 2, block * block * inner, [&](std::size_t begin, std::size_t after) {
        for (Index pair = begin; pair < static_cast<Index>(after); ++pair) {
            // Pairs (i, j <= i) row by row.
            Index i = static_cast<Index>((std::sqrt(8 * static_cast<double>(pair) + 1) - 1) / 2);
            while (i * (i + 1) / 2 > pair) --i;
            while ((i + 1) * (i + 2) / 2 <= pair) ++i;
            function(part(i), part(pair - i * (i + 1) / 2));
        }
    });
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

void gram(const Matrix& a, bool transposed, Matrix& product)
{
    const Index n = transposed ? columns(a) : rows(a), inner = transposed ? rows(a) : columns(a), stride = columns(a);
    if (rows(product) != n || columns(product) != n) fail("gram", shape_of(product) + " for " + shape_of(a));
    prepare_blas();
    const auto start = [&](Index i) { return a.data() + (transposed ? i : i * stride); };
    // Large blocks are copied less often, small ones keep more threads busy.
    const Index block = std::clamp<Index>(n / 128 * 64, 128, 512);
    for_block_pairs(0, n, block, inner, [&](Block rows, Block columns) {
        Real* to = &product(rows.first, columns.first);
        if (rows.first == columns.first)
            cxxblas::syrk<blas_index>(cxxblas::RowMajor, cxxblas::Lower, transposed ? cxxblas::Trans : cxxblas::NoTrans,
                                      to_blas(rows.size), to_blas(inner), Real(1), start(rows.first), to_blas(stride),
                                      Real(0), to, to_blas(n));
        else
            gemm(transposed, !transposed, rows.size, columns.size, inner, start(rows.first), stride,
                 start(columns.first), stride, to, n, false);
    });
}

bool cholesky_in_place(Matrix& a)
{
    require_square("cholesky", a);
    prepare_blas();
    constexpr Index block = 256;
    const Index n = rows(a);
    const blas_index stride = to_blas(n);
    for (Index k = 0; k < n; k += block) {
        const Index size = std::min(block, n - k), next = k + size;
        // To LAPACK, which stores columns, the lower triangle is the upper one.
        if (cxxlapack::potrf<blas_index>('U', to_blas(size), &a(k, k), stride) != 0) return false;
        for (Index i = k; i < next; ++i)
            if (!(a(i, i) > 0)) return false;  // OpenBLAS lets entries pass that are not a number
        const Index blocks = (n - next + block - 1) / block;
        parallel_rows(blocks, block * block * block, [&](std::size_t begin, std::size_t end) {
            const Index first = next + static_cast<Index>(begin) * block,
                        last = std::min(n, next + static_cast<Index>(end) * block);
            for (Index i = first; i < last; i += block)
                cxxblas::trsm<blas_index>(cxxblas::RowMajor, cxxblas::Right, cxxblas::Lower, cxxblas::Trans,
                                          cxxblas::NonUnit, to_blas(std::min(block, last - i)), to_blas(size), Real(1),
                                          &a(k, k), stride, &a(i, k), stride);
        });
        for_block_pairs(next, n, block, size, [&](Block rows, Block columns) {
            Real* to = &a(rows.first, columns.first);
            if (rows.first == columns.first)
                cxxblas::syrk<blas_index>(cxxblas::RowMajor, cxxblas::Lower, cxxblas::NoTrans, to_blas(rows.size),
                                          to_blas(size), Real(-1), &a(rows.first, k), stride, Real(1), to, stride);
            else
                cxxblas::gemm<blas_index>(cxxblas::RowMajor, cxxblas::NoTrans, cxxblas::Trans, to_blas(rows.size),
                                          to_blas(columns.size), to_blas(size), Real(-1), &a(rows.first, k), stride,
                                          &a(columns.first, k), stride, Real(1), to, stride);
        });
    }
    return true;
}

void solve_factored(const Matrix& l, Vector& b)
{
    require_square("solve_factored", l);
    if (l.shape(0) != b.size())
        fail("solve_factored", shape_of(l) + " and a right side of " + std::to_string(b.size()));
    const blas_index n = to_blas(rows(l));
    cxxlapack::potrs<blas_index>('U', n, 1, l.data(), n, b.data(), n);
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
