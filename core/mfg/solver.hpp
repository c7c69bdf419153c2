#pragma once
#include <mfg/base/archive.hpp>
#include <mfg/solution.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mfg {

/// What one step of a solver did.
struct SolverReport {
    Real objective = 0;
    Vector terms;       ///< their sum is the objective
    Real residual = 0;  ///< how far the equations are from being solved, relative; the solver's manual says which
    int level = 0;      ///< from 0
};

/// Solves a problem by its own steps: what a method offers that has nothing to train.
class MFG_API Solver {
public:
    virtual ~Solver();

    virtual std::vector<std::string> terms() const = 0;
    /// The largest number of steps, over all levels.
    virtual std::uint64_t max_steps() const = 0;
    /// One step; goes over to the next level by itself.
    virtual SolverReport step() = 0;
    /// No step is left to do.
    virtual bool finished() const = 0;
    /// The residual on the last level is below the tolerance.
    virtual bool converged() const = 0;
    /// Saves or loads everything that the next step depends on, apart from settings.
    virtual void state(Archive& archive) = 0;
    /// What the solver knows of the quality of its solution.
    virtual Measures measures() const { return {}; }
    /// The state of the solution as a parameter vector of the formulation's layout.
    virtual Vector parameters() const = 0;
};

}  // namespace mfg
