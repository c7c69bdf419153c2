#pragma once
#include <mfg/testing/plugin_contract.hpp>

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

/// Every plugin of a kind can be used and passes what `mfg check` checks; `shipped` of them come with the program.
inline void require_all_plugins(const std::string& kind, std::size_t shipped)
{
    mfg::Registry registry;
    const std::vector<mfg::PluginEntry> entries = registry.list(kind);
    CHECK(entries.size() >= shipped);
    for (const mfg::PluginEntry& entry : entries) {
        INFO(kind << " " << entry.name << ": " << entry.failure);
        REQUIRE(entry.failure.empty());
        require_all(mfg::check_plugin(registry, kind, entry.name));
    }
}

/// Some promise whose description contains `words` is broken.
inline bool fails(const mfg::CheckResults& results, const std::string& words)
{
    return std::any_of(results.begin(), results.end(), [&](const mfg::CheckResult& result) {
        return !result.passed && result.what.find(words) != std::string::npos;
    });
}
