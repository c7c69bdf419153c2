#pragma once
#include <mfg/testing/check.hpp>

#include "catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// Every promise is kept, and there were some.
inline void require_all(const std::vector<mfg::CheckResult>& results)
{
    CHECK_FALSE(results.empty());
    for (const mfg::CheckResult& result : results) {
        INFO(result.what << ": " << result.measured);
        CHECK(result.passed);
    }
}

/// Some promise whose description contains `words` is broken.
inline bool fails(const std::vector<mfg::CheckResult>& results, const std::string& words)
{
    return std::any_of(results.begin(), results.end(), [&](const mfg::CheckResult& result) {
        return !result.passed && result.what.find(words) != std::string::npos;
    });
}
