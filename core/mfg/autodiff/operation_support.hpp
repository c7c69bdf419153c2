#pragma once
/// What implementations of operations share; not for users.

#include <mfg/autodiff/kernels.hpp>
#include <mfg/autodiff/tape.hpp>
#include <mfg/base/blas.hpp>

#include <initializer_list>

namespace mfg {

/// Throws an Error with the name of the operation and the shapes of its arguments.
[[noreturn]] void fail_shapes(const char* operation, std::initializer_list<Variable> arguments);

/// Operations are called by plugins: arguments that do not fit together are an Error, not memory out of bounds.
template <class... Variables>
void require_shapes(bool fit, const char* operation, const Variables&... arguments)
{
    if (!fit) fail_shapes(operation, {arguments...});
}

inline bool same_shape(const Variable& a, const Variable& b)
{
    return a.rows() == b.rows() && a.columns() == b.columns();
}

inline Kernels::In::In(const Variable& v) : data(v.data()), stride(v.stride()) {}

/// A new result for a kernel that assigns it; one for a kernel that adds to it.
inline Kernels::Out assigned(const Variable& result)
{
    return {result.write(), result.stride(), false};
}
inline Kernels::Out added(const Variable& result)
{
    return {result.write(), result.stride(), true};
}

/// The adjoint of `v` for a kernel that assigns or adds to every entry; for one that adds.
inline Kernels::Out adjoint(Tape& tape, const Variable& v)
{
    bool fresh = false;
    Real* memory = tape.adjoint(v, fresh);
    return {memory, v.stride(), !fresh};
}
inline Kernels::Out added_adjoint(Tape& tape, const Variable& v)
{
    return {tape.adjoint(v), v.stride(), true};
}

/// C (+)= op(A) op(B) as `gemm` of base has it.
inline void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, Kernels::In a, Kernels::In b,
                 Kernels::Out c)
{
    gemm(transpose_a, transpose_b, m, n, k, a.data, a.stride, b.data, b.stride, c.data, c.stride, c.add);
}

/// One operation an entry.
inline double operations_of(const Variable& v)
{
    return static_cast<double>(v.size());
}

/// Operations of sum_i factor_i a_i for each entry: factors of 1 cost nothing, and neither does a first addition.
inline Index operations_of_sum(Index terms, const Real* factors, bool add)
{
    Index products = 0;
    for (Index i = 0; i < terms; ++i) products += factors[i] != 1;
    return products + terms - (add ? 0 : 1);
}

}  // namespace mfg
