#include "command_line/run_options.hpp"
#include "commands/commands.hpp"
#include "drawing/table.hpp"
#include "manual/description.hpp"

#include <fmt/format.h>
#include <mfg/run/json.hpp>
#include <nlohmann/json.hpp>

#include <iostream>

namespace {

using Json = nlohmann::ordered_json;

/// Default and range, as `default 1; >= 0`.
std::string rule(const mfg::OptionRecord& option)
{
    const std::string standard = option.standard.empty() ? "default: none" : "default " + option.standard;
    return option.range.empty() ? standard : standard + "; " + option.range;
}

void print_text(const Description& plugin)
{
    std::cout << (plugin.kind == plugin.name ? fmt::format("{}: {}\n", plugin.kind, plugin.summary)
                                             : fmt::format("{} '{}': {}\n", plugin.kind, plugin.name, plugin.summary));
    if (!plugin.manual.empty()) std::cout << "\n" << plugin.manual;
    if (!plugin.defaults.empty()) std::cout << "\nDefaults for this problem:\n";
    for (const auto& [name, value] : plugin.defaults) std::cout << fmt::format("  --{} {}\n", name, value);
    std::cout << (plugin.options.empty() ? "\nNo options.\n" : "\nOptions:\n");
    Table table{"", {{"", true}, {"", true}}};
    for (const auto& option : plugin.options)
        table.rows.push_back(
            {{option_name(plugin, option) + " " + option.type, option.text + " (" + rule(option) + ")"}});
    std::cout << table.text("  ");
}

Json to_json(const Description& plugin)
{
    Json json = {{"kind", plugin.kind},
                 {"name", plugin.name},
                 {"summary", plugin.summary},
                 {"manual", plugin.manual},
                 {"options", Json::array()}};
    for (const auto& option : plugin.options) {
        json["options"].push_back({{"name", option.name},
                                   {"type", option.type},
                                   {"default", option.standard},
                                   {"range", option.range},
                                   {"text", option.text}});
    }
    for (const auto& [name, value] : plugin.defaults) json["defaults"][name] = value;
    return json;
}

/// Every plugin, and what else has options.
std::vector<Description> everything(mfg::Registry& registry)
{
    std::vector<Description> all;
    for (const std::string& kind : mfg::plugin_kinds)
        for (Description& plugin : describe_plugins(registry, kind)) all.push_back(std::move(plugin));
    all.push_back(describe_training());
    all.push_back(describe_run());
    return all;
}

Description description_of(mfg::Registry& registry, const Arguments& words)
{
    const std::string& kind = words.front();
    // Not plugins, but users look up their options in the same way.
    if (kind == "training" && words.size() == 1) return describe_training();
    if (kind == "run" && words.size() == 1) return describe_run();
    const PluginWords plugin = plugin_words(words, describe_command());
    return describe_plugin(registry, plugin.kind, plugin.name);
}

struct Settings {
    std::string format = "text";
    std::vector<std::string> directories;
};

void declare(CommandOptions& o, Settings& s)
{
    o.choice("format", s.format, {"text", "markdown", "json"}, "format of the output");
    declare_plugin_path(o, s.directories);
}

int describe(const Arguments& words, const Settings& settings)
{
    mfg::Registry registry(settings.directories);
    if (words.empty() && settings.format == "markdown") {
        std::cout << reference(registry);
        return 0;
    }
    const std::vector<Description> wanted =
        words.empty() ? everything(registry) : std::vector{description_of(registry, words)};
    Json json = Json::array();
    for (const Description& description : wanted) {
        if (settings.format == "json") {
            json.push_back(to_json(description));
        } else if (settings.format == "markdown") {
            std::cout << to_markdown(description, 2);
        } else {
            if (&description != &wanted.front()) std::cout << "\n\n";
            print_text(description);
        }
    }
    if (settings.format == "json") std::cout << mfg::json_text(words.empty() ? json : json.front());
    return 0;
}

}  // namespace

Command describe_command()
{
    const Word kind{Value::kind, "KIND", false, false, {"training", "run"}}, name{Value::plugin, "NAME", false};
    return with_options<Settings>(
        {"describe",
         "show the manual and the options of a plugin",
         {kind, name},
         R"(Shows the manual of a plugin and its options with type, default, range and meaning. NAME may be a
file; the source of a problem, NAME.cpp or NAME.ini, needs no KIND. 'mfg describe training' and
'mfg describe run' show the options of the training and of the run. Without arguments it shows
everything; in Markdown this is the reference, docs/reference.md.
)"},
        declare, describe);
}
