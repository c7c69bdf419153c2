#include <mfg/assessment/errors.hpp>

#include "duality.hpp"
#include "formulation.hpp"

namespace adversarial {
namespace {

/// Of an ergodic game: either network bounds its optimum.
class GapSolution final : public ResidualSolution {
public:
    GapSolution(const GameSystem& system, const FieldNetworks& fields, const ResidualMeasure& measure,
                const Vector& parameters)
        : ResidualSolution(fields, measure, system.coupling(), parameters), system_(system)
    {
    }

    Measures measures(const RandomStream& stream, int samples) const override
    {
        return with_gap(ResidualSolution::measures(stream, samples), stream, samples);
    }
    std::vector<std::string> tracked() const override
    {
        std::vector<std::string> names = ResidualSolution::tracked();
        names.insert(names.end(), {"duality.primal", "duality.dual", "duality.gap"});
        return names;
    }
    Measures tracked_measures(const RandomStream& stream, int samples) const override
    {
        return with_gap(ResidualSolution::tracked_measures(stream, samples), stream, samples);
    }

private:
    Measures with_gap(Measures measures, const RandomStream& stream, int samples) const
    {
        const DualityGap found = duality_gap(system_, *this, uniform_points(system_, stream.part("gap"), samples));
        measures["duality"] = {{"primal", found.primal}, {"dual", found.dual}, {"gap", found.gap}};
        return measures;
    }

    const GameSystem& system_;
};

ResidualSettings residual_settings(const std::vector<Real>& weights, std::vector<std::string> equations = {})
{
    ResidualSettings settings;
    settings.weights = weights;
    settings.equations = std::move(equations);
    return settings;
}

}  // namespace

Formulation::Formulation(std::unique_ptr<GameSystem> system, const std::vector<const mfg::Network*>& networks,
                         const Recipe& recipe)
    : system_(std::move(system)),
      variational_(recipe.variational),
      fields_(*system_, networks, recipe.fields),
      trained_at_(fields_, {recipe.sampling, recipe.spread}),
      validated_at_(fields_, {Sampling::random, recipe.spread}),
      residuals_(fields_, validated_at_, residual_settings(std::vector<Real>(recipe.weights.size(), 1))),
      measure_(fields_, residuals_),
      computed_(fields_, trained_at_, {true, recipe.refresh_every})
{
    const auto keep = [this](std::unique_ptr<SampledLoss> loss) -> const SampledLoss& {
        return *losses_.emplace_back(std::move(loss));
    };
    for (const bool is_value : {true, false}) {
        std::vector<std::string> blocks = fields_.network_blocks(is_value ? "phi" : "log_density");
        if (is_value)
            for (const std::string& constant : system_->constants()) blocks.push_back(constant);
        const int steps = is_value ? recipe.value_steps : recipe.density_steps;
        const std::string name = is_value ? "value" : "density";
        if (variational_) {
            // Validated on such points as it is trained on: the terms, unlike their gradients, are noisy.
            const auto side = is_value ? SaddleLoss::Side::value : SaddleLoss::Side::density;
            const SampledLoss& loss = keep(std::make_unique<SaddleLoss>(*system_, fields_, trained_at_, side));
            players_.push_back(Player(name, loss).moves(blocks).steps(steps));
            continue;
        }
        const ResidualSettings own =
            residual_settings(recipe.weights, is_value ? std::vector<std::string>{"hjb", "terminal"}
                                                       : std::vector<std::string>{"kfp", "initial"});
        const SampledLoss &loss = keep(std::make_unique<ResidualLoss>(fields_, trained_at_, own)),
                          &validated = keep(std::make_unique<ResidualLoss>(fields_, validated_at_, own));
        players_.push_back(Player(name, loss).validated_by(validated).moves(blocks).steps(steps));
    }
}

void Formulation::refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    // Lambda is the multiplier of the mass: the saddle function needs no normalisation.
    if (!variational_) computed_.refresh(parameters, stream, sample);
}

void Formulation::finish(Vector& parameters, const RandomStream& stream) const
{
    computed_.finish(parameters, stream);
}

std::unique_ptr<mfg::Solution> Formulation::solution(const Vector& parameters) const
{
    if (variational_ && system_->stationary())
        return std::make_unique<GapSolution>(*system_, fields_, measure_, parameters);
    return std::make_unique<ResidualSolution>(fields_, measure_, system_->coupling(), parameters);
}

std::unique_ptr<mfg::Solution> Formulation::provisional(const Vector& parameters, const RandomStream& stream) const
{
    Vector normalised = parameters;
    if (variational_) computed_.refresh(normalised, stream.part("normalised"), 1);
    return solution(normalised);
}

}  // namespace adversarial
