#pragma once
#include <mfg/autodiff/tape.hpp>

#include <initializer_list>

namespace mfg {

/// Operations on variables: linear algebra and the fused steps that networks and methods are made of. Each computes its
/// result at once and leaves its pullback on the tape. A variable that does not exist counts as zero where that makes
/// sense (sums), and is not allowed elsewhere.

struct Term {
    Real factor;
    Variable variable;
};

/// sum_i factor_i v_i, all of one shape, at most 8; terms that do not exist are left out.
MFG_API Variable combine(std::initializer_list<Term> terms);
MFG_API Variable combine(const Term* terms, Index count);

/// W X + b, or W' X + b if `transposed`: one GEMM. `bias` `[rows x 1]` may be absent.
MFG_API Variable matmul(const Variable& w, const Variable& x, bool transposed = false, const Variable& bias = {});
/// W X, or W' X if `transposed`.
struct Product {
    Variable w, x;
    bool transposed = false;
};

/// The sum of one to four products of one shape, and of `bias` as above: each GEMM adds to the result of the last one,
/// and all pullbacks read one adjoint.
MFG_API Variable sum_of_products(std::initializer_list<Product> products, const Variable& bias = {});
/// X X' `[rows x rows]`.
MFG_API Variable gram(const Variable& x);

/// a o b; b may be of a's shape, one row `[1 x n]`, one column `[m x 1]` or one number, repeated as needed.
MFG_API Variable multiply(const Variable& a, const Variable& b, Real factor = 1);
/// a + column in the first `columns` columns (all by default: -1); the column is `[m x 1]`, or one number for all rows.
MFG_API Variable add_column(const Variable& a, const Variable& column, Index columns = -1);
/// factor a + b in the first columns, as many as b has; factor a in the others.
MFG_API Variable add_first(const Variable& a, Real factor, const Variable& b, Real b_factor);
/// a + number.
MFG_API Variable add_number(const Variable& a, Real number);

/// Sum over rows `[1 x n]` of a, or of a o b.
MFG_API Variable sum_rows(const Variable& a, Real factor = 1);
MFG_API Variable dot_rows(const Variable& a, const Variable& b, Real factor = 1);
/// Sum over columns `[m x 1]` of a, or of a o b.
MFG_API Variable sum_columns(const Variable& a, Real factor = 1);
MFG_API Variable dot_columns(const Variable& a, const Variable& b, Real factor = 1);

/// |a|, with derivative 0 at 0.
MFG_API Variable absolute(const Variable& a);

/// Puts arrays of equal column count below each other, at most 8.
MFG_API Variable vconcat(std::initializer_list<Variable> parts);
MFG_API Variable vconcat(const Variable* parts, Index count);
/// Puts arrays of equal row count beside each other.
MFG_API Variable hconcat(const Variable* parts, Index count);
/// `[m x n]` to `[n x m]`.
MFG_API Variable transpose(const Variable& a);
/// Upper triangle row by row, off-diagonals divided by sqrt 2, to the symmetric `[n x n]` matrix. The scaling makes the
/// Euclidean norm of the packed column the Frobenius norm of the matrix: optimizers see the same geometry.
MFG_API Variable unpack_symmetric(const Variable& packed, Index n);
/// Sum of the first `count` diagonal entries `[1 x 1]`.
MFG_API Variable trace(const Variable& a, Index count);

}  // namespace mfg
