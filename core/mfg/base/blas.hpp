#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// C (+)= op(A) op(B), row-major, C is `[m x n]`; `k` is the inner dimension. OpenBLAS, one thread.
MFG_API void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* a, Index a_stride,
                  const Real* b, Index b_stride, Real* c, Index c_stride, bool add);

/// OpenBLAS' name of the kernels in use, e.g. "SkylakeX".
MFG_API const char* blas_kernels();

/// Lets OpenBLAS take the kernels for this processor, one thread, and a buffer for each thread of ours
/// (`thread_limit`). Any other call of BLAS or LAPACK comes after it. An Error if there is no room for the buffers.
MFG_API void prepare_blas();

}  // namespace mfg
