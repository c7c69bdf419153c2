#pragma once
#include <mfg/base/array.hpp>

namespace mfg {

/// Scalar functions that formulas and activations are made of. A kernel gives value and up to three derivatives.
enum class Function {
    exponential,
    logarithm,
    sine,
    cosine,
    hyperbolic_tangent,
    log_cosh,  ///< |y| + log(1 + exp(-2|y|)): sigma in docs/equations.md, "Residual network"
    square_root,
    square,
    reciprocal,
    absolute,
    power,  ///< y^parameter, y > 0
    count
};

/// Element-wise work over arrays, fused so that each pass over memory does as much as it can.
///
/// Arrays are `[rows x columns]` with a row stride; columns are contiguous. `add` means that the output is added to,
/// else it is assigned. There is one table for each instruction set; `kernels()` is the best that the processor runs.
struct Kernels {
    const char* name;

    /// out (+)= sum_i factor_i a_i
    void (*combine)(Index rows, Index columns, Index terms, const Real* factors, const Real* const* a,
                    const Index* a_strides, Real* out, Index out_stride, bool add);
    /// out (+)= factor a o b; `b_step` 0 repeats an entry of b along its row, a `b_stride` of 0 repeats the row.
    void (*multiply)(Index rows, Index columns, Real factor, const Real* a, Index a_stride, const Real* b,
                     Index b_stride, Index b_step, Real* out, Index out_stride, bool add);
    /// out_j (+)= factor sum_r a_rj b_rj; a null b means ones.
    void (*sum_rows)(Index rows, Index columns, Real factor, const Real* a, Index a_stride, const Real* b,
                     Index b_stride, Real* out, bool add);
    /// out_r (+)= factor sum_j a_rj b_rj; a null b means ones. Output entries are `out_step` apart.
    void (*sum_columns)(Index rows, Index columns, Real factor, const Real* a, Index a_stride, const Real* b,
                        Index b_stride, Real* out, Index out_step, bool add);
    /// out_rj (+)= factor column_r
    void (*spread_column)(Index rows, Index columns, Real factor, const Real* column, Index column_step, Real* out,
                          Index out_stride, bool add);

    /// Value and derivatives of a function at n numbers; null outputs are not computed.
    void (*function[static_cast<int>(Function::count)])(Index n, Real parameter, const Real* y, Real* s0, Real* s1,
                                                        Real* s2, Real* s3);

    /// u_bar, t_bar are adjoints of u = log_cosh(y), t = tanh(y): y_bar (+)= u_bar t + t_bar (1 - t^2). Either may be
    /// null.
    void (*log_cosh_reverse)(Index n, const Real* t, const Real* u_bar, const Real* t_bar, Real* y_bar, bool add);
    /// out_j = sum_r c_r (1 - t_rj^2) y_rj
    void (*slope_sum)(Index rows, Index columns, const Real* c, Index c_step, const Real* t, Index t_stride,
                      const Real* y, Index y_stride, Real* out);
    /// Adjoints of `slope_sum`: c_bar (laid out as c) is added to, t_bar and y_bar by their `add`; each may be null.
    void (*slope_sum_reverse)(Index rows, Index columns, const Real* c, Index c_step, const Real* t, Index t_stride,
                              const Real* y, Index y_stride, const Real* out_bar, Real* c_bar, Real* t_bar,
                              Index t_bar_stride, bool add_t, Real* y_bar, Index y_bar_stride, bool add_y);

    /// Rows of `blocks` blocks of n columns: out_rbj (+)= factor t_rj v_rbj
    void (*scale_blocks)(Index rows, Index blocks, Index n, Real factor, const Real* t, Index t_stride, const Real* v,
                         Index v_stride, Real* out, Index out_stride, bool add);
    /// out_rj (+)= factor sum_b a_rbj b_rbj
    void (*sum_blocks)(Index rows, Index blocks, Index n, Real factor, const Real* a, Index a_stride, const Real* b,
                       Index b_stride, Real* out, Index out_stride, bool add);
    /// Products t_a t_b for a <= b, row by row: out is `[m(m+1)/2 x n]`.
    void (*pair_products)(Index m, Index n, const Real* t, Index t_stride, Real* out, Index out_stride);
    void (*pair_products_reverse)(Index m, Index n, const Real* t, Index t_stride, const Real* out_bar,
                                  Index out_stride, Real* t_bar, Index t_bar_stride);

    /// A function of jets (docs/equations.md, "Second-order jets"). Each row of a jet array holds its components one
    /// after the other, n columns each: value, `directions` first derivatives, and a Laplacian over the first `spatial`
    /// of them if `laplacian`. s1, s2, s3 are `[rows x n]`, derivatives of the function at the values of `y`; its value
    /// stands in `z` already.
    void (*jet_function)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* s1,
                         const Real* s2, const Real* y, Index y_stride, Real* z, Index z_stride);
    void (*jet_function_reverse)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* s1,
                                 const Real* s2, const Real* s3, const Real* y, Index y_stride, const Real* z_bar,
                                 Index z_stride, Real* y_bar, Index y_bar_stride, bool add);
    /// The product of two jets; a stride of 0 repeats a row of f.
    void (*jet_product)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* f, Index f_stride,
                        const Real* g, Index g_stride, Real* z, Index z_stride);
    /// The adjoint of f; for that of g exchange the two.
    void (*jet_product_reverse)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* g,
                                Index g_stride, const Real* z_bar, Index z_stride, Real* f_bar, Index f_stride,
                                bool add);
    /// (1 - g) h + z s of jets; `in` are g, h, z, s.
    void (*jet_gate)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* const* in,
                     const Index* strides, Real* out, Index out_stride);
    /// All four adjoints at once, laid out as `in`; each may be null and has its own `add`.
    void (*jet_gate_reverse)(Index rows, Index n, int directions, int spatial, bool laplacian, const Real* const* in,
                             const Index* strides, const Real* out_bar, Index out_stride, Real* const* bars,
                             const bool* add);
    /// W x + bias with jets x whose feature f depends on the coordinate `direction[f]` alone: a row of x is value,
    /// first and, if `laplacian`, second derivative. A row of out is a jet; all of it is assigned. `bias` may be null.
    void (*jet_diagonal_affine)(Index rows, Index features, Index n, int directions, int spatial, bool laplacian,
                                const int* direction, const Real* w, Index w_stride, const Real* x, Index x_stride,
                                const Real* bias, Index bias_step, Real* out, Index out_stride);
    /// Adds to the adjoint of W.
    void (*jet_diagonal_affine_weight)(Index rows, Index features, Index n, int directions, int spatial, bool laplacian,
                                       const int* direction, const Real* x, Index x_stride, const Real* out_bar,
                                       Index out_stride, Real* w_bar, Index w_stride);
};

/// The kernels for this processor.
const Kernels& kernels();

}  // namespace mfg
