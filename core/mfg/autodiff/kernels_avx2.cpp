#include <mfg/autodiff/kernels_impl.hpp>

namespace mfg {

Kernels kernels_avx2()
{
    return VectorKernels<xsimd::fma3<xsimd::avx2>>::table("avx2");
}

}  // namespace mfg
