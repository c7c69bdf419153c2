#pragma once
#include <mfg/pde_system.hpp>
#include <mfg/testing/worst_error.hpp>

namespace mfg {

/// Adds the largest residual of an equation at rows of `points`, relative to the largest number among what the equation
/// is about: values if it has no derivatives, else derivatives. Points of interior equations with means over the
/// population come in groups of `residual_agents`, for d = 1 evenly spaced ones that hold all agents at a time.
void add_residual(const PdeSystem& system, const Solution& solution, const Equation& equation, const Matrix& points,
                  WorstError& worst);
constexpr int residual_agents = 400;
/// Whether points of an equation come in such groups.
bool in_groups(const PdeSystem& system, const Equation& equation);

}  // namespace mfg
