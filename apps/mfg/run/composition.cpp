#include "run/composition.hpp"

#include <mfg/base/parallel.hpp>
#include <mfg/training/solver_training.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace {

/// A plugin of the configuration's section, made with the options given there.
template <class Interface>
mfg::Registry::Object<Interface> load(mfg::Registry& registry, Resolver& resolver, const std::string& section,
                                      const std::string& name)
{
    const auto given = resolver.options(section, registry.options(Interface::kind, name));
    std::vector<mfg::OptionRecord> effective;
    auto object = registry.create<Interface>(name, given, &effective);
    resolver.record(section, name, effective);
    return object;
}

/// `declare` names the options: those of a training, or the limits that a solver keeps, too.
mfg::TrainingSettings training_settings(Resolver& resolver, void (*declare)(mfg::Options&, mfg::TrainingSettings&))
{
    mfg::TrainingSettings settings;
    mfg::Options list;
    declare(list, settings);
    mfg::Options options("training", resolver.options("training", list.records()));
    declare(options, settings);
    options.finish();
    settings.check();
    resolver.record("training", "", options.records());
    return settings;
}

}  // namespace

Composition::Composition(const Configuration& given) : registry(given.run().plugin_paths)
{
    Resolver resolver(given);
    seed = static_cast<std::uint64_t>(given.run().seed);
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    threads_ = given.run().threads > 0 ? given.run().threads : cores;
    mfg::limit_threads(threads_);

    // A plugin may be given as a file; its name is the one inside.
    const std::string problem_chosen = resolver.plugin("problem");
    problem_name = registry.find("problem", problem_chosen).name;
    problem = load<mfg::Problem>(registry, resolver, "problem", problem_chosen);
    resolver.add_defaults(problem_name, problem->defaults());

    const std::string method_chosen = resolver.plugin("method");
    method_name = registry.find("method", method_chosen).name;
    method = load<mfg::Method>(registry, resolver, "method", method_chosen);
    mfg::Method::Parts parts;
    parts.problem = problem.get();
    const std::vector<mfg::Method::Field> fields = method->fields(*problem);
    for (const mfg::Method::Field& field : fields) {
        const std::string section = fields.size() == 1 ? "network" : field.network + "_network";
        const std::string chosen = resolver.plugin(section);
        network_names.push_back(registry.find("network", chosen).name);
        networks.push_back(load<mfg::Network>(registry, resolver, section, chosen));
        parts.networks.push_back(networks.back().get());
    }
    if (method->needs_integrator()) {
        const std::string chosen = resolver.plugin("integrator");
        integrator_name = registry.find("integrator", chosen).name;
        integrator = load<mfg::Integrator>(registry, resolver, "integrator", chosen);
        parts.integrator = integrator.get();
    }
    method->build(parts);
    if (method->solver()) {
        training = training_settings(resolver, mfg::TrainingSettings::limits);
        configuration = resolver.finish();
        return;
    }
    training = training_settings(resolver, mfg::TrainingSettings::options);
    const std::size_t levels = training.samples.size();
    const bool several = method->players().size() > 1;
    for (const mfg::Player& player : method->players()) {
        const std::vector<std::string> chosen = resolver.optimizers(several ? player.name : "");
        if (chosen.size() > 1 && chosen.size() != levels)
            throw mfg::Error(fmt::format("optimizer: one name or one per level is needed; there are {} for {} levels",
                                         chosen.size(), levels));
        std::vector<std::string> names;
        for (const std::string& word : chosen) names.push_back(registry.find("optimizer", word).name);
        auto& of_player = optimizers.emplace_back();
        for (std::size_t level = 0; level < levels; ++level) {
            // The section is the plugin's own name, with that of the player where there are several:
            // --adam.learning_rate reaches it, and so do --value_optimizer.learning_rate and --optimizer.learning_rate.
            const std::size_t entry = chosen.size() == 1 ? 0 : level;
            const std::string section = several ? player.name + "_" + names[entry] : names[entry];
            of_player.push_back(load<mfg::Optimizer>(registry, resolver, section, chosen[entry]));
        }
        optimizer_names.insert(optimizer_names.end(), names.begin(), names.end());
    }
    configuration = resolver.finish();
}

std::unique_ptr<mfg::Training> Composition::make_training() const
{
    if (mfg::Solver* solver = method->solver()) return std::make_unique<mfg::SolverTraining>(*solver, training);
    std::vector<std::vector<mfg::Optimizer*>> pointers;
    for (const auto& of_player : optimizers) {
        auto& list = pointers.emplace_back();
        for (const auto& optimizer : of_player) list.push_back(optimizer.get());
    }
    return std::make_unique<mfg::Trainer>(*method, training, std::move(pointers), seed, threads_);
}

Configuration configuration_of(const mfg::RunDirectory& run)
{
    return Configuration::from_file(run.file("config.ini"));
}

void note_other_version(const Configuration& configuration, const mfg::RunDirectory& run)
{
    if (configuration.version().empty() || configuration.version() == MFG_VERSION) return;
    fmt::print(stderr, "mfg: '{}' is a run of mfg {}, and this is mfg {}, whose numbers may be others\n", run.path(),
               mfg::printable(configuration.version()), MFG_VERSION);
}
