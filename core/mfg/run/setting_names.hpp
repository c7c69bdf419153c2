#pragma once
#include <mfg/base/export.hpp>
#include <string>

namespace mfg {

/// Names of settings: `network` and `density_network` choose plugins, `network.width` is an option in a section.

/// The kind of the plugin that `name` chooses: `density_network`, the network of one field, is a `network`, and
/// `value_optimizer`, that of one player, an `optimizer`. Empty where it chooses none.
MFG_API std::string kind_of(const std::string& name);
MFG_API bool is_field_network(const std::string& name);
MFG_API bool is_player_optimizer(const std::string& name);

/// `network` of `network.width`; empty where there is no dot.
MFG_API std::string section_of(const std::string& name);
/// `width` of `network.width`.
MFG_API std::string option_of(const std::string& name);

/// Whether the name is a word, a dot and a word.
MFG_API bool is_option(const std::string& name);

}  // namespace mfg
