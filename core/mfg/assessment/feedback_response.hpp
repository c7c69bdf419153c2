#pragma once
#include <mfg/assessment/agent_costs.hpp>
#include <mfg/assessment/population_sample.hpp>
#include <mfg/loss.hpp>

namespace mfg {

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
