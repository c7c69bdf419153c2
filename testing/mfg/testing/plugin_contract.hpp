#pragma once
#include <mfg/plugin/registry.hpp>
#include <mfg/testing/check.hpp>

#include <string>

namespace mfg {

/// Loads a plugin, given as a name or a file, and checks everything that its kind promises; one with an option
/// `dimension` that is not `given` in several dimensions. Throws an Error where the plugin cannot be loaded or refuses
/// its options; what it throws later is a failed check.
MFG_API CheckResults check_plugin(Registry& registry, const std::string& kind, const std::string& name,
                                  const Options::Given& given = {});

}  // namespace mfg
