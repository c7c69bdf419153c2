#include <mfg/pde_system.hpp>
#include <mfg/problem.hpp>

namespace mfg {

Problem::~Problem() = default;

const Density* initial_law(const Problem& problem)
{
    if (const MeanFieldGame* game = problem.mean_field_game()) return &game->initial_density();
    return problem.pde_system() ? problem.pde_system()->initial_density() : nullptr;
}

}  // namespace mfg
