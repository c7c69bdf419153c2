#include <mfg/autodiff/kernels_impl.hpp>

namespace mfg {

Kernels kernels_avx512()
{
    return VectorKernels<xsimd::avx512bw>::table("avx512");
}

}  // namespace mfg
