#pragma once
#include <mfg/base/export.hpp>

namespace mfg {

enum class InstructionSet { sse2, avx2, avx512 };

/// The best instruction set that this processor (and operating system) runs and that we have kernels for. The
/// environment variable MFG_INSTRUCTION_SET (sse2, avx2, avx512) lowers it, for tests and comparisons.
MFG_API InstructionSet instruction_set();

}  // namespace mfg
