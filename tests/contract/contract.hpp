#pragma once
#include <mfg/testing/contracts.hpp>

#include "catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// Every promise is kept, there were some, and each says what was measured.
inline void require_all(const mfg::CheckResults& results)
{
    CHECK_FALSE(results.empty());
    for (const mfg::CheckResult& result : results) {
        INFO(result.setting << ": " << result.what << ": " << result.measured);
        CHECK(result.passed);
        CHECK_FALSE(result.measured.empty());
    }
}

/// Every plugin of a kind can be loaded and passes what `mfg check` checks; there are `least` at least.
inline void require_all_plugins(const std::string& kind, std::size_t least)
{
    mfg::Registry registry;
    const std::vector<mfg::PluginEntry> plugins = registry.list(kind);
    REQUIRE(plugins.size() >= least);
    for (const mfg::PluginEntry& plugin : plugins) {
        INFO(kind << " " << plugin.name);
        CHECK(plugin.failure == "");
        if (plugin.failure.empty()) require_all(mfg::check_plugin(registry, kind, plugin.name));
    }
}

/// Some promise whose description contains `words` is broken.
inline bool fails(const mfg::CheckResults& results, const std::string& words)
{
    return std::any_of(results.begin(), results.end(), [&](const mfg::CheckResult& result) {
        return !result.passed && result.what.find(words) != std::string::npos;
    });
}
