#pragma once
#include <mfg/method.hpp>
#include <mfg/testing/check.hpp>

#include <set>

namespace mfg {

/// The pieces of the contract of methods.

/// What the trainer relies on of player number `player`: names, samples, terms and their gradient at `parameters`.
/// `twin` is a second formulation of the same settings.
CheckResults check_player(const Formulation& formulation, const Formulation& twin, std::size_t player,
                          const Vector& parameters);
/// Terms, steps and state of the solver, and that the solution follows from its parameters.
CheckResults check_solver(const Formulation& formulation);
/// Fields at points, velocities, measures, what is followed of them, and figures of the solution for `parameters`.
CheckResults check_solution(const Formulation& formulation, const Vector& parameters);

/// Checks that figures can be saved and drawn: figures have words as names, each its own, and so have the files of
/// their panels; all numbers are finite; shapes, labels and times fit together.
MFG_API CheckResult check_figures(const std::vector<Figure>& figures, const std::string& what);

/// Names of the blocks that are computed from others instead of trained.
std::set<std::string> computed_blocks(const Formulation& formulation, const Vector& parameters);
/// Adds the errors of a gradient at `here`, compared with finite differences of `value` in two random directions of
/// each block. Computed blocks take no part: their gradients may be zero.
void compare_gradient(const std::function<Real(const Vector&)>& value, const Vector& here, const Vector& gradient,
                      const std::vector<ParameterLayout::Entry>& blocks, const std::set<std::string>& computed,
                      const std::string& where, WorstError& worst);

bool is_word(const std::string& name);
/// Why a list of names cannot head columns; empty if it can.
std::string broken_names(const std::vector<std::string>& names);

}  // namespace mfg
