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
/// At walls the normal derivative of phi vanishes where they reflect, and so does the flux of m; at exits phi is the
/// cost of leaving and m = 0 (docs/equations.md, "Walls"). `Walls` says which of these are equations.
///
/// The equations of one population among several see the densities of all: all names then end with its number.
class MFG_API GameSystem final : public PdeSystem {
public:
    /// How conditions at reflecting walls are kept.
    enum class Walls {
        even,      ///< functions whose normal derivative vanishes there are even by construction
        equations  ///< equations say so: `reflection` for phi, `flux` for the density
    };
    /// Population number `number`, from 0, of so many.
    struct Among {
        int number = 0, populations = 1;
    };

    /// `form`: log_density, density, or nothing for no unknown of that kind. The game outlives this object; its own
    /// coupling may be overruled. Throws an Error that says why if the game has no such equations.
    GameSystem(const MeanFieldGame& game, std::optional<Unknown::Role> form, Coupling coupling,
               Walls walls = Walls::even, Among among = {0, 1});

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
    std::optional<Box> domain() const override { return box_; }
    Window window() const override { return game_.window(); }
    /// That of the game; none where its coupling is overruled.
    std::optional<Reference> reference() const override
    {
        return coupling_ == game_.coupling() ? game_.reference() : std::nullopt;
    }

    std::vector<Unknown> unknowns() const override;
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
    bool has_hard_condition(std::string_view unknown) const override;
    /// phi = a3 g(x) + (T - t) N and w = log m0 + t N. With exits, D the distance from them (distance_from_exits) and e
    /// what leaving costs: phi = a3 g(x) + e(x,t) - e(x,T) + (T - t) D N and m = m0 + t D N.
    Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const override;
    /// Group `costs`, where time is finite: what agents that follow the solution pay on average, weighted: `transport`,
    /// `running`, `terminal` and their `sum`, with its `standard_error` (as of independent agents: their starts fill
    /// the space more evenly). Densities are those of the agents, not the learned field. With exits also what agents
    /// pay there, `exit`, and the share `left` of those who have left.
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
    /// Outward normal derivative of phi, and flux of the density, at reflecting walls.
    Jet reflection(const Fields& f) const;
    Jet flux(const Fields& f) const;
    Jet exit(const Fields& f) const;
    /// Whether agents move along reflecting walls wherever phi is even: then the density is even, too.
    bool tangential() const;
    /// Whether what holds at the start and at the end holds at the exits, too, and is even across reflecting walls.
    bool fits_exits(std::string_view unknown) const;
    bool fits_walls(std::string_view unknown) const;

    const MeanFieldGame& game_;
    std::optional<Unknown::Role> form_;
    Coupling coupling_;
    CostWeights a_;
    std::optional<Interaction> interaction_;
    std::optional<Box> box_;
    bool even_value_ = false, even_density_ = false;
    Among among_;
    std::string phi_, lambda_;
    std::vector<std::string> densities_;  // of all populations
};

}  // namespace mfg
