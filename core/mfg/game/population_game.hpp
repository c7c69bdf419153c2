#pragma once
#include <mfg/multi_population_game.hpp>

#include <functional>

namespace mfg {

/// One population of several as a game of its own: the densities of all others are given functions of place and time,
/// on which its agents have no influence.
class MFG_API PopulationGame final : public MeanFieldGame {
public:
    /// Log densities of all populations at x and t, one feature each; that of the own one is for formulas that add up
    /// all of them.
    using LogDensities = std::function<Jet(const State&)>;

    /// The population outlives this object.
    PopulationGame(const MeanFieldGame& population, LogDensities all) : game_(population), all_(std::move(all)) {}

    int dimension() const override { return game_.dimension(); }
    Real horizon() const override { return game_.horizon(); }
    Real viscosity() const override { return game_.viscosity(); }
    Vector viscosities() const override { return game_.viscosities(); }
    bool stationary() const override { return game_.stationary(); }
    bool periodic() const override { return game_.periodic(); }
    std::optional<Box> domain() const override { return game_.domain(); }
    Window window() const override { return game_.window(); }
    std::optional<Reference> reference() const override { return game_.reference(); }

    Jet hamiltonian(const State& s, const Jet& p) const override { return game_.hamiltonian(s, p); }
    std::optional<HamiltonianForm> hamiltonian_form() const override { return game_.hamiltonian_form(); }
    Real discount() const override { return game_.discount(); }
    CostWeights weights() const override { return game_.weights(); }
    Coupling coupling() const override { return game_.coupling(); }
    const Density& initial_density() const override { return game_.initial_density(); }
    const Density* target_density() const override { return game_.target_density(); }
    Matrix shown_starts() const override { return game_.shown_starts(); }
    Jet drift(const State& s) const override { return game_.drift(s); }
    Jet running_cost(const State& s) const override { return game_.running_cost(among_others(s)); }
    std::optional<Interaction> interaction() const override { return game_.interaction(); }
    Jet terminal_cost(const State& s) const override { return game_.terminal_cost(among_others(s)); }

private:
    State among_others(const State& s) const { return {s.x, s.t, s.log_density, all_({s.x, s.t, {}})}; }

    const MeanFieldGame& game_;
    LogDensities all_;
};

}  // namespace mfg
