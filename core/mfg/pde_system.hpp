#pragma once
#include <mfg/fields.hpp>
#include <mfg/problem.hpp>
#include <mfg/solution.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mfg {

/// Where an equation holds.
enum class Where {
    interior,
    initial,   ///< t = 0
    terminal,  ///< t = T
    boundary   ///< PdeSystem::boundary_points
};

/// One equation: its residual, one feature, vanishes at the solution.
struct Equation {
    std::string name;  ///< one word: the name of its term and residual
    Where where;
    std::function<Jet(const Fields&)> residual;
    int order = 2;  ///< derivatives of the unknowns that it uses: 0, 1, 2
};

/// A system of partial differential equations written by hand, for models that are not games in standard form. Holds
/// settings only; every function may be called from several threads at once.
///
/// Space is a box (`domain`), the torus (`periodic`), or R^d: then points follow the population, which starts from
/// `initial_density` and moves with `velocity`.
class MFG_API PdeSystem : public Problem {
public:
    const PdeSystem* pde_system() const final { return this; }

    /// The unknown functions, at most 16.
    virtual std::vector<Unknown> unknowns() const = 0;
    /// Names of unknown constants, trained with the functions.
    virtual std::vector<std::string> constants() const { return {}; }
    virtual std::vector<Equation> equations() const = 0;

    /// Points on the boundary, one a row, x and t where there is time; standard: uniform on the faces of the domain
    /// that are not periodic.
    virtual Matrix boundary_points(const RandomStream& stream, int count) const;
    /// The law of the population at t = 0, where there is one.
    virtual const Density* initial_density() const { return nullptr; }
    /// The velocity of agents, d features, from first derivatives of the unknowns of role `value` (others are not at
    /// hand); a zero jet where there are none.
    virtual Jet velocity(const Fields&) const { return {}; }
    /// How the costs of one agent follow from those of the game, where the equations are those of one.
    virtual Coupling coupling() const { return Coupling::potential; }
    /// Points that share a time, where equations use means over the population; they are spread over it evenly.
    virtual int agents_per_time() const { return 1; }

    /// Whether functions of role `value` are determined up to a constant only.
    virtual bool value_up_to_constant() const { return false; }
    /// Whether refined_constant is a formula without the trained number, which may then take its place in a training.
    /// Without constants it is one for what is missing in the value function of each population: a shift of the density
    /// changes its level.
    virtual bool has_formula_for_constant() const { return false; }
    /// Constant number `number`, that of a population, from a solution, by a formula that is more accurate than the
    /// trained number.
    virtual Estimate refined_constant(const Solution& solution, const DrawnPoints& /*points*/, Index number = 0) const
    {
        return {solution.constant(constants()[number])};
    }

    /// Whether there is an ansatz for an unknown that keeps its conditions (all but interior equations) exactly.
    virtual bool has_hard_condition(std::string_view) const { return false; }
    /// That ansatz, from a network's output: e.g. g(x) + (T - t) N(x,t).
    virtual Jet hard_condition(std::string_view unknown, const Jet& x, const Jet& t, const Jet& network) const;

    /// What is known about the quality of a solution beside residuals and errors.
    virtual Measures measures(const Solution&, const RandomStream& /*stream*/, int /*samples*/) const { return {}; }
    /// Figures that suit this system, beside the standard ones.
    virtual std::vector<Figure> figures(const Solution&, const RandomStream& /*stream*/) const { return {}; }
};

}  // namespace mfg
