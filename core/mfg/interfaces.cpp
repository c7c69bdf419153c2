#include <mfg/method.hpp>
#include <mfg/multi_population_game.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/pde_system.hpp>

#include <algorithm>

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

Real MultiPopulationGame::viscosity() const
{
    Real largest = 0;
    for (int k = 0; k < populations(); ++k) largest = std::max(largest, population(k).viscosity());
    return largest;
}

const Problem& population_of(const Problem& problem, int k)
{
    const MultiPopulationGame* all = problem.multi_population_game();
    return all ? all->population(k) : problem;
}

std::string why_not_one_game(const Problem& problem)
{
    return problem.multi_population_game() ? "has several populations, and the method is for games of one"
                                           : "is not a mean field game in standard form, which the method needs";
}

}  // namespace mfg
