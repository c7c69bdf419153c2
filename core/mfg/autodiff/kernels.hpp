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
    void (*combine)(int rows, int columns, int terms, const Real* factors, const Real* const* a, const int* a_strides,
                    Real* out, int out_stride, bool add);
    /// out (+)= factor a o b; `b_step` 0 repeats an entry of b along its row, a `b_stride` of 0 repeats the row.
    void (*multiply)(int rows, int columns, Real factor, const Real* a, int a_stride, const Real* b, int b_stride,
                     int b_step, Real* out, int out_stride, bool add);
    /// out_j (+)= factor sum_r a_rj b_rj; a null b means ones.
    void (*sum_rows)(int rows, int columns, Real factor, const Real* a, int a_stride, const Real* b, int b_stride,
                     Real* out, bool add);
    /// out_r (+)= factor sum_j a_rj b_rj; a null b means ones. Output entries are `out_step` apart.
    void (*sum_columns)(int rows, int columns, Real factor, const Real* a, int a_stride, const Real* b, int b_stride,
                        Real* out, int out_step, bool add);
    /// out_rj (+)= factor column_r
    void (*spread_column)(int rows, int columns, Real factor, const Real* column, int column_step, Real* out,
                          int out_stride, bool add);

    /// Value and derivatives of a function at n numbers; null outputs are not computed.
    void (*function[static_cast<int>(Function::count)])(int n, Real parameter, const Real* y, Real* s0, Real* s1,
                                                        Real* s2, Real* s3);

    /// u_bar, t_bar are adjoints of u = log_cosh(y), t = tanh(y): y_bar (+)= u_bar t + t_bar (1 - t^2). Either may be
    /// null.
    void (*log_cosh_reverse)(int n, const Real* t, const Real* u_bar, const Real* t_bar, Real* y_bar, bool add);
    /// out_j = sum_r c_r (1 - t_rj^2) y_rj
    void (*slope_sum)(int rows, int columns, const Real* c, int c_step, const Real* t, int t_stride, const Real* y,
                      int y_stride, Real* out);
    /// Adjoints of `slope_sum`: c_bar (laid out as c) is added to, t_bar and y_bar by their `add`; each may be null.
    void (*slope_sum_reverse)(int rows, int columns, const Real* c, int c_step, const Real* t, int t_stride,
                              const Real* y, int y_stride, const Real* out_bar, Real* c_bar, Real* t_bar,
                              int t_bar_stride, bool add_t, Real* y_bar, int y_bar_stride, bool add_y);

    /// Rows of `blocks` blocks of n columns: out_rbj (+)= factor t_rj v_rbj
    void (*scale_blocks)(int rows, int blocks, int n, Real factor, const Real* t, int t_stride, const Real* v,
                         int v_stride, Real* out, int out_stride, bool add);
    /// out_rj (+)= factor sum_b a_rbj b_rbj
    void (*sum_blocks)(int rows, int blocks, int n, Real factor, const Real* a, int a_stride, const Real* b,
                       int b_stride, Real* out, int out_stride, bool add);
    /// Products t_a t_b for a <= b, row by row: out is `[m(m+1)/2 x n]`.
    void (*pair_products)(int m, int n, const Real* t, int t_stride, Real* out, int out_stride);
    void (*pair_products_reverse)(int m, int n, const Real* t, int t_stride, const Real* out_bar, int out_stride,
                                  Real* t_bar, int t_bar_stride);

    /// A function of jets (docs/equations.md, "Second-order jets"). Each row of a jet array holds its components one
    /// after the other, n columns each: value, `directions` first derivatives, and a Laplacian over the first `spatial`
    /// of them if `laplacian`. s1, s2, s3 are `[rows x n]`, derivatives of the function at the values of `y`; its value
    /// stands in `z` already.
    void (*jet_function)(int rows, int n, int directions, int spatial, bool laplacian, const Real* s1, const Real* s2,
                         const Real* y, int y_stride, Real* z, int z_stride);
    void (*jet_function_reverse)(int rows, int n, int directions, int spatial, bool laplacian, const Real* s1,
                                 const Real* s2, const Real* s3, const Real* y, int y_stride, const Real* z_bar,
                                 int z_stride, Real* y_bar, int y_bar_stride, bool add);
    /// The product of two jets; a stride of 0 repeats a row of f.
    void (*jet_product)(int rows, int n, int directions, int spatial, bool laplacian, const Real* f, int f_stride,
                        const Real* g, int g_stride, Real* z, int z_stride);
    /// The adjoint of f; for that of g exchange the two.
    void (*jet_product_reverse)(int rows, int n, int directions, int spatial, bool laplacian, const Real* g,
                                int g_stride, const Real* z_bar, int z_stride, Real* f_bar, int f_stride, bool add);
    /// (1 - g) h + z s of jets; `in` are g, h, z, s.
    void (*jet_gate)(int rows, int n, int directions, int spatial, bool laplacian, const Real* const* in,
                     const int* strides, Real* out, int out_stride);
    /// All four adjoints at once, laid out as `in`; each may be null and has its own `add`.
    void (*jet_gate_reverse)(int rows, int n, int directions, int spatial, bool laplacian, const Real* const* in,
                             const int* strides, const Real* out_bar, int out_stride, Real* const* bars,
                             const bool* add);
    /// W x + bias with jets x whose feature f depends on the coordinate `direction[f]` alone: a row of x is value,
    /// first and, if `laplacian`, second derivative. A row of out is a jet; all of it is assigned. `bias` may be null.
    void (*jet_diagonal_affine)(int rows, int features, int n, int directions, int spatial, bool laplacian,
                                const int* direction, const Real* w, int w_stride, const Real* x, int x_stride,
                                const Real* bias, int bias_step, Real* out, int out_stride);
    /// Adds to the adjoint of W.
    void (*jet_diagonal_affine_weight)(int rows, int features, int n, int directions, int spatial, bool laplacian,
                                       const int* direction, const Real* x, int x_stride, const Real* out_bar,
                                       int out_stride, Real* w_bar, int w_stride);
};

/// The kernels for this processor.
const Kernels& kernels();

}  // namespace mfg
