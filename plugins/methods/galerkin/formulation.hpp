#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/pde/residual_solution.hpp>

#include <memory>
#include <vector>

namespace galerkin {

using namespace mfg;

/// The equations to train on: those derived from a game, or those of a system written by hand.
struct Equations {
    std::unique_ptr<GameSystem> derived;
    const PdeSystem* system = nullptr;
    Coupling coupling = Coupling::potential;
};

/// How fields and losses are made of them.
struct Recipe {
    FieldSettings fields;
    Collocation::Settings trained_at, validated_at;
    ResidualSettings trained, validated;
    ComputedParameters::Settings computed;
};

class Formulation final : public mfg::Formulation {
public:
    Formulation(Equations equations, const std::vector<const mfg::Network*>& networks, const Recipe& recipe)
        : equations_(std::move(equations)),
          fields_(*equations_.system, networks, recipe.fields),
          trained_at_(fields_, recipe.trained_at),
          validated_at_(fields_, recipe.validated_at),
          loss_(fields_, trained_at_, recipe.trained),
          exact_loss_(fields_, validated_at_, recipe.validated),
          residuals_(fields_, validated_at_, unit_weights(recipe.validated)),
          measure_(fields_, residuals_),
          computed_(fields_, trained_at_, recipe.computed),
          players_{Player("solution", loss_).validated_by(exact_loss_)}
    {
    }

    const ParameterLayout& layout() const override { return fields_.layout(); }
    const std::vector<Player>& players() const override { return players_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override
    {
        computed_.refresh(parameters, stream, sample);
    }
    void finish(Vector& parameters, const RandomStream& stream) const override { computed_.finish(parameters, stream); }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<ResidualSolution>(fields_, measure_, equations_.coupling, parameters);
    }

private:
    static ResidualSettings unit_weights(ResidualSettings settings)
    {
        settings.weights.assign(settings.weights.size(), 1);
        settings.mass_weight = -1;
        return settings;
    }

    Equations equations_;
    FieldNetworks fields_;
    Collocation trained_at_, validated_at_;
    ResidualLoss loss_, exact_loss_, residuals_;
    ResidualMeasure measure_;
    ComputedParameters computed_;
    std::vector<Player> players_;
};

}  // namespace galerkin
