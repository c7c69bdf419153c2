#include <mfg/base/error.hpp>
#include <mfg/base/processor.hpp>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace mfg {
namespace {

InstructionSet best_instruction_set()
{
    // The compiler's run-time library checks that the operating system saves the registers, too.
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return InstructionSet::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return InstructionSet::avx2;
    return InstructionSet::sse2;
}

}  // namespace

InstructionSet instruction_set()
{
    static const InstructionSet chosen = [] {
        const InstructionSet best = best_instruction_set();
        const char* wish = std::getenv("MFG_INSTRUCTION_SET");
        if (!wish) return best;
        const std::string_view name(wish);
        if (name == "sse2") return InstructionSet::sse2;
        if (name == "avx2") return std::min(best, InstructionSet::avx2);
        if (name == "avx512") return best;
        throw Error("MFG_INSTRUCTION_SET must be sse2, avx2 or avx512");
    }();
    return chosen;
}

}  // namespace mfg
