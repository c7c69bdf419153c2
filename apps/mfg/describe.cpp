#include "command_line.hpp"
#include "description.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>

namespace {

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
    std::size_t width = 0;
    for (const auto& option : plugin.options)
        width = std::max(width, option_name(plugin, option).size() + option.type.size() + 1);
    for (const auto& option : plugin.options) {
        const std::string left = option_name(plugin, option) + " " + option.type;
        std::cout << fmt::format("  {:<{}}  {} ({})\n", left, width, option.text, rule(option));
    }
}

nlohmann::ordered_json to_json(const Description& plugin)
{
    nlohmann::ordered_json json = {{"kind", plugin.kind},
                                   {"name", plugin.name},
                                   {"summary", plugin.summary},
                                   {"manual", plugin.manual},
                                   {"options", nlohmann::ordered_json::array()}};
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

void print_json(const nlohmann::ordered_json& json)
{
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

/// All of it: every plugin, and what else has options.
void print_everything(mfg::Registry& registry, const std::string& format)
{
    if (format == "markdown") {
        std::cout << reference(registry);
        return;
    }
    std::vector<Description> all;
    for (const std::string& kind : mfg::plugin_kinds)
        for (const std::string& name : registry.names(kind)) all.push_back(describe_plugin(registry, kind, name));
    all.push_back(describe_training());
    all.push_back(describe_run());
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Description& description : all) {
        if (format == "json") {
            json.push_back(to_json(description));
            continue;
        }
        if (&description != &all.front()) std::cout << "\n\n";
        print_text(description);
    }
    if (format == "json") print_json(json);
}

Description description_of(mfg::Registry& registry, const CommandLine& line)
{
    const std::string& kind = line.words.front();
    // They are no plugins, but have options that users look up in the same way.
    if (kind == "training" && line.words.size() == 1) return describe_training();
    if (kind == "run" && line.words.size() == 1) return describe_run();
    require_words(line, 2, 2, describe_help);
    require_kind(kind);
    return describe_plugin(registry, kind, line.words[1]);
}

}  // namespace

const char* const describe_help = R"(mfg describe [KIND, training or run] [NAME] [--format text, markdown or json]

Shows a plugin's manual and its options with type, default, range and meaning. NAME may be a file.
'mfg describe training' and 'mfg describe run' show the options of the training and of the run.
Without a plugin everything is shown; as Markdown that is the reference, docs/reference.md.

  --format FORMAT          text (the default), markdown or json
  --plugin-path DIR        a directory with plugins, may be repeated
)";

int describe(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {"format", "plugin-path"});
    require_words(line, 0, 2, describe_help);
    std::string format = "text";
    std::vector<std::string> directories;
    for (const auto& [name, value] : line.options) {
        if (name == "format") {
            format = value;
        } else {
            directories.push_back(value);
        }
    }
    if (format != "text" && format != "markdown" && format != "json")
        throw mfg::UsageError(fmt::format("format '{}' must be one of: text, markdown, json", mfg::printable(format)));

    mfg::Registry registry(directories);
    if (line.words.empty()) {
        print_everything(registry, format);
        return 0;
    }
    const Description description = description_of(registry, line);
    if (format == "text") {
        print_text(description);
    } else if (format == "markdown") {
        std::cout << to_markdown(description, 2);
    } else {
        print_json(to_json(description));
    }
    return 0;
}
