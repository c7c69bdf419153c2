#pragma once
#include <mfg/autodiff/operations.hpp>

namespace mfg {

/// Fused operations for networks that know their derivatives in closed form: squared Jacobians and second derivatives
/// of layers without generic jets.

/// u = log_cosh(y) and t = tanh(y) of the same y.
struct LogCosh {
    Variable u, t;
};
/// Without `value` u is absent: cheaper.
MFG_API LogCosh log_cosh_and_slope(const Variable& y, bool value = true);
/// sum_r c_r (1 - t_rj^2) y_rj `[1 x n]`: a second derivative of log_cosh layers, t their slopes, c `[m x 1]`.
MFG_API Variable slope_sum(const Variable& c, const Variable& t, const Variable& y);

/// Symmetric `[n x n]` to its upper triangle row by row as a column, off-diagonals doubled: so that the dot product
/// with pair products is the quadratic form.
MFG_API Variable pack_quadratic_form(const Variable& symmetric);
/// Products t_a t_b, a <= b, `[m(m+1)/2 x n]`.
MFG_API Variable pair_products(const Variable& t);
/// Q' times the pair products of t, `[columns of Q x n]`; the products are not kept but found again in reverse.
MFG_API Variable pair_form(const Variable& q, const Variable& t);
/// Squared norms of the rows of W diag(t) K, `[rows of W x n]`, with W `[m x i]`, t `[i x n]`, K `[i x d]`; the product
/// itself is not kept but found again in reverse.
MFG_API Variable product_norms(const Variable& w, const Variable& t, const Variable& k);

/// Arrays of blocks: each row holds `blocks` blocks of n columns, one block a direction of differentiation.
/// t_rj k_rb `[m x blocks*n]`, with k `[m x blocks]`.
MFG_API Variable outer_blocks(const Variable& t, const Variable& k);
/// t_rj v_rbj.
MFG_API Variable scale_blocks(const Variable& t, const Variable& v, Index blocks);
/// sum_c g_bc v_rcj, g symmetric `[blocks x blocks]`.
MFG_API Variable mix_blocks(const Variable& g, const Variable& v, Index blocks);
/// sum_b a_rbj b_rbj `[m x n]`.
MFG_API Variable dot_blocks(const Variable& a, const Variable& b, Index blocks);

}  // namespace mfg
