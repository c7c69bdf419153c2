#pragma once
#include <mfg/pde/residual_formulation.hpp>

namespace mfg {

/// A value function and a density that play against each other: with a saddle function, or each with the residuals of
/// its own equations.
class AdversarialFormulation final : public ResidualFormulation {
public:
    /// `steps`: of the players in an iteration.
    struct Steps {
        int value = 1, density = 1;
    };
    AdversarialFormulation(std::shared_ptr<const GameSystem> system, const std::vector<const Network*>& networks,
                           const ResidualRecipe& recipe, bool variational, const Steps& steps);

    bool keeps_best() const override { return !variational_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override;
    std::unique_ptr<Solution> solution(const Vector& parameters) const override;
    std::unique_ptr<Solution> provisional(const Vector& parameters, const RandomStream& stream) const override;

private:
    const GameSystem& game_;
    bool variational_;
};

}  // namespace mfg
