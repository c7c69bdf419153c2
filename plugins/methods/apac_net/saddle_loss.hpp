#pragma once
#include <mfg/game/hamiltonian.hpp>
#include <mfg/game/interaction.hpp>
#include <mfg/loss.hpp>
#include <mfg/pde/field_networks.hpp>
#include "generator.hpp"

namespace mfg {

/// The two sides of the saddle: a value function phi(x,t) that keeps its terminal condition, and a population G.
///
///     L(phi, G) = E phi(z, 0) + int E[ q(G, t) + a2 c(G, t) ] + F(G(., t)) dt,
///     q = d_t phi + nu Lap phi - |grad phi|^2 / (2 a1) + b . grad phi
///
/// where F is the functional of the interaction between agents. sup over phi of L is the cost of the population, its
/// agents moving as cheaply as its law allows; inf over G the dual value of phi (docs/equations.md, "Value function
/// against generator").
class Saddle {
public:
    /// All arguments outlive this object; `phi` is the one unknown of its system, its blocks first among the
    /// parameters.
    Saddle(const MeanFieldGame& g, const FieldNetworks& phi, const Generator& population, int together)
        : game(g), value(phi), generator(population), interaction(g.interaction()), agents(interaction ? together : 1)
    {
    }

    /// phi and its derivatives at points `[d + 1 x n]`, x and t, as far as q needs them; and q `[1 x n]`.
    struct Flow {
        Fields fields;
        Variable q;
    };
    Flow flow(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& points) const;
    /// phi at points x and time 0, `[1 x n]`.
    Variable start_value(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& x) const;
    /// a2 c(x, t) `[1 x n]`; it does not exist if there is no such cost.
    Variable own_cost(const Fields& fields) const;
    /// What the other agents mean to each of `x` `[d x n]`, in groups of `together` that share a time: the derivative
    /// of F, and the factor that makes an integrand of it. Does not exist if agents do not interact.
    Variable cost_of_others(const Variable& x, int together) const;
    Real interaction_share() const { return interaction ? interaction->cost_share() : 1; }

    const MeanFieldGame& game;
    const FieldNetworks& value;
    const Generator& generator;
    const std::optional<Interaction> interaction;
    const int agents;  ///< consecutive samples that share a time
};

/// Samples of the generator, in groups that share a time.
class GeneratedLoss : public SampledLoss {
public:
    explicit GeneratedLoss(const Saddle& saddle) : saddle_(saddle) {}
    Matrix sample(const RandomStream& stream, int count) const override
    {
        return saddle_.generator.sample(stream, count, saddle_.agents);
    }
    int group() const override { return saddle_.agents; }

protected:
    const Saddle& saddle_;
};

/// What the value player minimises: -L, and the mean square of the Hamilton-Jacobi residual q + a2 f at the agents of
/// the population, f being the running cost and the derivative of F.
class ValueLoss final : public GeneratedLoss {
public:
    ValueLoss(const Saddle& saddle, Real hjb_weight) : GeneratedLoss(saddle), hjb_weight_(hjb_weight) {}

    std::vector<std::string> terms() const override { return {"start", "flow", "hjb"}; }
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& shared) const override;

private:
    Real hjb_weight_;
};

/// What the population minimises: L, of which phi(z, 0) does not concern it, and, without noise, `path_weight` times
///
///     int E a1/2 | dG/dt - b + grad phi / a1 |^2 dt
///
/// how far its agents are from moving as phi says. With path_weight = 1 the sum is exactly what its agents pay for
/// their paths t -> G(z, t), whatever phi is: then d phi(G,t)/dt is all that is left of phi, and its integral has known
/// ends.
class PopulationLoss final : public GeneratedLoss {
public:
    PopulationLoss(const Saddle& saddle, Real path_weight) : GeneratedLoss(saddle), path_weight_(path_weight) {}

    std::vector<std::string> terms() const override { return {"flow", "running", "interaction", "path"}; }
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& shared) const override;

private:
    Real path_weight_;
};

}  // namespace mfg
