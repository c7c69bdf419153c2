#include <mfg/problem.hpp>

namespace mfg {

Problem::~Problem() = default;

}  // namespace mfg
