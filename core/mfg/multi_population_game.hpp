#pragma once
#include <mfg/problem.hpp>

namespace mfg {

/// Several populations in the same space and time, each a game in standard form: its own initial law, Hamiltonian,
/// noise and costs, which may depend on the densities of all (State::log_densities). A population is in equilibrium
/// with all others, or a planner controls it whose costs count the own population only (Coupling::potential).
///
/// Unknown are `phi_1`, `log_density_1` and, in ergodic games, `lambda_1`, then those of the next populations. A game
/// says how many populations there are and which; the rest follows from them.
class MFG_API MultiPopulationGame : public Problem {
public:
    const MultiPopulationGame* multi_population_game() const final { return this; }

    virtual int populations() const = 0;
    /// Number `k`, from 0. What it refers to lives as long as this problem.
    virtual const MeanFieldGame& population(int k) const = 0;

    int dimension() const override { return population(0).dimension(); }
    Real horizon() const override { return population(0).horizon(); }
    /// The largest.
    Real viscosity() const override;
    bool stationary() const override { return population(0).stationary(); }
    bool periodic() const override { return population(0).periodic(); }
    std::optional<Box> domain() const override { return population(0).domain(); }
    Window window() const override { return population(0).window(); }
};

/// Population number `k` of a problem that has several; the problem itself if it has not.
MFG_API const Problem& population_of(const Problem& problem, int k);
/// Why a method for one game in standard form cannot solve a problem that is none: the end of a sentence on it.
MFG_API std::string why_not_one_game(const Problem& problem);

}  // namespace mfg
