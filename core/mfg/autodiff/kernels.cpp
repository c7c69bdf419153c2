#include <mfg/autodiff/kernels.hpp>
#include <mfg/base/processor.hpp>

namespace mfg {

Kernels kernels_sse2();
Kernels kernels_avx2();
Kernels kernels_avx512();

const Kernels& kernels()
{
    static const Kernels table = [] {
        switch (instruction_set()) {
            case InstructionSet::avx512:
                return kernels_avx512();
            case InstructionSet::avx2:
                return kernels_avx2();
            case InstructionSet::sse2:
                break;
        }
        return kernels_sse2();
    }();
    return table;
}

}  // namespace mfg
