#pragma once
#include <mfg/integrator.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Checks the stated order on a nonlinear system that depends on time, forward and backward, exactness where only time
/// enters, the way back to the start, parts without a derivative, and derivatives of the result on the tape.
MFG_API CheckResults check_integrator(const Integrator& integrator);

}  // namespace mfg
