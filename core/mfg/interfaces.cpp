#include <mfg/method.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/pde_system.hpp>

namespace mfg {

// Out of line, so that each type has one vtable and one type_info in the whole process.
Problem::~Problem() = default;
Network::~Network() = default;
OdeSystem::~OdeSystem() = default;
Integrator::~Integrator() = default;
LeastSquares::~LeastSquares() = default;
Objective::~Objective() = default;
Optimizer::~Optimizer() = default;
Sampler::~Sampler() = default;
Loss::~Loss() = default;
Solver::~Solver() = default;
Formulation::~Formulation() = default;
Method::~Method() = default;
Solution::~Solution() = default;

const Density* initial_law(const Problem& problem)
{
    if (const MeanFieldGame* game = problem.mean_field_game()) return &game->initial_density();
    return problem.pde_system() ? problem.pde_system()->initial_density() : nullptr;
}

}  // namespace mfg
