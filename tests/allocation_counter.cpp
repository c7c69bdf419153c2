#include "allocation_counter.hpp"

#include <link.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

/// Where OpenBLAS lies in memory: some of its kernels for small products take a scratch buffer from the heap at each
/// call, which is not ours to mend and is left out.
std::atomic<std::uintptr_t> blas_begin{0}, blas_end{0};

int find_blas(dl_phdr_info* library, std::size_t, void*)
{
    if (!std::strstr(library->dlpi_name, "openblas")) return 0;
    for (int i = 0; i < library->dlpi_phnum; ++i) {
        const auto& segment = library->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X)) continue;
        blas_begin = library->dlpi_addr + segment.p_vaddr;
        blas_end = blas_begin + segment.p_memsz;
    }
    return 1;
}

}  // namespace

AllocationCount::AllocationCount()
{
    dl_iterate_phdr(find_blas, nullptr);
    allocations = 0;
    counting = true;
}
AllocationCount::~AllocationCount()
{
    counting = false;
}
int AllocationCount::count() const
{
    return allocations;
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
namespace {

void count_allocation(const void* caller)
{
    const auto address = reinterpret_cast<std::uintptr_t>(caller);
    if (!counting.load(std::memory_order_relaxed) || (address >= blas_begin && address < blas_end)) return;
    allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

bool counts_allocations()
{
    return true;
}

// These take the place of the C library's functions in the whole process; operator new ends here, too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) noexcept
{
    count_allocation(__builtin_return_address(0));
    return __libc_malloc(bytes);
}
void* calloc(std::size_t number, std::size_t bytes) noexcept
{
    count_allocation(__builtin_return_address(0));
    return __libc_calloc(number, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept
{
    count_allocation(__builtin_return_address(0));
    return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept
{
    count_allocation(__builtin_return_address(0));
    return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept
{
    return memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept
{
    *memory = memalign(alignment, bytes);
    return *memory ? 0 : 12;  // ENOMEM
}
}
#else
bool counts_allocations()
{
    return false;
}
#endif
