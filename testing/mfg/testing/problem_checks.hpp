#pragma once
#include <mfg/pde_system.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// The pieces of the contract of problems.

/// Checks that samples follow from their stream and have the law that the formula for log rho states: identities of
/// integration by parts within Monte-Carlo error and, for d <= 2, the integral over `space` or, in R^d (none), over a
/// box around the samples. `name` stands before each result.
MFG_API CheckResults check_density(const Density& density, const std::string& name,
                                   const std::optional<Box>& space = {});
/// Whether points `x` `[n x d]` have a law: identities of integration by parts that hold for these only. `jets`: log
/// rho, its gradient and its Laplacian there, `[n x (d + 2)]`.
CheckResult check_law(const Matrix& x, const Matrix& jets, const std::string& name, const std::optional<Box>& space);

/// Checks the interaction of a game, if there is one: a kernel is finite, a function of each squared distance alone,
/// and has the derivative that finite differences show; an attraction is a quadratic form.
CheckResults check_interaction(const MeanFieldGame& game);

/// Checks the formula of another Hamiltonian than the standard one: its derivatives in all arguments against finite
/// differences, that H_pp has the form that is stated, and what follows from it: costs of velocities, and the
/// divergence of the velocity.
CheckResults check_hamiltonian(const MeanFieldGame& game);

/// Checks a game's exact solution, if there is one: Hamilton-Jacobi-Bellman and Kolmogorov equation as methods see them
/// (GameSystem), terminal and initial condition or the normalisations of an ergodic problem, the stated costs against a
/// Monte-Carlo estimate along exact paths, and points of the exact population.
CheckResults check_reference(const MeanFieldGame& game);
/// Checks that points of the exact population, if there are any, have the stated density, and uniform times.
CheckResults check_population(const Problem& problem, const Reference& reference);
/// Checks that the points at which the value is compared by itself, if there are any, are points, with a value that is
/// not zero, and named like no other error.
CheckResults check_points(const Problem& problem, const Reference& reference);

/// Checks a system that was written by hand: points of its boundary, densities and whether agents move; that an ansatz
/// for the conditions keeps them whatever the network; and, if there is an exact solution, that it satisfies all
/// equations, is at no distance from itself by the problem's own measures, and has figures. Means over the population
/// are checked in one dimension.
CheckResults check_system(const PdeSystem& system);

/// Adds the largest residual of an equation at rows of `points`, relative to the largest number among what the equation
/// is about: values if it has no derivatives, else derivatives. Points of interior equations with means over the
/// population come in groups of `residual_agents`, for d = 1 evenly spaced ones that hold all agents at a time.
void add_residual(const PdeSystem& system, const Solution& solution, const Equation& equation, const Matrix& points,
                  WorstError& worst);
constexpr int residual_agents = 400;
/// Whether points of an equation come in such groups.
bool in_groups(const PdeSystem& system, const Equation& equation);

}  // namespace mfg
