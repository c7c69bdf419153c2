#pragma once
#include <mfg/assessment/agent_costs.hpp>
#include <mfg/loss.hpp>
#include <mfg/optimizer.hpp>

namespace mfg {

/// What agents pay on average who choose their own paths for a solution without noise, as a function of all their
/// velocities: its minimum is the best response to the population.
///
/// A path has constant velocities between equally spaced times; efforts are those of the middles, running costs those
/// of the trapezoidal rule. Every agent's path is a separate problem; they are solved together.
class MFG_API PathResponse final : public Objective {
public:
    /// Agents start at rows of `starts` `[n x d]`; those of the population that they meet are drawn from `stream`. The
    /// solution and what an agent pays in it outlive this object.
    PathResponse(const Solution& solution, const AgentCosts& costs, const Matrix& starts, int intervals,
                 const RandomStream& stream);

    /// The velocities of agents that follow the learned feedback.
    const Vector& learned_velocities() const { return start_; }
    /// The velocities of agents that go straight to rows of `ends`.
    Vector straight_velocities(const Matrix& ends) const;
    /// What each agent paid in the last evaluation.
    const Vector& costs() const { return costs_; }

    std::size_t size() const override { return start_.size(); }
    std::uint64_t revision() const override { return 1; }
    Evaluation value(const Vector& theta) override { return evaluate(theta, nullptr); }
    Evaluation value_and_gradient(const Vector& theta, Vector& gradient) override { return evaluate(theta, &gradient); }

private:
    Real evaluate(const Vector& theta, Vector* gradient);
    Variable cost(Tape& tape, std::size_t first, int count, const Variable& velocities) const;
    /// Agents whose paths are on one tape.
    std::size_t batch() const;

    /// The place of coordinate j of agent i's velocity in interval k.
    std::size_t place(std::size_t i, std::size_t k, std::size_t j) const;

    const Solution& solution_;
    const AgentCosts& costs_of_;
    PopulationSample population_;
    Matrix starts_;
    int intervals_;
    Vector start_, costs_;
};

/// What an agent pays for a solution with noise who follows the feedback of other parameters than the population:
/// the minimum over them is the best response among feedbacks of this form.
///
/// A sample is a starting point and the normal numbers of a path (Euler-Maruyama). In a game without an end an agent
/// plays for a while and pays the learned value function in the end: for an equilibrium the best answer then is the
/// same feedback.
class MFG_API FeedbackResponse final : public SampledLoss {
public:
    /// The solution and what an agent pays in it outlive the loss.
    FeedbackResponse(const Solution& solution, const AgentCosts& costs, int steps);

    std::vector<std::string> terms() const override { return {"cost"}; }
    Matrix sample(const RandomStream& stream, int count) const override;
    Variable integrands(Tape& tape, const VariableList& parameters, const Variable& samples,
                        const Variable& common) const override;

private:
    const Solution& solution_;
    const AgentCosts& costs_;
    PopulationSample population_;
    int steps_;
};

}  // namespace mfg
