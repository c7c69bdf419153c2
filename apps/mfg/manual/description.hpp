#pragma once
#include <mfg/plugin/registry.hpp>

#include <string>
#include <utility>
#include <vector>

/// Everything about a plugin, or about other options that users look up in the same way.
struct Description {
    std::string kind, name, summary;
    std::string manual;  ///< the text on top of the plugin's source, Markdown; may be empty
    std::vector<mfg::OptionRecord> options;
    /// Of a problem: options of other plugins that suit it, and hold unless others are given.
    std::vector<std::pair<std::string, std::string>> defaults;
};

/// Throws an Error if the plugin does not exist or cannot be used. `name` may be a file.
Description describe_plugin(mfg::Registry& registry, const std::string& kind, const std::string& name);
/// Those of a kind; one that cannot be used says why.
std::vector<Description> describe_plugins(mfg::Registry& registry, const std::string& kind);
/// The training: `--training.OPTION`.
Description describe_training();
/// Where and how a run is made: `--output` and the like.
Description describe_run();

/// The option as users type it: `--problem.depth`.
std::string option_name(const Description& owner, const mfg::OptionRecord& option);

/// A section of Markdown whose heading has `level` times `#`.
std::string to_markdown(const Description& description, int level);

/// Everything in one page of Markdown: all plugins, training, run and experiments, with a table of contents.
std::string reference(mfg::Registry& registry);
