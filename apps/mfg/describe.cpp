#include "command_line.hpp"

#include <mfg/plugin/registry.hpp>
#include <mfg/training/trainer.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace fs = std::filesystem;

namespace {

const char* const usage = "mfg describe KIND NAME [--format text, markdown or json]";

struct Description {
    std::string kind, name, summary;
    std::string manual;  ///< the text on top of the plugin's source, Markdown; may be empty
    std::vector<mfg::OptionRecord> options;
};

/// The build puts `share/mfg/manuals/<kind>_<name>.md` beside `lib/mfg/plugins/<kind>_<name>.so`, in each tree.
std::string read_manual(const fs::path& plugin)
{
    const fs::path root = plugin.parent_path().parent_path().parent_path().parent_path();
    std::ifstream file(root / "share" / "mfg" / "manuals" / plugin.filename().replace_extension(".md"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What the user types, as `--problem.depth`.
std::string option_name(const Description& plugin, const mfg::OptionRecord& option)
{
    return fmt::format("--{}.{}", plugin.kind, option.name);
}

/// Default and range, as `default 1; >= 0`.
std::string rule(const mfg::OptionRecord& option)
{
    const std::string standard = option.standard.empty() ? "default: none" : "default " + option.standard;
    return option.range.empty() ? standard : standard + "; " + option.range;
}

void print_text(const Description& plugin)
{
    std::cout << fmt::format("{} '{}': {}\n", plugin.kind, plugin.name, plugin.summary);
    if (!plugin.manual.empty()) std::cout << "\n" << plugin.manual;
    std::cout << (plugin.options.empty() ? "\nNo options.\n" : "\nOptions:\n");
    std::size_t width = 0;
    for (const auto& option : plugin.options) {
        width = std::max(width, option_name(plugin, option).size() + option.type.size() + 1);
    }
    for (const auto& option : plugin.options) {
        const std::string left = option_name(plugin, option) + " " + option.type;
        std::cout << fmt::format("  {:<{}}  {} ({})\n", left, width, option.text, rule(option));
    }
}

void print_markdown(const Description& plugin)
{
    // A bar would end the cell of the table.
    const auto cell = [](const std::string& text) {
        std::string escaped;
        for (char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
        return escaped;
    };
    std::cout << fmt::format("## {} `{}`\n\n{}\n", plugin.kind, plugin.name, plugin.summary);
    if (!plugin.manual.empty()) std::cout << "\n" << plugin.manual;
    if (plugin.options.empty()) return;
    std::cout << "\n| option | type | default | range | meaning |\n|---|---|---|---|---|\n";
    for (const auto& option : plugin.options) {
        std::cout << fmt::format("| `{}` | {} | {} | {} | {} |\n", option_name(plugin, option), option.type,
                                 option.standard.empty() ? "" : "`" + cell(option.standard) + "`", cell(option.range),
                                 cell(option.text));
    }
}

void print_json(const Description& plugin)
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
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

Description training_description()
{
    mfg::Options options;
    mfg::TrainingSettings settings;
    mfg::TrainingSettings::options(options, settings);
    return {
        "training", "settings", "how long and on how many samples a run trains",
        "A training has levels: each has its own number of samples and of iterations, and starts from where the last\n"
        "one ended. Lists have one entry a level: --training.samples 1024,2304 --training.iterations 500,500.\n"
        "Problems bring defaults of their own; a run's config.ini shows what was used.\n",
        options.records()};
}

}  // namespace

int describe(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {"format", "plugin-path"});
    require_words(line, 1, 2, usage);
    std::string format = "text";
    std::vector<std::string> directories;
    for (const auto& [name, value] : line.options) {
        if (name == "format") {
            format = value;
        } else {
            directories.push_back(value);
        }
    }
    const std::string& kind = line.words[0];
    const auto print = [&](const Description& description) {
        if (format == "text") {
            print_text(description);
        } else if (format == "markdown") {
            print_markdown(description);
        } else if (format == "json") {
            print_json(description);
        } else {
            throw mfg::UsageError(
                fmt::format("format '{}' must be one of: text, markdown, json", mfg::printable(format)));
        }
        return 0;
    };
    // The training is no plugin, but it has options that users look up in the same way.
    if (kind == "training" && line.words.size() == 1) return print(training_description());
    require_words(line, 2, 2, usage);
    require_kind(kind);

    mfg::Registry registry(directories);
    const mfg::PluginInfo& info = registry.find(kind, line.words[1]);
    return print({info.kind, info.name, info.summary, read_manual(registry.path(kind, line.words[1])),
                  registry.options(kind, line.words[1])});
}
