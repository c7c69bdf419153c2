#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// C (+)= op(A) op(B), row-major, C is `[m x n]`; `k` is the inner dimension. OpenBLAS, one thread.
MFG_API void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const Real* a, int a_stride, const Real* b,
                  int b_stride, Real* c, int c_stride, bool add);

/// OpenBLAS' name of the kernels in use, e.g. "SkylakeX".
MFG_API const char* blas_kernels();

/// Lets OpenBLAS take the kernels for this processor, and one thread. Any other call of BLAS or LAPACK comes after it.
MFG_API void prepare_blas();

}  // namespace mfg
