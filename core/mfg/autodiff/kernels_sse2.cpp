#include <mfg/autodiff/kernels_impl.hpp>

namespace mfg {

Kernels kernels_sse2()
{
    return VectorKernels<xsimd::sse2>::table("sse2");
}

}  // namespace mfg
