#include <mfg/run/experiments.hpp>
#include <mfg/run/ini.hpp>
#include "drawing/table.hpp"
#include "manual/description.hpp"

#include <fmt/format.h>

#include <cctype>

namespace {

/// The anchor that GitHub makes of the heading of a plugin.
std::string link(const std::string& kind, const std::string& name, const std::string& text)
{
    return fmt::format("[{}](#{}-{})", text, kind, name);
}

std::string heading(const std::string& kind)
{
    return fmt::format("{}{}s", static_cast<char>(std::toupper(static_cast<unsigned char>(kind[0]))), kind.substr(1));
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
        std::string problem, method;
        for (const auto& [name, value] : mfg::read_ini(experiment.path)) {
            if (name == "problem") problem = value;
            if (name == "method") method = value;
        }
        for (const auto& [name, value] : describe_plugin(registry, "problem", problem).defaults)
            if (name == "method" && method.empty()) method = value;
        table.rows.push_back({{"`" + experiment.name + "`", link("problem", problem, problem),
                               link("method", method, method), experiment.description}});
    }
    return table.markdown();
}

}  // namespace

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
        text += fmt::format("- [{0}](#{1}s):", heading(kind), kind);
        sections += fmt::format("\n## {}\n\n{}\n", heading(kind), explanation(kind));
        const std::vector<std::string> names = registry.names(kind);
        for (const std::string& name : names) {
            text += fmt::format("{} {}", name == names.front() ? "" : ",", link(kind, name, name));
            sections += "\n" + to_markdown(describe_plugin(registry, kind, name), 3);
        }
        text += "\n";
    }
    text += "- Options of the [training](#options-of-the-training) and of the [run](#options-of-the-run)\n";
    text += "- [Experiments](#experiments)\n";
    sections += "\n" + to_markdown(describe_training(), 2) + "\n" + to_markdown(describe_run(), 2);
    sections += "\n## Experiments\n\n`mfg solve EXPERIMENT` runs an experiment; options override its settings.\n\n";
    return text + sections + table_of_experiments(registry);
}
