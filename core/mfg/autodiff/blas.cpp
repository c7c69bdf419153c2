#include <mfg/autodiff/blas.hpp>
#include <mfg/autodiff/processor.hpp>
#include <mfg/base/error.hpp>

#include <cblas.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace mfg {
namespace {

/// OpenBLAS, opened at run time. The releases in use do not know newer processors and then fall back to their slowest
/// kernels (six times slower on a 2023 server); the environment variable that names better ones is read when the
/// library is loaded, so it has to be set before.
struct OpenBlas {
    decltype(&cblas_dgemm) dgemm;
    char* (*core_name)();

    OpenBlas()
    {
        const char* wanted = nullptr;
        switch (instruction_set()) {
            case InstructionSet::avx512:
                wanted = "SkylakeX";
                break;
            case InstructionSet::avx2:
                wanted = "Haswell";
                break;
            case InstructionSet::sse2:
                break;
        }
        constexpr int keep = 0;
        if (wanted) setenv("OPENBLAS_CORETYPE", wanted, keep);

        void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        if (!library)
            throw Error(std::string("cannot load OpenBLAS: ") + dlerror() +
                        "; install the package libopenblas0-pthread");
        dgemm = symbol<decltype(dgemm)>(library, "cblas_dgemm");
        core_name = symbol<decltype(core_name)>(library, "openblas_get_corename");
        // Threads work on tiles of samples; a product within a tile runs in the thread that asks for it.
        symbol<void (*)(int)>(library, "openblas_set_num_threads")(1);
    }

    template <class Pointer>
    static Pointer symbol(void* library, const char* name)
    {
        void* address = dlsym(library, name);
        if (!address)
            throw Error(std::string("OpenBLAS has no ") + name + "; install the package libopenblas0-pthread");
        return reinterpret_cast<Pointer>(address);
    }
};

const OpenBlas& openblas()
{
    static const OpenBlas library;
    return library;
}

}  // namespace

void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const Real* a, int a_stride, const Real* b,
          int b_stride, Real* c, int c_stride, bool add)
{
    if (m == 0 || n == 0) return;
    openblas().dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m,
                     n, k, 1, a, std::max(1, a_stride), b, std::max(1, b_stride), add ? 1 : 0, c,
                     std::max(1, c_stride));
}

const char* blas_kernels()
{
    return openblas().core_name();
}

}  // namespace mfg
