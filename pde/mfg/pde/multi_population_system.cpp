#include <mfg/base/error.hpp>
#include <mfg/game/population_view.hpp>
#include <mfg/pde/multi_population_system.hpp>

namespace mfg {
namespace {

/// The lists of all systems, one after the other.
template <class Item>
std::vector<Item> joined(const std::vector<GameSystem>& systems, std::vector<Item> (GameSystem::*list)() const)
{
    std::vector<Item> all;
    for (const GameSystem& system : systems)
        for (Item& item : (system.*list)()) all.push_back(std::move(item));
    return all;
}

}  // namespace

MultiPopulationSystem::MultiPopulationSystem(const MultiPopulationGame& game, std::optional<Unknown::Role> form)
    : game_(game)
{
    const auto box = game.domain();
    if (box && box->has_walls())
        throw UnsupportedProblem("equations of the game: several populations in a box do not meet its walls");
    if (!game.periodic() && !box)
        throw UnsupportedProblem(
            "equations of the game: several populations need a torus or a box, where points are the same for all");
    // Their equations refer to the systems, which have to stay where they are.
    systems_.reserve(game.populations());
    for (int k = 0; k < game.populations(); ++k) {
        const MeanFieldGame& own = game.population(k);
        systems_.emplace_back(own, form, own.coupling(), GameSystem::Walls::even,
                              GameSystem::Among{k, game.populations()});
    }
}

std::vector<Unknown> MultiPopulationSystem::unknowns() const
{
    return joined(systems_, &GameSystem::unknowns);
}

std::vector<std::string> MultiPopulationSystem::constants() const
{
    return joined(systems_, &GameSystem::constants);
}

std::vector<Equation> MultiPopulationSystem::equations() const
{
    return joined(systems_, &GameSystem::equations);
}

Measures MultiPopulationSystem::measures(const Solution& solution, const RandomStream& stream, int samples) const
{
    Measures all;
    const std::vector<OnePopulation> views = populations_of(solution);
    for (std::size_t k = 0; k < views.size(); ++k)
        for (const auto& [group, numbers] : systems_[k].measures(*views[k].solution, stream.part(k), samples))
            for (const auto& [name, value] : numbers) all[group][name + views[k].suffix] = value;
    return all;
}

const GameSystem& MultiPopulationSystem::system_of(std::string_view unknown) const
{
    for (const GameSystem& system : systems_)
        for (const Unknown& own : system.unknowns())
            if (own.name == unknown) return system;
    throw Error("game: there is no unknown '" + std::string(unknown) + "'");
}

}  // namespace mfg
