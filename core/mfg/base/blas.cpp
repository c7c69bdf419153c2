#include <mfg/base/blas.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/base/processor.hpp>

#include <cblas.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

// Parts of OpenBLAS that its headers do not declare; a library built for one processor, or with other threads, may lack
// them.
extern "C" {
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void* blas_memory_alloc(int);
[[gnu::weak]] void blas_memory_free(void*);

/// Takes the place of OpenBLAS's own function, which starts a thread for each core when the library is loaded. We never
/// use them, but each takes a buffer, and under a limit of the address space waits for it at full speed for ever; even
/// the end of the process then waits for the thread.
MFG_API int blas_thread_init()
{
    return 0;
}
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

/// OpenBLAS keeps as many buffers as there are products at once. Where it gets no memory for one, it tries again for
/// ever: under a limit of the address space (`ulimit -v`, batch systems) the program would never end. So all are made
/// at once, before the first product, and only if there is room. Nothing is written to them yet: they take addresses,
/// not memory.
void make_buffers()
{
    constexpr std::size_t buffer = std::size_t{128} << 20, spare = std::size_t{16} << 20;
    constexpr int most = 128;  // OpenBLAS has places for about so many
    if (!blas_memory_alloc || !blas_memory_free) return;
    const int count = std::min(thread_limit(), most);
    const std::size_t bytes = static_cast<std::size_t>(count) * buffer + spare;
    // Only OpenBLAS's own mappings count as memory that may be used.
    void* room = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        throw Error(
            fmt::format("out of memory: products of matrices need {} MiB of address space with --threads {}; "
                        "raise the limit (ulimit -v), or use fewer threads",
                        bytes >> 20, count));
    ::munmap(room, bytes);
    std::vector<void*> buffers(count);
    for (void*& b : buffers) b = blas_memory_alloc(0);
    for (void* b : buffers) blas_memory_free(b);
}

}  // namespace

void prepare_blas()
{
    static const bool prepared = [] {
        choose_kernels();
        // Threads work on tiles of samples; a product within a tile runs in the thread that asks for it.
        openblas_set_num_threads(1);
        make_buffers();
        return true;
    }();
    static_cast<void>(prepared);
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* a, Index a_stride, const Real* b,
          Index b_stride, Real* c, Index c_stride, bool add)
{
    if (m == 0 || n == 0) return;
    prepare_blas();
    const auto size = [](Index i) { return static_cast<blasint>(i); };
    const auto stride = [](Index i) { return static_cast<blasint>(std::max<Index>(1, i)); };
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
                size(m), size(n), size(k), 1, a, stride(a_stride), b, stride(b_stride), add ? 1 : 0, c,
                stride(c_stride));
}

const char* blas_kernels()
{
    prepare_blas();
    return openblas_get_corename();
}

}  // namespace mfg
