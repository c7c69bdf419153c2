#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/objective.hpp>

#include <memory>
#include <string>
#include <vector>

/// Options of a problem and of the method galerkin.
struct GalerkinCase {
    std::string problem;
    mfg::Options::Given problem_options, method_options;

    std::string text() const
    {
        std::string all = problem;
        for (const auto* options : {&problem_options, &method_options})
            for (const auto& [name, value] : *options) all += ", " + name + " " + value;
        return all;
    }
};

/// The method galerkin with all its parts, as a run composes them; networks are small.
struct GalerkinSetup {
    mfg::Registry registry;
    mfg::Registry::Object<mfg::Problem> problem;
    mfg::Registry::Object<mfg::Network> network;
    mfg::Registry::Object<mfg::Method> method;

    explicit GalerkinSetup(const GalerkinCase& wanted, const mfg::Options::Given& network_options = small())
        : problem(registry.create<mfg::Problem>(wanted.problem, wanted.problem_options)),
          network(registry.create<mfg::Network>("dgm", network_options)),
          method(registry.create<mfg::Method>("galerkin", wanted.method_options))
    {
        const std::size_t fields = method->fields(*problem).size();
        method->build({problem.get(), std::vector<const mfg::Network*>(fields, network.get()), nullptr});
    }

    static mfg::Options::Given small() { return {{"width", "4"}, {"layers", "1"}, {"output_scale", "1"}}; }

    const mfg::Player& player() const { return method->players().front(); }
    const mfg::Loss& loss() const { return *player().loss; }
    const mfg::ParameterLayout& layout() const { return method->layout(); }

    /// Parameters of which none is zero; what is computed is that of the first sample.
    mfg::Vector parameters(mfg::Real scale = 0.2) const
    {
        mfg::Vector theta = mfg::make_vector(layout().size());
        mfg::RandomStream(5, "parameters").normal(0, static_cast<int>(theta.size()), theta.data());
        theta = layout().initialise(5) + scale * theta;
        for (const auto& [block, offset] : layout().entries()) {
            // A network for m itself stays away from negative numbers.
            if (block.name == "density.output.bias") theta(offset) = 2;
            for (std::size_t i = 0; i < block.size(); ++i) {
                if (block.name == "density.output.weight") theta(offset + i) *= 0.2;
                if (block.name.rfind("population.", 0) == 0) theta(offset + i) = 0;
            }
        }
        loss().adapt(theta, mfg::RandomStream(5, "adaptation"), 1);
        return theta;
    }
};

/// What the method is made of.
struct GalerkinParts {
    mfg::Registry registry;
    mfg::Registry::Object<mfg::Problem> problem;
    mfg::Registry::Object<mfg::Network> network;
    std::unique_ptr<mfg::PdeSystem> derived;
    const mfg::PdeSystem* system;
    std::unique_ptr<mfg::FieldNetworks> fields;

    GalerkinParts(const std::string& name, const mfg::Options::Given& problem_options,
                  const mfg::FieldSettings& settings = {})
        : problem(registry.create<mfg::Problem>(name, problem_options))
    {
        const mfg::MeanFieldGame* game = problem->mean_field_game();
        if (game) derived = std::make_unique<mfg::GameSystem>(*game, mfg::Unknown::Role::log_density, game->coupling());
        build(derived ? derived.get() : problem->pde_system(), settings);
    }
    GalerkinParts(const mfg::PdeSystem& given, const mfg::FieldSettings& settings) { build(&given, settings); }

    mfg::Vector parameters(mfg::Real scale = 0.2) const
    {
        mfg::Vector theta = mfg::make_vector(fields->layout().size());
        mfg::RandomStream(5, "parameters").normal(0, static_cast<int>(theta.size()), theta.data());
        return fields->layout().initialise(5) + scale * theta;
    }
    mfg::ResidualSettings residual_settings() const
    {
        mfg::ResidualSettings settings;
        settings.weights.assign(system->equations().size(), 1);
        return settings;
    }

private:
    void build(const mfg::PdeSystem* given, const mfg::FieldSettings& settings)
    {
        system = given;
        network = registry.create<mfg::Network>("dgm", GalerkinSetup::small());
        fields = std::make_unique<mfg::FieldNetworks>(
            *system, std::vector<const mfg::Network*>(system->unknowns().size(), network.get()), settings);
    }
};
