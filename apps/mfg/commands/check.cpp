#include <mfg/run/assemble.hpp>
#include "command_line/run_options.hpp"
#include "commands/commands.hpp"

#include <mfg/plugin/guarded.hpp>
#include <mfg/testing/contracts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

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

/// Puts together runs of a problem as `mfg solve` does. What nobody has chosen is what there is.
class Compositions {
public:
    Compositions(mfg::Registry& registry, const std::string& problem, const Settings& settings)
        : registry_(registry), given_{{"problem", problem}}
    {
        given_.insert(given_.end(), settings.options.begin(), settings.options.end());
        for (const std::string& directory : settings.directories) given_.emplace_back("plugin-path", directory);
        for (const char* kind : {"network", "optimizer"}) choose_first(kind);
        for (const std::string& name : registry_.names("integrator"))
            if (!registry_.create<mfg::Integrator>(name)->tolerances()) chosen_.emplace("integrator", name);
    }

    /// Whether a method can take the problem and begin with it: that of its defaults, or any if they name none.
    mfg::CheckResult check(const std::string& what)
    {
        try {
            return first_step(what);
        } catch (const mfg::UsageError&) {
            // It names no method.
        }
        std::string accepted, refusals;
        for (const std::string& method : registry_.names("method")) {
            chosen_["method"] = method;
            try {
                const mfg::CheckResult result = first_step(what);
                if (result.passed) accepted += (accepted.empty() ? "" : ", ") + method;
                if (!result.passed) refusals += "; " + result.measured;
            } catch (const mfg::Error& refused) {
                refusals += fmt::format("; {}: {}", method, refused.what());
            }
        }
        return {what, !accepted.empty(),
                accepted.empty() ? "no method takes the problem" + refusals : "methods that take it: " + accepted};
    }

private:
    void choose_first(const char* kind)
    {
        if (const std::vector<std::string> names = registry_.names(kind); !names.empty()) chosen_[kind] = names.front();
    }

    mfg::CheckResult first_step(const std::string& what) const
    {
        const mfg::Run run =
            mfg::assemble(mfg::Configuration().with_defaults({chosen_.begin(), chosen_.end()}).with(given_));
        const mfg::CheckResult step =
            mfg::guarded(run.plugins(), [&] { return mfg::check_first_step(*run.formulation); });
        return {what, step.passed, fmt::format("method {}, {}", run.method_name, step.measured)};
    }

    mfg::Registry& registry_;
    mfg::Assignments given_;
    std::map<std::string, std::string> chosen_;
};

int check(const Arguments& words, const Settings& settings)
{
    const auto [kind, given_name] = plugin_words(words, check_command());
    mfg::Options::Given given;
    for (const auto& [name, value] : settings.options) {
        if (mfg::section_of(name) != kind)
            throw mfg::UsageError(fmt::format("option '--{}' is none of a {}; see 'mfg help check'", name, kind));
        given[mfg::option_of(name)] = value;
    }

    mfg::Registry registry(settings.directories);
    const std::string name = registry.find(kind, given_name).name;
    const mfg::AtWork at_work(fmt::format("{} '{}'", kind, name));
    mfg::CheckResults results = mfg::check_plugin(registry, kind, given_name, given);
    if (const std::string what = "the defaults compose a run"; kind == mfg::Problem::kind)
        mfg::append_check(results, what, [&] { return Compositions(registry, given_name, settings).check(what); });
    fmt::print("{} '{}', {}\n", kind, name,
               mfg::Registry::is_source(given_name) ? given_name : registry.path(kind, given_name));
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
         {{Value::kind, "KIND"}, {Value::plugin, "NAME", false}},
         R"(Runs the contract tests of a kind (problem, method, network, integrator, optimizer) on a plugin:
derivatives against finite differences, orders of convergence, exact solutions against their
equations, saved states, random numbers. NAME may be a file; the source of a problem, NAME.cpp or
NAME.ini, needs no KIND. One line per check shows the measured value and its place; the exit code is
1 if a check fails.
)"},
        declare, check);
}
