#pragma once
#include <mfg/loss.hpp>
#include <mfg/parameters.hpp>
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
class MFG_API Saddle {
public:
    /// All arguments outlive this object; `phi` is the one unknown of its system, its blocks first among the
    /// parameters.
    Saddle(const MeanFieldGame& g, const FieldNetworks& phi, const Generator& population, int together)
        : game(g), value(phi), generator(population), agents(together)
    {
    }

    /// phi and its derivatives at points `[d + 1 x n]`, x and t, as far as q needs them; and q `[1 x n]`.
    struct Flow {
        Fields fields;
        Variable q;
    };
    Flow flow(Tape& tape, const FieldNetworks::Prepared& prepared, const Variable& points) const;
    FieldNetworks::Prepared prepare_value(Tape& tape, const VariableList& parameters) const;
    /// a2 c(x, t) `[1 x n]`; it does not exist where there is no such cost.
    Variable running_cost(const Fields& fields) const;
    /// What the other agents mean to each of `x` `[d x n]`, in groups of `together` that share a time: the derivative
    /// of F, and the factor that makes an integrand of it. Does not exist where agents do not interact.
    Variable interaction_coupling(const Variable& x, int together) const;
    Real interaction_share() const { return game.interaction().cost_share(); }

    const MeanFieldGame& game;
    const FieldNetworks& value;
    const Generator& generator;
    const int agents;  ///< consecutive samples that share a time
};

/// What the value player minimises: -L, and the mean square of the Hamilton-Jacobi residual q + a2 f at the agents of
/// the population, f being the running cost and the derivative of F.
class MFG_API ValueLoss final : public Loss {
public:
    /// `layout` is that of all parameters.
    ValueLoss(const Saddle& saddle, const ParameterLayout& layout, Real hjb_weight)
        : saddle_(saddle), layout_(layout), hjb_weight_(hjb_weight)
    {
    }

    std::vector<std::string> terms() const override { return {"start", "flow", "hjb"}; }
    Matrix sample(const RandomStream& stream, int count) const override;
    /// Finds where the population is (PopulationMoments) for the answer; the training does not need it.
    void adapt(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& common) const override;
    int group() const override { return saddle_.agents; }

private:
    const Saddle& saddle_;
    const ParameterLayout& layout_;
    Real hjb_weight_;
};

/// What the population minimises: L, of which phi(z, 0) does not concern it, and, without noise, `path_weight` times
///
///     int E a1/2 | dG/dt - b + grad phi / a1 |^2 dt
///
/// how far its agents are from moving as phi says. With path_weight = 1 the sum is exactly what its agents pay for
/// their paths t -> G(z, t), whatever phi is: then d phi(G,t)/dt is all that is left of phi, and its integral has known
/// ends.
class MFG_API PopulationLoss final : public Loss {
public:
    PopulationLoss(const Saddle& saddle, Real path_weight) : saddle_(saddle), path_weight_(path_weight) {}

    std::vector<std::string> terms() const override { return {"flow", "running", "interaction", "path"}; }
    Matrix sample(const RandomStream& stream, int count) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& common) const override;
    int group() const override { return saddle_.agents; }

private:
    const Saddle& saddle_;
    Real path_weight_;
};

}  // namespace mfg
