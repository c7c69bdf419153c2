#include <mfg/base/error.hpp>

namespace mfg {

// Out of line, so that each type has one vtable and one type_info in the whole process.
Error::~Error() = default;
UsageError::~UsageError() = default;
UnsupportedProblem::~UnsupportedProblem() = default;
NumericalError::~NumericalError() = default;

}  // namespace mfg
