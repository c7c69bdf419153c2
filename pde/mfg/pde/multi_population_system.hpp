#pragma once
#include <mfg/multi_population_game.hpp>
#include <mfg/pde/game_system.hpp>

#include <vector>

namespace mfg {

/// The equations of a game of several populations: those of each among the others (GameSystem), one after the other.
class MFG_API MultiPopulationSystem final : public PdeSystem {
public:
    /// `form`: log_density or density. The game outlives this object. Throws an Error that says why if it has no such
    /// equations.
    MultiPopulationSystem(const MultiPopulationGame& game, std::optional<Unknown::Role> form);

    const MultiPopulationGame* multi_population_game() const override { return &game_; }

    int dimension() const override { return game_.dimension(); }
    Real horizon() const override { return game_.horizon(); }
    Real viscosity() const override { return game_.viscosity(); }
    bool stationary() const override { return game_.stationary(); }
    bool periodic() const override { return game_.periodic(); }
    std::optional<Box> domain() const override { return game_.domain(); }
    Window window() const override { return game_.window(); }

    std::vector<Unknown> unknowns() const override;
    std::vector<std::string> constants() const override;
    std::vector<Equation> equations() const override;
    bool value_up_to_constant() const override { return systems_.front().value_up_to_constant(); }
    bool has_formula_for_constant() const override { return systems_.front().has_formula_for_constant(); }
    Estimate refined_constant(const Solution& solution, const DrawnPoints& points, Index number = 0) const override
    {
        return systems_[number].refined_constant(solution, points);
    }
    bool has_hard_condition(std::string_view unknown) const override
    {
        return system_of(unknown).has_hard_condition(unknown);
    }
    Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const override
    {
        return system_of(unknown).hard_condition(unknown, x, t, network);
    }
    /// Those of each population, with its number in their names.
    Measures measures(const Solution& solution, const RandomStream& stream, int samples) const override;

private:
    const GameSystem& system_of(std::string_view unknown) const;

    const MultiPopulationGame& game_;
    std::vector<GameSystem> systems_;
};

}  // namespace mfg
