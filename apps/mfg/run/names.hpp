#pragma once
#include <string>

/// Names of settings: `network` and `density_network` choose plugins, `network.width` is an option in a section.

/// The kind of the plugin that `name` chooses: `density_network`, the network of one field, is a `network`, and
/// `value_optimizer`, that of one player, an `optimizer`. Empty if it chooses none.
std::string kind_of(const std::string& name);
bool is_field_network(const std::string& name);
bool is_player_optimizer(const std::string& name);

/// `network` of `network.width`; empty without a dot.
std::string section_of(const std::string& name);
/// `width` of `network.width`.
std::string option_of(const std::string& name);

/// Whether the name is a word, a dot and a word.
bool is_option(const std::string& name);
