#include "manual/description.hpp"

#include "command_line/run_options.hpp"
#include "drawing/table.hpp"
#include "text.hpp"

#include <mfg/problem.hpp>
#include <mfg/run/experiments.hpp>
#include <mfg/training/settings.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace {

/// The build puts `share/mfg/manuals/<kind>_<name>.md` beside `lib/mfg/plugins/<kind>_<name>.so`, in each tree.
std::string read_manual(const fs::path& plugin)
{
    const fs::path root = plugin.parent_path().parent_path().parent_path().parent_path();
    std::ifstream file(root / "share" / "mfg" / "manuals" / plugin.filename().replace_extension(".md"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The manual as the text under a heading that has the name already.
std::string without_name(const Description& description)
{
    const std::string& manual = description.manual;
    const std::string beginning = description.name + ": ";
    return starts_with(manual, beginning) ? capitalised(manual.substr(beginning.size())) : manual;
}

std::string table_of_options(const Description& description)
{
    Table table{"", {{"option", true}, {"type", true}, {"default", true}, {"range", true}, {"meaning", true}}};
    const auto code = [](const std::string& text) { return text.empty() ? "" : "`" + text + "`"; };
    for (const mfg::OptionRecord& option : description.options)
        table.rows.push_back(
            {{code(option_name(description, option)), option.type, code(option.standard), option.range, option.text}});
    return "\n" + table.markdown();
}

/// The anchor that GitHub makes of the heading of a plugin.
std::string link(const std::string& kind, const std::string& name, const std::string& text)
{
    return fmt::format("[{}](#{}-{})", text, kind, name);
}

/// The plugins of a kind, in one sentence.
std::string explanation(const std::string& kind)
{
    if (kind == "problem") return "The agents and their costs, or a system of equations.";
    if (kind == "method") return "The objective and its unknowns.";
    if (kind == "network") return "Functions with parameters, for the unknowns.";
    if (kind == "integrator") return "Time steps of the method of characteristics.";
    return "Steps of the parameters.";
}

std::string table_of_experiments(mfg::Registry& registry)
{
    Table table{"", {{"experiment", true}, {"problem", true}, {"method", true}, {"description", true}}};
    for (const mfg::Experiment& experiment : mfg::experiments()) {
        mfg::Configuration configuration = mfg::Configuration::from_file(experiment.path);
        const std::string problem = configuration.find({"problem"}).value().text;
        configuration = configuration.with_defaults(describe_plugin(registry, "problem", problem).defaults);
        const std::string method = configuration.find({"method"}).value().text;
        table.rows.push_back({{"`" + experiment.name + "`", link("problem", problem, problem),
                               link("method", method, method), experiment.description}});
    }
    return table.markdown();
}

}  // namespace

Description describe_plugin(mfg::Registry& registry, const std::string& kind, const std::string& name)
{
    const mfg::PluginInfo& info = registry.find(kind, name);
    Description description{
        info.kind, info.name, info.summary, read_manual(registry.path(kind, name)), registry.options(kind, name), {}};
    if (kind != mfg::Problem::kind) return description;
    try {
        description.defaults = registry.create<mfg::Problem>(name)->defaults();
    } catch (const mfg::Error&) {
        // One that needs an option has no defaults without it.
    }
    return description;
}

std::vector<Description> describe_plugins(mfg::Registry& registry, const std::string& kind)
{
    std::vector<Description> all;
    for (const std::string& name : registry.names(kind)) {
        try {
            all.push_back(describe_plugin(registry, kind, name));
        } catch (const mfg::Error& failure) {
            all.push_back({kind, name, std::string("cannot be used: ") + failure.what(), "", {}, {}});
        }
    }
    return all;
}

Description describe_training()
{
    mfg::Options options;
    mfg::TrainingSettings settings;
    mfg::TrainingSettings::options(options, settings);
    return {
        "training",
        "training",
        "length of the training, samples, validation and checkpoints",
        "A training consists of levels. Each has its number of samples and iterations and starts from the result of "
        "the\n"
        "previous one. Lists have one entry per level: `--training.samples 1024,2304 --training.iterations 500,500`.\n"
        "Problems may define other defaults; the config.ini of a run contains the values that were used.\n",
        options.records(),
        {}};
}

Description describe_run()
{
    return {"run",
            "run",
            "output, seed, threads and plugin directories of a run",
            "These options do not belong to a plugin. `--quiet` and `--dry-run` need no value.\n",
            run_option_records(),
            {}};
}

std::string option_name(const Description& owner, const mfg::OptionRecord& option)
{
    return owner.kind == "run" ? "--" + option.name : fmt::format("--{}.{}", owner.kind, option.name);
}

std::string to_markdown(const Description& description, int level)
{
    const bool is_plugin = description.kind != description.name;
    std::string text = fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level), '#'),
                                   is_plugin ? fmt::format("{} `{}`", description.kind, description.name)
                                             : fmt::format("Options of the {}", description.kind));
    text += description.manual.empty() ? description.summary + "\n" : without_name(description);
    if (!description.defaults.empty()) {
        text += "\nDefaults for this problem:";
        for (const auto& [name, value] : description.defaults)
            text += fmt::format("{} `--{} {}`", &name == &description.defaults.front().first ? "" : ",", name, value);
        text += ".\n";
    }
    return text + (description.options.empty() ? "\nThis plugin has no options.\n" : table_of_options(description));
}

std::string reference(mfg::Registry& registry)
{
    std::string text = R"(# Reference

<!-- Made by: mfg describe --format markdown -->

This page contains the manual and the options of every plugin, the options of the training and of the run, and the named
experiments. `mfg describe KIND NAME` shows the page of one plugin, `mfg list` a short list of all.

Write an option as `--KIND.OPTION VALUE` on the command line, or as `OPTION = VALUE` in the section `[KIND]` of an INI file.
If a method has several unknown functions, `--FIELD_network` and `--FIELD_network.OPTION` select the network of one of them.
If a training has several optimizers, `--NAME.OPTION` applies to the optimizer of that name. An unknown name is an error that
suggests the nearest known one.

)";
    std::string sections;
    for (const std::string& kind : mfg::plugin_kinds) {
        text += fmt::format("- [{0}](#{1}s):", capitalised(kind) + "s", kind);
        sections += fmt::format("\n## {}\n\n{}\n", capitalised(kind) + "s", explanation(kind));
        const std::vector<Description> plugins = describe_plugins(registry, kind);
        for (const Description& plugin : plugins) {
            text += fmt::format("{} {}", &plugin == &plugins.front() ? "" : ",", link(kind, plugin.name, plugin.name));
            sections += "\n" + to_markdown(plugin, 3);
        }
        text += "\n";
    }
    text += "- Options of the [training](#options-of-the-training) and of the [run](#options-of-the-run)\n";
    text += "- [Experiments](#experiments)\n";
    sections += "\n" + to_markdown(describe_training(), 2) + "\n" + to_markdown(describe_run(), 2);
    sections += "\n## Experiments\n\n`mfg solve EXPERIMENT` runs an experiment; options override its settings.\n\n";
    return text + sections + table_of_experiments(registry);
}
