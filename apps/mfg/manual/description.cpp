#include "manual/description.hpp"

#include "command_line/run_options.hpp"
#include "drawing/table.hpp"

#include <mfg/problem.hpp>
#include <mfg/training/settings.hpp>

#include <fmt/format.h>

#include <cctype>
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
    if (manual.compare(0, beginning.size(), beginning) != 0) return manual;
    std::string text = manual.substr(beginning.size());
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
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
