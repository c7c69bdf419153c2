#pragma once
#include <mfg/integrator.hpp>
#include <mfg/method.hpp>
#include <mfg/network.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/problem.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Loads a plugin, given as a name or a file, and checks everything that its kind promises; one with an option
/// `dimension` that is not `given` in several dimensions. Throws an Error where the plugin cannot be loaded or refuses
/// its options; what it throws later is a failed check.
MFG_API CheckResults check_plugin(Registry& registry, const std::string& kind, const std::string& name,
                                  const Options::Given& given = {});

/// Checks what methods rely on: settings that make sense, densities that fit their samples, derivatives of costs and
/// drift against finite differences, samples that do not depend on each other, and, if there is an exact solution,
/// that it satisfies the equations and has the stated costs. Takes seconds.
MFG_API CheckResults check_problem(const Problem& problem);

/// Evaluates once what a training or a solver of the formulation evaluates in each iteration. Throws an Error where
/// that is refused; an objective that is not finite is a failed check.
MFG_API CheckResult check_first_step(const Formulation& formulation);

/// Checks what methods rely on, for inputs of 1, 2 and 10 dimensions with and without time, at starting values and at
/// larger random parameters: derivatives of the value and adjoints of all results against finite differences, closed
/// forms against jets, samples that do not depend on each other, starting values, names of blocks, and that every
/// parameter matters.
MFG_API CheckResults check_network(const Network& network);

/// Checks the stated order on a nonlinear system that depends on time, forward and backward, exactness where only time
/// enters, the way back to the start, parts without a derivative, and derivatives of the result on the tape.
MFG_API CheckResults check_integrator(const Integrator& integrator);

/// Checks what the trainer relies on: an optimizer decreases each test objective, repeats its run after `reset()`, goes
/// on bit for bit after saving and loading, leaves the parameters alone when it reports no progress, and never makes
/// them infinite or NaN. Takes about a second; the optimizer is left in its initial state.
MFG_API CheckResults check_optimizer(Optimizer& optimizer);
/// Checks that a new object goes on bit for bit with the state of a used one. Both have the same settings.
MFG_API CheckResult check_state_in_new_object(Optimizer& used, Optimizer& fresh);

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
