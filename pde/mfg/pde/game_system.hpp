#pragma once
#include <mfg/game/coupling.hpp>
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/pde_system.hpp>

namespace mfg {

/// The equations of a mean field game in standard form (docs/equations.md, "Conventions"), derived from its costs:
/// Hamilton-Jacobi-Bellman (`hjb`) and Kolmogorov-Fokker-Planck (`kfp`), with `initial` and `terminal` conditions
/// where time is finite. Unknown are the value function `phi`, the population as `log_density` or `density`, and, in
/// ergodic games, the constant `lambda`. Where costs do not depend on the density, `phi` alone is enough, with `hjb`
/// and `terminal`; what agents pay for the distance from their mean needs no density either.
///
/// The equations of one population among several see the densities of all: all names then end with its number.
class MFG_API GameSystem final : public PdeSystem {
public:
    /// Population number `number`, from 0, of so many.
    struct Among {
        int number = 0, populations = 1;
    };

    /// `form`: log_density, density, or nothing for no unknown of that kind. The game outlives this object; its own
    /// coupling may be overruled. Throws an Error that says why if the game has no such equations.
    GameSystem(const MeanFieldGame& game, std::optional<Unknown::Role> form, Coupling coupling, Among among = {0, 1});

    const MeanFieldGame& game() const { return game_; }
    const MeanFieldGame* mean_field_game() const override { return &game_; }
    Coupling coupling() const override { return coupling_; }
    /// log m from the fields, whichever of both is the unknown; 0 where neither is.
    Jet log_density(const Fields& f) const;

    int dimension() const override { return game_.dimension(); }
    Real horizon() const override { return game_.horizon(); }
    Real viscosity() const override { return game_.viscosity(); }
    Vector viscosities() const override { return game_.viscosities(); }
    bool stationary() const override { return game_.stationary(); }
    bool periodic() const override { return game_.periodic(); }
    Window window() const override { return game_.window(); }
    /// That of the game; none where its coupling is overruled.
    std::optional<Reference> reference() const override
    {
        return coupling_ == game_.coupling() ? game_.reference() : std::nullopt;
    }

    std::vector<Unknown> unknowns() const override
    {
        const Unknown phi{phi_, Unknown::Role::value, 1, 2, among_.number};
        if (!has_density()) return {phi};
        return {phi, {densities_[among_.number], *form_, 1, 2, among_.number}};
    }
    std::vector<std::string> constants() const override
    {
        if (!has_constant()) return {};
        return {lambda_};
    }
    std::vector<Equation> equations() const override;
    const Density* initial_density() const override { return &game_.initial_density(); }
    /// -H_p, with the standard Hamiltonian b - grad phi / a1.
    Jet velocity(const Fields& f) const override;
    bool value_up_to_constant() const override { return has_constant(); }
    bool has_formula_for_constant() const override { return stationary(); }
    /// Lambda = -E_m[HJB without Lambda], or -E_m[HJB] / rho for what is missing in phi: m solves the adjoint equation,
    /// so that the error of phi enters squared; that of m does so for log m couplings only (docs/equations.md, "Ergodic
    /// constant").
    Estimate refined_constant(const Solution& solution, const DrawnPoints& points, Index number = 0) const override;
    bool has_hard_condition(std::string_view unknown) const override
    {
        // A terminal value that depends on the density would need the density's network at another time.
        return !stationary() && (unknown != phi_ || !terminal_sees_density());
    }
    /// phi = a3 g(x) + (T - t) N and w = log m0 + t N.
    Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const override;
    /// Group `costs`, where time is finite: what agents that follow the solution pay on average, weighted: `transport`,
    /// `running`, `terminal` and their `sum`, with its `standard_error` (as of independent agents: their starts fill
    /// the space more evenly). Densities are those of the agents, not the learned field.
    Measures measures(const Solution& solution, const RandomStream& stream, int samples) const override;

private:
    bool has_density() const { return form_.has_value(); }
    /// Ergodic games: without an end, and without discount.
    bool has_constant() const { return stationary() && game_.discount() == 0; }
    bool logarithmic() const { return form_ == Unknown::Role::log_density; }
    bool several() const { return among_.populations > 1; }
    bool terminal_sees_density() const { return several() || depends_on_density(game_, CostPart::terminal); }
    /// A name of a single population with the number of this one, if there are others.
    std::string named(const std::string& name, int number) const;
    /// log m of population `number`.
    Jet log_density(const Fields& f, int number) const;
    /// log m of all populations; a zero jet if there is one.
    Jet log_densities(const Fields& f) const;
    Jet coupling_term(const Fields& f, const Jet& w) const;
    Jet hjb(const Fields& f) const;
    /// log m, where the Hamiltonian depends on it.
    Jet seen_by_hamiltonian(const Fields& f) const;
    Jet terminal(const Fields& f) const;
    Jet initial(const Fields& f) const;

    const MeanFieldGame& game_;
    std::optional<Unknown::Role> form_;
    Coupling coupling_;
    CostWeights a_;
    std::optional<Interaction> interaction_;
    Among among_;
    std::string phi_, lambda_;
    std::vector<std::string> densities_;  // of all populations
};

}  // namespace mfg
