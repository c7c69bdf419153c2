#pragma once
#include "run/resolver.hpp"

#include <mfg/method.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/run/run_directory.hpp>
#include <mfg/training/trainer.hpp>

#include <vector>

/// A run put together: every plugin loaded, with its options, and the method built from them.
struct Composition {
    /// Loads what the configuration names.
    explicit Composition(const Configuration& given);

    /// The training of everything, or the run of the method's solver; it refers to this object.
    std::unique_ptr<mfg::Training> make_training() const;
    int threads() const { return threads_; }

    ResolvedConfiguration configuration;
    mfg::Registry registry;
    std::string problem_name, method_name, integrator_name;
    std::vector<std::string> network_names, optimizer_names;
    mfg::Registry::Object<mfg::Problem> problem;
    mfg::Registry::Object<mfg::Integrator> integrator;
    std::vector<mfg::Registry::Object<mfg::Network>> networks;
    mfg::Registry::Object<mfg::Method> method;
    std::vector<std::vector<mfg::Registry::Object<mfg::Optimizer>>> optimizers;  ///< [player][level]
    mfg::TrainingSettings training;
    std::uint64_t seed = 1;

private:
    int threads_ = 1;
};

/// The config.ini of a run.
Configuration configuration_of(const mfg::RunDirectory& run);

/// Says on stderr that another version of mfg has written the run, where that is so.
void note_other_version(const Configuration& configuration, const mfg::RunDirectory& run);
