#include <mfg/run/assemble.hpp>
#include "command_line/run_options.hpp"
#include "commands/commands.hpp"

#include <mfg/testing/contracts.hpp>

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

struct Settings {
    mfg::Assignments options;  ///< KIND.OPTION
    std::vector<std::string> directories;
};

void declare(CommandOptions& o, Settings& s)
{
    o.settings({"KIND.OPTION", Value::option, "VALUE",
                "option of the plugin: --network.width 32; problems with an option 'dimension' are checked in "
                "several dimensions, unless it is given"},
               s.options);
    declare_plugin_path(o, s.directories);
}

/// Whether a problem and its defaults make a run; they need not be all that one needs.
mfg::CheckResult check_composition(const std::string& what, const std::string& problem, const Settings& settings)
{
    mfg::Assignments given{{"problem", problem}};
    given.insert(given.end(), settings.options.begin(), settings.options.end());
    for (const std::string& directory : settings.directories) given.emplace_back("plugin-path", directory);
    try {
        return {what, true, "method " + mfg::assemble(mfg::Configuration().with(given)).method_name};
    } catch (const mfg::UsageError& incomplete) {
        return {what, true, incomplete.what()};
    }
}

int check(const Arguments& words, const Settings& settings)
{
    const std::string &kind = words[0], &given_name = words[1];
    require_kind(kind);
    mfg::Options::Given given;
    for (const auto& [name, value] : settings.options) {
        if (mfg::section_of(name) != kind)
            throw mfg::UsageError(fmt::format("option '--{}' is none of a {}; see 'mfg help check'", name, kind));
        given[mfg::option_of(name)] = value;
    }

    mfg::Registry registry(settings.directories);
    const std::string name = registry.find(kind, given_name).name;
    mfg::CheckResults results = mfg::check_plugin(registry, kind, given_name, given);
    if (const std::string what = "the defaults compose a run"; kind == mfg::Problem::kind)
        mfg::append_check(results, what, [&] { return check_composition(what, given_name, settings); });
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

}  // namespace

Command check_command()
{
    return with_options<Settings>(
        {"check",
         "run the contract tests on a plugin",
         {{Value::kind, "KIND"}, {Value::plugin, "NAME"}},
         R"(Runs the contract tests of a kind (problem, method, network, integrator, optimizer) on a plugin:
derivatives against finite differences, orders of convergence, exact solutions against their
equations, saved states, random numbers. NAME may be a file. One line per check shows the measured
value and its place; the exit code is 1 if a check fails.
)"},
        declare, check);
}
