#include <mfg/optimizer.hpp>

namespace mfg {

// Out of line, so that each type has one vtable and one type_info in the whole process.
Objective::~Objective() = default;
Optimizer::~Optimizer() = default;

void Optimizer::plan(std::uint64_t) {}

}  // namespace mfg
