#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/linalg.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/base/processor.hpp>
#include <mfg/random/random.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

using namespace mfg;

namespace {

Matrix random_matrix(std::size_t rows, std::size_t columns)
{
    Matrix m = make_matrix(rows, columns);
    for (std::size_t i = 0; i < rows; ++i) RandomStream(1, "matrix").normal(i, static_cast<int>(columns), &m(i, 0));
    return m;
}

Matrix positive_definite(std::size_t n)
{
    const Matrix a = random_matrix(n, n);
    return linalg::dot(a, linalg::transpose(a)) + linalg::eye(n);
}

/// The largest difference of two entries.
Real distance(const Matrix& a, const Matrix& b)
{
    REQUIRE(a.shape() == b.shape());
    Real largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    return largest;
}

}  // namespace

TEST_CASE("linear algebra: factors and solutions solve their equations", "[linalg]")
{
    for (const std::size_t n : {1, 2, 7, 40}) {
        const Matrix a = positive_definite(n), identity = linalg::eye(n);
        const Real bound = 1e-12 * static_cast<Real>(n * n);
        const Matrix l = linalg::cholesky(a);
        CHECK(distance(linalg::dot(l, linalg::transpose(l)), a) < bound);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = i + 1; j < n; ++j) CHECK(l(i, j) == 0);
        CHECK(distance(linalg::dot(l, linalg::solve_triangular(l, identity)), identity) < bound);

        const Matrix general = random_matrix(n, n), x = random_matrix(n, 1), b = linalg::dot(general, x);
        const Vector solution = linalg::solve(general, xt::flatten(b));
        for (std::size_t i = 0; i < n; ++i) CHECK(std::abs(solution(i) - x(i, 0)) < 1e-9);

        const auto [values, vectors] = linalg::eigh(a);
        Matrix scaled = vectors;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) scaled(i, j) *= values(j);
        CHECK(distance(linalg::dot(a, vectors), scaled) < bound);
        CHECK(distance(linalg::dot(linalg::transpose(vectors), vectors), identity) < bound);
        CHECK(std::is_sorted(values.begin(), values.end()));
    }
}

TEST_CASE("linear algebra: Gram matrices and factors in place, in several blocks", "[linalg]")
{
    const int before = thread_limit();
    for (const auto& [rows, columns] : {std::pair<Index, Index>{1, 3}, {7, 4}, {700, 90}, {90, 700}}) {
        const Matrix a = random_matrix(rows, columns);
        for (const bool transposed : {false, true}) {
            INFO(rows << " x " << columns << (transposed ? ", transposed" : ""));
            const Matrix first = transposed ? linalg::transpose(a) : a;
            const Matrix expected = linalg::dot(first, linalg::transpose(first));
            const Index n = mfg::rows(expected);
            Matrix factors[2];
            for (const int threads : {1, 3}) {
                limit_threads(threads);
                Matrix& l = factors[threads / 3];
                l = make_matrix(n, n, 0);
                linalg::gram(a, transposed, l);
                Real off = 0;
                for (Index i = 0; i < n; ++i)
                    for (Index j = 0; j <= i; ++j) off = std::max(off, std::abs(l(i, j) - expected(i, j)));
                CHECK(off < 1e-11);
                for (Index i = 0; i < n; ++i) l(i, i) += 1;
                REQUIRE(linalg::cholesky_in_place(l));
            }
            CHECK((factors[0] == factors[1]));
            CHECK(distance(linalg::dot(factors[0], linalg::transpose(factors[0])), expected + linalg::eye(n)) < 1e-10);
            Vector x = xt::flatten(random_matrix(n, 1));
            const Vector right = x;
            linalg::solve_factored(factors[0], x);
            for (Index i = 0; i < n; ++i) {
                Real left = x(i);
                for (Index j = 0; j < n; ++j) left += expected(i, j) * x(j);
                CHECK(std::abs(left - right(i)) < 1e-9);
            }
        }
    }
    limit_threads(before);
    Matrix indefinite = linalg::eye(600);
    indefinite(500, 500) = -1;
    CHECK_FALSE(linalg::cholesky_in_place(indefinite));
    indefinite(500, 500) = std::numeric_limits<Real>::quiet_NaN();
    CHECK_FALSE(linalg::cholesky_in_place(indefinite));
}

TEST_CASE("linear algebra: products of rectangular and of empty matrices", "[linalg]")
{
    const Matrix a = random_matrix(3, 5), b = random_matrix(5, 4), c = linalg::dot(a, b);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 4; ++j) {
            Real sum = 0;
            for (std::size_t k = 0; k < 5; ++k) sum += a(i, k) * b(k, j);
            CHECK(std::abs(c(i, j) - sum) < 1e-14);
        }
    CHECK(distance(linalg::dot(make_matrix(2, 0), make_matrix(0, 3)), make_matrix(2, 3)) == 0);
    CHECK(linalg::dot(make_matrix(0, 2), make_matrix(2, 3)).shape(1) == 3);
}

TEST_CASE("linear algebra: shapes and singular matrices are refused", "[linalg]")
{
    const Matrix rectangular = make_matrix(3, 4), singular = make_matrix(2, 2, 1);
    const Real nan = std::numeric_limits<Real>::quiet_NaN();
    CHECK_THROWS_WITH(linalg::dot(rectangular, rectangular), "dot: [3 x 4] times [3 x 4]");
    CHECK_THROWS_WITH(linalg::solve(linalg::eye(2), make_vector(3)), "solve: [2 x 2] and a right side of length 3");
    CHECK_THROWS_WITH(linalg::cholesky(rectangular), "cholesky: the matrix is [3 x 4], not square");
    CHECK_THROWS_WITH(linalg::solve_triangular(linalg::eye(2), rectangular),
                      "solve_triangular: [2 x 2] and a right side [3 x 4]");
    CHECK_THROWS_WITH(linalg::solve(singular, make_vector(2, 1)), "solve: the matrix is singular");
    CHECK_THROWS_WITH(linalg::cholesky(make_matrix(1, 1, -1)), "cholesky: the matrix is not positive definite");
    CHECK_THROWS_WITH(linalg::cholesky(singular - 2 * linalg::eye(2)), "cholesky: the matrix is not positive definite");
    CHECK_THROWS_WITH(linalg::solve_triangular(make_matrix(2, 2), linalg::eye(2)),
                      "solve_triangular: the matrix is singular");
    CHECK_THROWS_WITH(linalg::cholesky(make_matrix(1, 1, nan)), "cholesky: the matrix is not positive definite");
    CHECK_THROWS_AS(linalg::eigh(make_matrix(3, 3, nan)), Error);
}

TEST_CASE("BLAS: its kernels are those of the instruction set, unless the environment names some", "[linalg]")
{
    if (std::getenv("OPENBLAS_CORETYPE")) return;
    if (instruction_set() == InstructionSet::avx512) CHECK(std::string_view(blas_kernels()) == "SkylakeX");
    if (instruction_set() == InstructionSet::avx2) CHECK(std::string_view(blas_kernels()) == "Haswell");
    CHECK(!std::getenv("OPENBLAS_CORETYPE"));
}
