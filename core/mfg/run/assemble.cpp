#include <mfg/run/assemble.hpp>

#include <mfg/base/blas.hpp>
#include <mfg/base/parallel.hpp>
#include <mfg/base/processors.hpp>
#include <mfg/plugin/guarded.hpp>
#include <mfg/run/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

namespace mfg {
namespace {

std::string check_sum_text(const std::string& bytes)
{
    return fmt::format("{:08x}", check_sum(bytes));
}

InputFile input_file(const std::string& name, const std::string& path)
{
    return {name, path, check_sum_text(read_file(path, std::numeric_limits<std::size_t>::max()))};
}

/// The file of a plugin that is not of this installation; of one that is made of a source, this.
InputFile plugin_file(Registry& registry, const std::string& kind, const std::string& plugin)
{
    const std::string owner = fmt::format("{} '{}'", kind, registry.find(kind, plugin).name);
    const std::filesystem::path path = std::filesystem::absolute(plugin).lexically_normal();
    if (Registry::is_source(plugin)) {
        const std::string source = read_file(Registry::source(kind, plugin));
        return {std::filesystem::path(kept_source(plugin)).filename().string(), path.string(), check_sum_text(source),
                owner, source};
    }
    const std::string library = registry.path(kind, plugin);
    InputFile file = input_file(std::filesystem::path(library).filename().string(), library);
    file.plugin = owner;
    return file;
}

/// Plugins that are not of this installation, and files that options name.
std::vector<InputFile> input_files(Registry& registry, const ResolvedConfiguration& configuration)
{
    std::vector<InputFile> files;
    std::set<std::string> seen;
    std::map<std::string, std::string> kept;
    for (const ResolvedConfiguration::Section& section : configuration.sections) {
        // The sections of optimizers have their names.
        const std::string kind = kind_of(section.name).empty() ? "optimizer" : kind_of(section.name);
        if (const std::string path = section.plugin.empty() ? "" : registry.path(kind, section.plugin);
            !path.empty() && !Registry::is_installed(path) && seen.insert(path).second) {
            const InputFile& file = files.emplace_back(plugin_file(registry, kind, section.plugin));
            if (const auto other = kept.emplace(file.name, file.path).first->second; other != file.path)
                throw Error(fmt::format("'{}' and '{}' have the same name, by which the run keeps them; rename one",
                                        other, file.path));
        }
        for (const OptionRecord& option : section.options)
            if (option.type == "file" && !option.value.empty())
                files.push_back(input_file(section.name + "." + option.name, option.value));
    }
    return files;
}

/// A plugin made with the options that the configuration gives in its section.
template <class Interface>
Registry::Object<Interface> load(Registry& registry, Resolver& resolver, const std::string& section,
                                 const std::string& chosen)
{
    const auto given = resolver.options(section, registry.options(Interface::kind, chosen));
    std::vector<OptionRecord> effective;
    auto object = registry.create<Interface>(chosen, given, &effective);
    resolver.record(section, chosen, effective);
    return object;
}

/// The same for the plugin that the configuration chooses. Returns its name: the choice may be a file.
template <class Interface>
std::string load_chosen(Registry::Object<Interface>& object, Registry& registry, Resolver& resolver,
                        const std::string& section)
{
    const std::string chosen = resolver.plugin(section);
    object = load<Interface>(registry, resolver, section, chosen);
    return registry.find(Interface::kind, chosen).name;
}

/// `declare` names the options: those of a training, or the limits that a solver keeps, too.
TrainingSettings training_settings(Resolver& resolver, void (*declare)(Options&, TrainingSettings&))
{
    TrainingSettings settings;
    Options list;
    declare(list, settings);
    Options options("training", resolver.options("training", list.records()));
    declare(options, settings);
    options.finish();
    settings.check();
    resolver.record("training", "", options.records());
    return settings;
}

/// One optimizer a level for each player.
void load_optimizers(Run& run, Resolver& resolver)
{
    const std::size_t levels = run.training.samples.size();
    const std::vector<Player>& players = run.formulation->players();
    for (const Player& player : players) {
        const bool several = players.size() > 1;
        const std::vector<std::string> chosen = resolver.optimizers(several ? player.name() : "");
        if (chosen.size() > 1 && chosen.size() != levels)
            throw Error(fmt::format("optimizer: one name or one per level is needed; there are {} for {} levels",
                                    chosen.size(), levels));
        std::vector<std::string> names;
        for (const std::string& word : chosen) names.push_back(run.registry->find("optimizer", word).name);
        auto& of_player = run.optimizers.emplace_back();
        for (std::size_t level = 0; level < levels; ++level) {
            // The section is the plugin's own name, after that of the player if there are several:
            // --adam.learning_rate reaches it, and so do --value_optimizer.learning_rate and --optimizer.learning_rate.
            const std::size_t entry = chosen.size() == 1 ? 0 : level;
            const std::string section = several ? player.name() + "_" + names[entry] : names[entry];
            of_player.push_back(load<Optimizer>(*run.registry, resolver, section, chosen[entry]));
            if (of_player.back()->needs_least_squares() && !player.loss().sum_of_squares())
                throw Error(
                    fmt::format("optimizer '{}': it needs a sum of squared residuals, and the objective of {} is none; "
                                "choose another "
                                "--optimizer, or a method that minimises squared residuals, with exact Laplacians",
                                names[entry], several ? "player '" + player.name() + "'" : "the method"));
        }
        run.optimizer_names.insert(run.optimizer_names.end(), names.begin(), names.end());
    }
}

}  // namespace

Run assemble(const Configuration& given)
{
    Run run;
    run.registry = std::make_unique<Registry>(given.run().plugin_paths);
    Registry& registry = *run.registry;
    Resolver resolver(given);
    run.seed = static_cast<std::uint64_t>(given.run().seed);
    run.threads = given.run().threads > 0 ? given.run().threads : available_processors();
    require_threads(run.threads);
    limit_threads(run.threads);
    prepare_blas();

    run.problem_name = load_chosen(run.problem, registry, resolver, "problem");
    guarded(run.plugins(), [&] {
        in_context(run.plugins() + ": ", [&] { require_settings(*run.problem); });
        resolver.add_defaults(run.problem_name, run.problem->defaults());
    });
    run.method_name = load_chosen(run.method, registry, resolver, "method");
    Method::Parts parts;
    parts.problem = run.problem.get();
    const std::vector<Method::Field> fields = guarded(run.plugins(), [&] { return run.method->fields(*run.problem); });
    for (const Method::Field& field : fields) {
        if (!is_name(field.network))
            throw Error(fmt::format("method '{}': its field '{}' needs another name: lower-case letters, digits and _",
                                    run.method_name, printable(field.network)));
        const std::string section = fields.size() == 1 ? "network" : field.network + "_network";
        run.network_names.push_back(load_chosen(run.networks.emplace_back(), registry, resolver, section));
        parts.networks.push_back(run.networks.back().get());
    }
    if (run.method->needs_integrator()) {
        run.integrator_name = load_chosen(run.integrator, registry, resolver, "integrator");
        parts.integrator = run.integrator.get();
    }
    run.formulation = guarded(run.plugins(), [&] { return run.method->build(parts); });
    run.training = training_settings(resolver, run.has_solver() ? TrainingSettings::limits : TrainingSettings::options);
    if (!run.has_solver()) {
        load_optimizers(run, resolver);
        run.tracker = std::make_unique<SolutionTracker>(*run.formulation);
    }
    run.configuration = resolver.finish();
    run.files = input_files(registry, run.configuration);
    return run;
}

Checkpoint::Settings Run::settings() const
{
    Checkpoint::Settings settings = configuration.settings();
    for (const InputFile& file : files) settings.emplace_back("check sum of " + file.name, file.check_sum);
    return settings;
}

std::string Run::plugins() const
{
    std::vector<std::string> all, elsewhere;
    const auto add = [&](const char* kind, const std::string& name) {
        const std::string shown = fmt::format("{} '{}'", kind, name);
        if (name.empty() || contains(all, shown)) return;
        all.push_back(shown);
        if (std::any_of(files.begin(), files.end(), [&](const InputFile& file) { return file.plugin == shown; }))
            elsewhere.push_back(shown);
    };
    add("problem", problem_name);
    add("method", method_name);
    for (const std::string& name : network_names) add("network", name);
    add("integrator", integrator_name);
    for (const std::string& name : optimizer_names) add("optimizer", name);
    return joined(elsewhere.empty() ? all : elsewhere);
}

std::unique_ptr<Training> Run::make_training() const
{
    if (has_solver()) return solver_training(formulation->solver(), training);
    std::vector<std::vector<Optimizer*>> pointers;
    for (const auto& of_player : optimizers) {
        auto& list = pointers.emplace_back();
        for (const auto& optimizer : of_player) list.push_back(optimizer.get());
    }
    return player_training(*formulation, training, std::move(pointers), seed, threads, tracker.get());
}

void Run::write_configuration(const RunDirectory& directory) const
{
    for (const InputFile& file : files) {
        if (file.source.empty()) continue;
        const std::string name = kept_source(file.path);
        create_directories(std::filesystem::path(directory.file(name)).parent_path().string());
        directory.write_text(name, file.source);
    }
    directory.write_text("config.ini", configuration.to_ini(true));
}

void Run::write_result(const RunDirectory& directory, const Vector& parameters) const
{
    if (has_solver())
        directory.write_blocks(formulation->layout(), parameters);
    else
        directory.write_parameters(formulation->layout(), parameters);
}

Vector Run::read_result(const RunDirectory& directory) const
{
    return has_solver() ? directory.read_blocks(formulation->layout())
                        : directory.read_parameters(formulation->layout());
}

Configuration configuration_of(const RunDirectory& run)
{
    return Configuration::from_file(run.file("config.ini"));
}

}  // namespace mfg
