#include <mfg/base/blas.hpp>
#include <mfg/base/processor.hpp>

#include <cblas.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

// Parts of OpenBLAS that its headers do not declare; a library built for one processor lacks them.
extern "C" {
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace mfg {
namespace {

/// OpenBLAS chooses its kernels by the processor's model when it is loaded. A release that does not know the model
/// takes its slowest kernels: Debian 12's is six times slower on some servers of 2023. We choose by instruction set.
/// Only the environment names kernels, and OpenBLAS reads it before any code of ours runs: so its choice is repeated.
/// Nothing but this file has to know, whatever program or Python module loads the library. A choice that the user made
/// in the environment stays.
void choose_kernels()
{
    constexpr const char* variable = "OPENBLAS_CORETYPE";
    const InstructionSet set = instruction_set();
    if (set == InstructionSet::sse2 || std::getenv(variable) || !gotoblas_dynamic_init || !gotoblas_dynamic_quit)
        return;
    const char* kernels = set == InstructionSet::avx512 ? "SkylakeX" : "Haswell";
    if (std::string_view(openblas_get_corename()) == kernels) return;
    setenv(variable, kernels, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv(variable);
}

}  // namespace

void prepare_blas()
{
    static const bool prepared = [] {
        choose_kernels();
        // Threads work on tiles of samples; a product within a tile runs in the thread that asks for it.
        openblas_set_num_threads(1);
        return true;
    }();
    static_cast<void>(prepared);
}

void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const Real* a, int a_stride, const Real* b,
          int b_stride, Real* c, int c_stride, bool add)
{
    if (m == 0 || n == 0) return;
    prepare_blas();
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n,
                k, 1, a, std::max(1, a_stride), b, std::max(1, b_stride), add ? 1 : 0, c, std::max(1, c_stride));
}

const char* blas_kernels()
{
    prepare_blas();
    return openblas_get_corename();
}

}  // namespace mfg
