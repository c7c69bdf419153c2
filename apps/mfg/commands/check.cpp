#include "command_line/command_line.hpp"

#include <mfg/testing/plugin_contract.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace {

/// A line a check, under a title for each setting.
void print(const mfg::CheckResults& results)
{
    std::size_t width = 0;
    for (const mfg::CheckResult& result : results) width = std::max(width, result.what.size());
    std::string setting;
    for (const mfg::CheckResult& result : results) {
        if (result.setting != setting) fmt::print("\n{}\n", result.setting.empty() ? "in all" : result.setting);
        setting = result.setting;
        fmt::print("{:<6}  {:<{}}  {}\n", result.passed ? "ok" : "FAILED", result.what, width, result.measured);
    }
}

}  // namespace

const char* const check_help = R"(mfg check KIND NAME [--KIND.OPTION VALUE ...] [--plugin-path DIR]

Checks what the kind (problem, method, network, integrator, optimizer) promises: derivatives against
finite differences, orders, exact solutions against their equations, saved states, random numbers,
and the like. NAME may be a file. A line a check says what was measured, and where; exit code 1
where one fails.

  --KIND.OPTION VALUE      an option of the plugin: --network.width 32; problems with an option
                           'dimension' are checked in several, unless it is given
  --plugin-path DIR        a directory with plugins, may be repeated
)";

int check(const Arguments& arguments)
{
    const CommandLine line = read_command_line(arguments, {"plugin-path"}, {}, [](const std::string& name) {
        return std::any_of(mfg::plugin_kinds.begin(), mfg::plugin_kinds.end(),
                           [&](const std::string& kind) { return name.compare(0, kind.size() + 1, kind + ".") == 0; });
    });
    require_words(line, 2, 2, check_help);
    const std::string &kind = line.words[0], &given_name = line.words[1];
    require_kind(kind);
    std::vector<std::string> directories;
    mfg::Options::Given given;
    for (const auto& [name, value] : line.options) {
        if (name == "plugin-path") {
            directories.push_back(value);
        } else if (name.compare(0, kind.size() + 1, kind + ".") == 0) {
            given[name.substr(kind.size() + 1)] = value;
        } else {
            throw mfg::UsageError(fmt::format("option '--{}' is none of a {}; see 'mfg help check'", name, kind));
        }
    }

    mfg::Registry registry(directories);
    const std::string name = registry.find(kind, given_name).name;
    const mfg::CheckResults results = mfg::check_plugin(registry, kind, given_name, given);
    fmt::print("{} '{}', {}\n", kind, name, registry.path(kind, given_name));
    print(results);
    const auto failed =
        std::count_if(results.begin(), results.end(), [](const mfg::CheckResult& result) { return !result.passed; });
    if (failed == 0) {
        fmt::print("\nall {} checks passed\n", results.size());
        return 0;
    }
    const std::string count = fmt::format("{} of {} checks failed", failed, results.size());
    fmt::print("\n{}\n", count);
    std::fflush(stdout);
    throw mfg::Error(fmt::format("{} '{}': {}", kind, name, count));
}
