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

class Variable;

/// Element-wise work over arrays, fused so that each pass over memory does as much as it can.
///
/// Arrays are `[rows x columns]` with a row stride; columns are contiguous. There is one table for each instruction
/// set; `kernels()` is the best that the processor runs.
struct Kernels {
    /// An array that is read. Of a column, the stride is the distance of its entries.
    struct In {
        In() = default;
        In(const Real* entries, Index row_stride) : data(entries), stride(row_stride) {}
        In(const Variable& v);
        const Real* row(Index r) const { return data + r * stride; }

        const Real* data = nullptr;
        Index stride = 0;
    };
    /// An array that is added to if `add`, else assigned.
    struct Out {
        Real* row(Index r) const { return data + r * stride; }

        Real* data = nullptr;
        Index stride = 0;
        bool add = false;
    };
    /// Arrays of jets (docs/equations.md, "Second-order jets"): each row holds its components one after the other, n
    /// columns each: value, `directions` first derivatives, and a Laplacian over the first `spatial` of them if
    /// `laplacian`.
    struct Jets {
        Index rows, n;
        int directions, spatial;
        bool laplacian;
    };

    const char* name;

    /// out (+)= sum_i factor_i a_i
    void (*combine)(Index rows, Index columns, Index terms, const Real* factors, const In* a, Out out);
    /// out (+)= factor a o b; `b_step` 0 repeats an entry of b along its row, a stride of 0 repeats the row.
    void (*multiply)(Index rows, Index columns, Real factor, In a, In b, Index b_step, Out out);
    /// out_j (+)= factor sum_r a_rj b_rj; a null b means ones.
    void (*sum_rows)(Index rows, Index columns, Real factor, In a, In b, Out out);
    /// out_r (+)= factor sum_j a_rj b_rj; a null b means ones.
    void (*sum_columns)(Index rows, Index columns, Real factor, In a, In b, Out out);
    /// out_rj (+)= sum_i a_ri b_ij for a few i; the entries of a row of a are `a_step` apart.
    void (*outer_products)(Index rows, Index columns, Index inner, In a, Index a_step, In b, Out out);
    /// out_rj (+)= factor column_r
    void (*spread_column)(Index rows, Index columns, Real factor, In column, Out out);

    /// Value and derivatives of a function at n numbers; null outputs are not computed.
    void (*function[static_cast<int>(Function::count)])(Index n, Real parameter, const Real* y, Real* s0, Real* s1,
                                                        Real* s2, Real* s3);

    /// u_bar, t_bar are adjoints of u = log_cosh(y), t = tanh(y): y_bar (+)= u_bar t + t_bar (1 - t^2). Either may be
    /// null.
    void (*log_cosh_reverse)(Index n, const Real* t, const Real* u_bar, const Real* t_bar, Real* y_bar, bool add);
    /// out_j = sum_r c_r (1 - t_rj^2) y_rj
    void (*slope_sum)(Index rows, Index columns, In c, In t, In y, Real* out);
    /// Adjoints of `slope_sum`: c_bar (laid out as c) is added to; each may be null.
    void (*slope_sum_reverse)(Index rows, Index columns, In c, In t, In y, const Real* out_bar, Real* c_bar, Out t_bar,
                              Out y_bar);

    /// Rows of `blocks` blocks of n columns: out_rbj (+)= factor t_rj v_rbj
    void (*scale_blocks)(Index rows, Index blocks, Index n, Real factor, In t, In v, Out out);
    /// out_rj (+)= factor sum_b a_rbj b_rbj
    void (*sum_blocks)(Index rows, Index blocks, Index n, Real factor, In a, In b, Out out);
    /// Products t_a t_b for a <= b, row by row, are assigned: out is `[m(m+1)/2 x n]`.
    void (*pair_products)(Index m, Index n, In t, Out out);
    /// The adjoint of t is added to.
    void (*pair_products_reverse)(Index m, Index n, In t, In out_bar, Out t_bar);

    /// A function of jets. s1, s2, s3 are `[rows x n]`, derivatives of the function at the values of `y`; its value
    /// stands in `z` already.
    void (*jet_function)(Jets jets, const Real* s1, const Real* s2, In y, Out z);
    void (*jet_function_reverse)(Jets jets, const Real* s1, const Real* s2, const Real* s3, In y, In z_bar, Out y_bar);
    /// The product of two jets is assigned; a stride of 0 repeats a row of f.
    void (*jet_product)(Jets jets, In f, In g, Out z);
    /// The adjoint of f; for that of g exchange the two.
    void (*jet_product_reverse)(Jets jets, In g, In z_bar, Out f_bar);
    /// (1 - g) h + z s of jets is assigned; `in` are g, h, z, s.
    void (*jet_gate)(Jets jets, const In* in, Out out);
    /// All four adjoints at once; each may be null.
    void (*jet_gate_reverse)(Jets jets, const In* in, In out_bar, const Out* bars);
    /// W x + bias with jets x whose feature f depends on the coordinate `direction[f]` alone: a row of x is value,
    /// first and, if `laplacian`, second derivative. A row of out is a jet; all of it is assigned. `bias` may be null.
    void (*jet_diagonal_affine)(Jets jets, Index features, const int* direction, In w, In x, In bias, Out out);
    /// Adds to the adjoint of W.
    void (*jet_diagonal_affine_weight)(Jets jets, Index features, const int* direction, In x, In out_bar, Out w_bar);
};

/// The kernels for this processor.
const Kernels& kernels();

}  // namespace mfg
