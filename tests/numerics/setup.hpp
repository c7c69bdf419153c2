#pragma once
#include <mfg/method.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/training/objective.hpp>

#include <memory>
#include <string>
#include <vector>

/// A method with all its parts, as a run composes them.
struct Setup {
    mfg::Registry registry;
    mfg::Registry::Object<mfg::Problem> owned_problem;
    mfg::Registry::Object<mfg::Network> network;
    mfg::Registry::Object<mfg::Integrator> integrator;
    mfg::Registry::Object<mfg::Method> method;
    std::unique_ptr<mfg::Formulation> formulation;

    /// Options of the problem, method and network, the integrator's name and its options.
    struct Options {
        mfg::Options::Given problem, method, network;
        std::string integrator = "rk4";
        mfg::Options::Given integrator_options = {};
    };

    Setup(const std::string& problem_name, const Options& options)
        : owned_problem(registry.create<mfg::Problem>(problem_name, options.problem))
    {
        build(*owned_problem, options);
    }
    Setup(const mfg::Problem& problem, const Options& options) { build(problem, options); }

    const mfg::Player& player() const { return formulation->players().front(); }
    const mfg::ParameterLayout& layout() const { return formulation->layout(); }

private:
    void build(const mfg::Problem& problem, const Options& options)
    {
        network = registry.create<mfg::Network>("resnet", options.network);
        integrator = registry.create<mfg::Integrator>(options.integrator, options.integrator_options);
        method = registry.create<mfg::Method>("lagrangian", options.method);
        formulation = method->build({&problem, {network.get()}, integrator.get()});
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
