#pragma once
#include <mfg/assessment/assessment.hpp>
#include <mfg/method.hpp>
#include <mfg/optimizer.hpp>
#include <mfg/plugin/registry.hpp>
#include <mfg/run/resolver.hpp>
#include <mfg/run/run_directory.hpp>
#include <mfg/training/settings.hpp>
#include <mfg/training/training.hpp>

#include <memory>
#include <vector>

namespace mfg {

/// A file outside of the installation that the numbers of a run follow from: a plugin, or a file that an option names.
struct InputFile {
    std::string name;  ///< `problem_mine.so`, `mine.cpp`, or `problem.obstacles`
    std::string path;
    std::string check_sum;    ///< of its bytes, in hexadecimal
    std::string plugin = {};  ///< what a plugin's file holds, as in "problem 'mine'"
    std::string source = {};  ///< the C++ text of a plugin that was made of a source
};

/// A run put together: every plugin loaded, with its options, and what the method makes of the problem.
struct MFG_API Run {
    /// Whether the formulation is solved by its own steps instead of a training.
    bool has_solver() const { return formulation->players().empty(); }
    /// The training; it refers to this object.
    std::unique_ptr<Training> make_training() const;
    /// Everything that its numbers follow from, the check sums of files included: what a checkpoint belongs to.
    Checkpoint::Settings settings() const;
    /// Its plugins for messages, as in "problem 'x', network 'y'": those from elsewhere, or all where there are none.
    std::string plugins() const;
    /// Writes config.ini, and the sources of plugins that it names, to the run's directory.
    void write_configuration(const RunDirectory& directory) const;
    /// Writes the parameters of a result to the run's directory, or reads them; an Error if they do not fit.
    void write_result(const RunDirectory& directory, const Vector& parameters) const;
    Vector read_result(const RunDirectory& directory) const;

    ResolvedConfiguration configuration;
    std::vector<InputFile> files;
    std::unique_ptr<Registry> registry;
    std::string problem_name, method_name, integrator_name;
    std::vector<std::string> network_names, optimizer_names;
    Registry::Object<Problem> problem;
    Registry::Object<Integrator> integrator;
    std::vector<Registry::Object<Network>> networks;
    Registry::Object<Method> method;
    std::unique_ptr<Formulation> formulation;
    std::unique_ptr<Tracker> tracker;
    std::vector<std::vector<Registry::Object<Optimizer>>> optimizers;  ///< [player][level]
    TrainingSettings training;
    std::uint64_t seed = 1;
    int threads = 1;
};

/// Loads what the configuration names. Sets the number of threads of the process.
MFG_API Run assemble(const Configuration& given);

/// What a run says in its config.ini.
MFG_API Configuration configuration_of(const RunDirectory& run);

}  // namespace mfg
