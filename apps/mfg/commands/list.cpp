#include <mfg/run/experiments.hpp>
#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "drawing/table.hpp"
#include "text.hpp"

#include <mfg/plugin/registry.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace {

void print(const std::string& title, Table table)
{
    table.title = title;
    if (table.rows.empty()) table.rows.push_back({{"none", ""}});
    std::cout << table.text("  ");
}

void list_plugins(mfg::Registry& registry, const std::string& kind)
{
    // Only what comes from elsewhere needs its path.
    const auto root = std::filesystem::path(mfg::share_directory()).parent_path().parent_path();
    const auto standard = root / "lib" / "mfg" / "plugins";
    Table table{"", {{"", true}, {"", true}}};
    for (const mfg::PluginEntry& entry : registry.list(kind)) {
        const std::string text = entry.failure.empty() ? entry.summary : "cannot be used: " + entry.failure;
        table.rows.push_back({{entry.name, text}});
        const bool is_elsewhere = std::filesystem::path(entry.path).parent_path() != standard;
        if (is_elsewhere && text.find(entry.path) == std::string::npos) table.rows.push_back({{"", entry.path}});
    }
    print(kind + "s", table);
}

void list_experiments()
{
    Table table{"", {{"", true}, {"", true}}};
    for (const mfg::Experiment& experiment : mfg::experiments())
        table.rows.push_back({{experiment.name, experiment.failure.empty() ? experiment.description
                                                                           : "cannot be used: " + experiment.failure}});
    print("experiments (files NAME.ini in " + mfg::share_directory() + "/experiments)", table);
}

int list(const Arguments& words, const std::vector<std::string>& directories)
{
    std::vector<std::string> groups = mfg::plugin_kinds;
    groups.push_back("experiment");
    if (!words.empty()) {
        std::string group = words.front();
        if (!group.empty() && group.back() == 's') group.pop_back();
        if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
            throw mfg::UsageError(
                fmt::format("cannot list '{}'; known: {}s", mfg::printable(words.front()), joined(groups, "s, ")));
        }
        groups = {group};
    }
    mfg::Registry registry(directories);
    for (const std::string& group : groups) {
        if (group == "experiment") {
            list_experiments();
        } else {
            list_plugins(registry, group);
        }
    }
    return 0;
}

}  // namespace

Command list_command()
{
    using Directories = std::vector<std::string>;
    const Word group{Value::kind, "KIND", false, false, {"experiments"}};
    return with_options<Directories>(
        {"list",
         "list plugins and experiments",
         {group},
         R"(Lists the plugins of one kind (problem, method, network, integrator, optimizer) or of all, and the
experiments. A plugin that cannot be used is listed with the reason.

The search order is --plugin-path, then the directories in the variable MFG_PLUGIN_PATH (separated
by ':'), then lib/mfg/plugins of this installation.
)"},
        declare_plugin_path, list);
}
