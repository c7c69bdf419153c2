#include <mfg/solver.hpp>

namespace mfg {

Solver::~Solver() = default;

}  // namespace mfg
