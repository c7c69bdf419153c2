#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/pde/residual_solution.hpp>

#include "saddle_loss.hpp"

#include <memory>
#include <vector>

namespace adversarial {

using namespace mfg;

/// How the two players are made.
struct Recipe {
    bool variational = true;  ///< a saddle function; else the residuals of each player's own equations
    FieldSettings fields;
    Sampling sampling = Sampling::random;  ///< of the training
    Real spread = 1.3;
    std::vector<Real> weights;  ///< one an equation
    int value_steps = 1, density_steps = 1, refresh_every = 25;
};

/// A value function and a density that play against each other.
class Formulation final : public mfg::Formulation {
public:
    Formulation(std::unique_ptr<GameSystem> system, const std::vector<const mfg::Network*>& networks,
                const Recipe& recipe);

    const ParameterLayout& layout() const override { return fields_.layout(); }
    const std::vector<Player>& players() const override { return players_; }
    bool keeps_best() const override { return !variational_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override;
    void finish(Vector& parameters, const RandomStream& stream) const override;
    std::unique_ptr<mfg::Solution> solution(const Vector& parameters) const override;
    std::unique_ptr<mfg::Solution> provisional(const Vector& parameters, const RandomStream& stream) const override;

private:
    std::unique_ptr<GameSystem> system_;
    bool variational_;
    FieldNetworks fields_;
    Collocation trained_at_, validated_at_;
    ResidualLoss residuals_;
    ResidualMeasure measure_;
    ComputedParameters computed_;
    std::vector<std::unique_ptr<SampledLoss>> losses_;
    std::vector<Player> players_;
};

}  // namespace adversarial
