#pragma once
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/check.hpp>

#include <string>

namespace mfg {

/// Checks a method on a small instance of every problem that it accepts: each player's loss has the gradient that
/// finite differences show, does not depend on the number of threads, on chance beside its streams or on what was
/// evaluated before, and is the mean of its parts if it says so; the solution knows its fields, their derivatives and
/// the velocity of agents; names, measures and figures fit together; a solver makes its residual smaller and goes on
/// bit for bit from its state. Problems that it refuses it refuses with an Error of one line. A method that accepts
/// none fails.
///
/// Options of the method are `given`; networks, integrator and dimension are what the registry has, small ones.
MFG_API CheckResults check_method(Registry& registry, const std::string& name, const Options::Given& given = {});

}  // namespace mfg
