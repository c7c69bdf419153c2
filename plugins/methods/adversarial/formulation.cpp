#include <mfg/assessment/errors.hpp>

#include "duality.hpp"
#include "formulation.hpp"
#include "saddle_loss.hpp"

namespace mfg {
namespace {

/// Of an ergodic game: either network bounds its optimum.
class GapSolution final : public ResidualSolution {
public:
    GapSolution(const GameSystem& system, const FieldNetworks& fields, const ResidualMeasure& measure,
                const Vector& parameters)
        : ResidualSolution(fields, measure, parameters), system_(system)
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

}  // namespace

AdversarialFormulation::AdversarialFormulation(std::shared_ptr<const GameSystem> system,
                                               const std::vector<const Network*>& networks,
                                               const ResidualRecipe& recipe, bool variational, const Steps& steps)
    : ResidualFormulation(system, networks, recipe), game_(*system), variational_(variational)
{
    for (const bool is_value : {true, false}) {
        std::vector<std::string> blocks = fields_.network_blocks(is_value ? "phi" : "log_density");
        if (is_value)
            for (const std::string& constant : game_.constants()) blocks.push_back(constant);
        const std::string name = is_value ? "value" : "density";
        ResidualSettings own = recipe.trained;
        own.equations =
            is_value ? std::vector<std::string>{"hjb", "terminal"} : std::vector<std::string>{"kfp", "initial"};
        const auto side = is_value ? SaddleLoss::Side::value : SaddleLoss::Side::density;
        // A saddle is validated on such points as it is trained on: the terms, unlike their gradients, are noisy.
        Player& player = variational_
                             ? add_player(name, std::make_unique<SaddleLoss>(game_, fields_, trained_at_, side))
                             : add_player(name, own, own);
        player.moves(blocks).steps(is_value ? steps.value : steps.density);
    }
}

void AdversarialFormulation::refresh(Vector& parameters, const RandomStream& stream, std::uint64_t sample) const
{
    // Lambda is the multiplier of the mass: the saddle function needs no normalisation.
    if (!variational_) computed_.refresh(parameters, stream, sample);
}

std::unique_ptr<Solution> AdversarialFormulation::solution(const Vector& parameters) const
{
    if (!variational_ || !game_.stationary()) return ResidualFormulation::solution(parameters);
    return std::make_unique<GapSolution>(game_, fields_, measure_, parameters);
}

std::unique_ptr<Solution> AdversarialFormulation::provisional(const Vector& parameters,
                                                              const RandomStream& stream) const
{
    Vector normalised = parameters;
    if (variational_) computed_.refresh(normalised, stream.part("normalised"), 1);
    return solution(normalised);
}

}  // namespace mfg
