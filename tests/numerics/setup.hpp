#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/game_system.hpp>
#include <mfg/pde/residual_loss.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/objective.hpp>

#include <memory>
#include <string>
#include <vector>

/// A method with all its parts, as a run composes them, but without the defaults of its problem.
struct Setup {
    mfg::Registry registry;
    mfg::Registry::Object<mfg::Problem> owned_problem;
    mfg::Registry::Object<mfg::Network> network;  // of all fields
    mfg::Registry::Object<mfg::Integrator> integrator;
    mfg::Registry::Object<mfg::Method> method;
    std::unique_ptr<mfg::Formulation> formulation;

    /// Options of the problem, method and network, the integrator's name and its options, and the other names.
    struct Options {
        mfg::Options::Given problem, method, network;
        std::string integrator = "rk4";
        mfg::Options::Given integrator_options = {};
        std::string method_name = "lagrangian", network_name = "resnet";
    };

    Setup(const std::string& problem_name, const Options& options)
        : owned_problem(registry.create<mfg::Problem>(problem_name, options.problem))
    {
        build(*owned_problem, options);
    }
    Setup(const mfg::Problem& problem, const Options& options) { build(problem, options); }

    const mfg::Player& player() const { return formulation->players().front(); }
    const mfg::SampledLoss& loss() const { return player().loss(); }
    const mfg::ParameterLayout& layout() const { return formulation->layout(); }

private:
    void build(const mfg::Problem& problem, const Options& options)
    {
        network = registry.create<mfg::Network>(options.network_name, options.network);
        method = registry.create<mfg::Method>(options.method_name, options.method);
        if (method->needs_integrator())
            integrator = registry.create<mfg::Integrator>(options.integrator, options.integrator_options);
        const std::vector<const mfg::Network*> networks(method->fields(problem).size(), network.get());
        formulation = method->build({&problem, networks, integrator.get()});
    }
};

/// All parameters zero but one block, `values` from its start.
inline mfg::Vector parameters_with(const mfg::ParameterLayout& layout, const std::string& block,
                                   const std::vector<mfg::Real>& values)
{
    mfg::Vector theta = mfg::make_vector(layout.size());
    for (const auto& entry : layout.entries())
        if (entry.block.name == "phi." + block)
            for (std::size_t i = 0; i < values.size(); ++i) theta(entry.offset + i) = values[i];
    return theta;
}

/// Parameters of which none is zero.
inline mfg::Vector random_parameters(const mfg::ParameterLayout& layout, mfg::Real scale)
{
    mfg::Vector theta = mfg::make_vector(layout.size());
    mfg::RandomStream(5, "parameters").normal(0, static_cast<int>(theta.size()), theta.data());
    return layout.initialise(5) + scale * theta;
}

/// Options of a small network `dgm`.
inline mfg::Options::Given small_dgm()
{
    return {{"width", "4"}, {"layers", "1"}, {"output_scale", "1"}};
}

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

/// The method galerkin; networks are small.
struct GalerkinSetup : Setup {
    explicit GalerkinSetup(const GalerkinCase& wanted, const mfg::Options::Given& network_options = small_dgm())
        : Setup(wanted.problem,
                {wanted.problem_options, wanted.method_options, network_options, {}, {}, "galerkin", "dgm"})
    {
    }

    /// Parameters of which none is zero; what is computed is that of the first sample.
    mfg::Vector parameters(mfg::Real scale = 0.2) const
    {
        mfg::Vector theta = random_parameters(layout(), scale);
        for (const auto& [block, offset] : layout().entries()) {
            // A network for m itself stays away from negative numbers.
            if (block.name == "density.output.bias") theta(offset) = 2;
            for (mfg::Index i = 0; i < block.size(); ++i) {
                if (block.name == "density.output.weight") theta(offset + i) *= 0.2;
                if (block.name.rfind("population.", 0) == 0) theta(offset + i) = 0;
            }
        }
        formulation->refresh(theta, mfg::RandomStream(5, "adaptation"), 1);
        return theta;
    }
};

/// How a game's density is represented, and the network of each field.
struct FieldOptions {
    std::optional<mfg::Unknown::Role> form = mfg::Unknown::Role::log_density;
    std::string network_name = "dgm";
    mfg::Options::Given network = small_dgm();
};

/// The unknown functions of a game or system as networks: what methods for their equations are made of.
struct FieldSetup {
    mfg::Registry registry;
    mfg::Registry::Object<mfg::Problem> problem;
    mfg::Registry::Object<mfg::Network> network;
    std::unique_ptr<mfg::GameSystem> derived;
    const mfg::PdeSystem* system;
    std::unique_ptr<mfg::FieldNetworks> fields;

    FieldSetup(const std::string& name, const mfg::Options::Given& problem_options,
               const mfg::FieldSettings& settings = {}, const FieldOptions& options = {})
        : problem(registry.create<mfg::Problem>(name, problem_options))
    {
        build(*problem, settings, options);
    }
    FieldSetup(const mfg::Problem& given, const mfg::FieldSettings& settings, const FieldOptions& options = {})
    {
        build(given, settings, options);
    }

    mfg::Vector parameters(mfg::Real scale = 0.2) const { return random_parameters(fields->layout(), scale); }
    mfg::ResidualSettings residual_settings() const
    {
        mfg::ResidualSettings settings;
        settings.weights.assign(system->equations().size(), 1);
        return settings;
    }

private:
    void build(const mfg::Problem& given, const mfg::FieldSettings& settings, const FieldOptions& options)
    {
        if (const mfg::MeanFieldGame* game = given.mean_field_game())
            derived = std::make_unique<mfg::GameSystem>(*game, options.form, game->coupling());
        system = derived ? derived.get() : given.pde_system();
        network = registry.create<mfg::Network>(options.network_name, options.network);
        fields = std::make_unique<mfg::FieldNetworks>(
            *system, std::vector<const mfg::Network*>(system->unknowns().size(), network.get()), settings);
    }
};
