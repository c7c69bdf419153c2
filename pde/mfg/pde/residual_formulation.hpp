#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/computed_parameters.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/training/objective.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace mfg {

/// Measures the residuals of a system on fresh points; kept with the formulation, since its memory is used again.
class MFG_API ResidualMeasure {
public:
    /// All weights count as 1. `fields` and `collocation` outlive this object.
    ResidualMeasure(const FieldNetworks& fields, const Collocation& collocation, ResidualSettings settings);

    std::vector<std::string> terms() const { return residuals_.terms(); }
    /// Root mean squares by equation.
    std::map<std::string, Real> values(const Vector& parameters, const RandomStream& stream, int samples) const;
    /// These relative to the sizes of the equations' terms (equation_sizes).
    std::map<std::string, Real> relative(const std::map<std::string, Real>& residuals, const Vector& parameters,
                                         const RandomStream& stream) const;

private:
    ResidualLoss residuals_;
    mutable std::mutex mutex_;
    mutable SampledObjective objective_;
};

/// A solution that knows its residuals, and what its system measures.
class MFG_API ResidualSolution : public NetworkSolution {
public:
    /// `fields` and `measure` outlive this object.
    ResidualSolution(const FieldNetworks& fields, const ResidualMeasure& measure, const Vector& parameters)
        : NetworkSolution(fields, parameters), measure_(measure)
    {
    }
    /// In the middle of a training: `trained` are the parameters as the training has them, which place its points where
    /// the population was earlier; those of the solution place them where it is now.
    ResidualSolution(const FieldNetworks& fields, const ResidualMeasure& measure, const Vector& parameters,
                     const Vector& trained)
        : NetworkSolution(fields, parameters), measure_(measure), trained_(trained)
    {
    }

    /// Groups `residuals` and `relative_residuals`, and what the system measures.
    Measures measures(const RandomStream& stream, int samples) const override;
    Definitions definitions() const override;
    bool errors_are_cheap() const override { return true; }
    std::vector<std::string> tracked() const override;
    /// `residuals`; and `population.residual_ratio`, the largest ratio of a residual around the population of the
    /// present control to that around the points that the training uses.
    Measures tracked_measures(const RandomStream& stream, int samples) const override;

private:
    const ResidualMeasure& measure_;
    std::optional<Vector> trained_;
};

/// How fields and losses are made of the equations of a system.
struct ResidualRecipe {
    FieldSettings fields;
    Collocation::Settings trained_at, validated_at;
    ResidualSettings trained, validated;
    ComputedParameters::Settings computed;
};

/// Networks for the unknowns of a system, with players that are added one by one.
class MFG_API ResidualFormulation : public Formulation {
public:
    ResidualFormulation(std::shared_ptr<const PdeSystem> system, const std::vector<const Network*>& networks,
                        const ResidualRecipe& recipe);

    const ParameterLayout& layout() const override { return fields_.layout(); }
    const std::vector<Player>& players() const override { return players_; }
    void refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const override
    {
        computed_.refresh(parameters, stream, sample);
    }
    void finish(Vector& parameters, const RandomStream& stream) const override { computed_.finish(parameters, stream); }
    std::unique_ptr<Solution> solution(const Vector& parameters) const override
    {
        return std::make_unique<ResidualSolution>(fields_, measure_, parameters);
    }

    /// Where points follow the population, with that which follows the parameters' control now.
    std::unique_ptr<Solution> provisional(const Vector& parameters, const RandomStream& stream) const override;

    /// A player with a loss of its own, or one that minimises squared residuals.
    Player& add_player(const std::string& name, std::unique_ptr<SampledLoss> loss);
    Player& add_player(const std::string& name, const ResidualSettings& trained, const ResidualSettings& validated);

protected:
    std::shared_ptr<const PdeSystem> system_;
    FieldNetworks fields_;
    Collocation trained_at_, validated_at_;
    ResidualMeasure measure_;
    ComputedParameters computed_;

private:
    std::vector<std::unique_ptr<SampledLoss>> losses_;
    std::vector<Player> players_;
};

}  // namespace mfg
