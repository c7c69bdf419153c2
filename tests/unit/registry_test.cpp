#include "catch.hpp"

#include "../bad_plugins/toy.hpp"
#include "scratch.hpp"

#include <mfg/plugin/registry.hpp>

#include <algorithm>
#include <fstream>
#include <thread>

using mfg::Registry;

namespace {

const std::string directory = MFG_BAD_PLUGINS;

std::string failure_of(const std::string& name)
{
    Registry registry({directory});
    std::string message = message_of<mfg::Error>([&] { registry.find("problem", name); });
    CHECK(message.find('\n') == std::string::npos);
    return message;
}

std::string refusal(const std::string& name)
{
    return "problem plugin " + directory + "/problem_" + name + ".so: ";
}

}  // namespace

TEST_CASE("a good plugin is found, described and made")
{
    Registry registry({directory});
    CHECK(registry.find("problem", "good").summary == std::string("a plugin with nothing wrong"));
    CHECK(registry.path("problem", "good") == directory + "/problem_good.so");
    const auto options = registry.options("problem", "good");
    REQUIRE(options.size() == 2);
    CHECK(options[0].name == "depth");
    CHECK(options[0].standard == "1");

    std::vector<mfg::OptionRecord> effective;
    const auto toy = registry.create<Toy>("good", {{"depth", "3"}}, &effective);
    CHECK(toy->depth() == 3);
    REQUIRE(effective.size() == 2);
    CHECK(effective[0].value == "3");
    CHECK(effective[1].value == "2");
}

TEST_CASE("a plugin is named by its source where the program can make libraries")
{
    const Scratch scratch;
    const std::string source = scratch / "any name.cpp";
    std::ofstream(source) << "text";
    Registry registry({directory});
    CHECK(message_of<mfg::Error>([&] { registry.find("problem", source); }) ==
          "'" + mfg::printable(source) + "' is a source, and nothing is compiled here; name a library");
    Registry::build_sources_with([&](const std::string& kind, const std::string& name) {
        CHECK(kind == "problem");
        CHECK(name == source);
        return mfg::BuiltPlugin{directory + "/problem_other_name.so", name};
    });
    // The name is the plugin's own: that of the file says nothing.
    CHECK(registry.find("problem", source).name == std::string("another"));
    CHECK(registry.path("problem", source) == directory + "/problem_other_name.so");
    CHECK(Registry::source("problem", source) == source);
    CHECK(message_of<mfg::Error>([&] { registry.find("problem", "none.cpp"); }) ==
          "no problem plugin in file 'none.cpp': there is no such file");
    Registry::build_sources_with({});
}

TEST_CASE("an object outlives its registry")
{
    Registry::Object<Toy> toy;
    {
        Registry registry({directory});
        toy = registry.create<Toy>("good");
    }
    CHECK(toy->depth() == 1);
}

TEST_CASE("errors in options name plugin and option once")
{
    Registry registry({directory});
    CHECK(message_of<mfg::Error>([&] {
              registry.create<Toy>("good", {{"depth", "-1"}});
          }) == "problem 'good': option depth = -1 must be >= 0");
    CHECK(message_of<mfg::Error>([&] {
              registry.create<Toy>("good", {{"depht", "1"}});
          }) == "problem 'good': unknown option 'depht'; did you mean 'depth'?");
}

TEST_CASE("a file is found by its path")
{
    Registry registry;
    CHECK(registry.find("problem", directory + "/problem_good.so").name == std::string("good"));
    CHECK_THAT(message_of<mfg::Error>([&] { registry.find("problem", directory + "/problem_none.so"); }),
               ContainsSubstring("there is no such file"));
    CHECK_THAT(message_of<mfg::Error>([&] { registry.find("problem", "/"); }), ContainsSubstring("no such file"));
}

TEST_CASE("a name that does not exist gives advice in one line")
{
    const std::string message = failure_of("goood");
    CHECK_THAT(message, ContainsSubstring("no problem 'goood'; did you mean 'good'?"));
    CHECK_THAT(message, ContainsSubstring("good"));
    CHECK_THAT(message, ContainsSubstring("looked in: " + directory));
    CHECK_THAT(failure_of(""), ContainsSubstring("no problem ''"));
    Registry registry;
    CHECK_THAT(message_of<mfg::Error>([&] { registry.find("problme", "good"); }),
               ContainsSubstring("unknown plugin kind 'problme'; known: problem, method"));
}

TEST_CASE("plugins of another build are refused before they run")
{
    const std::string rebuild = "Rebuild the plugin against this installation.";
    const std::string abi = failure_of("wrong_abi");
    CHECK(abi == refusal("wrong_abi") + "was built for 'api=1;cxxabi=999;real=float', but this is '" MFG_ABI_TAG "'. " +
                     rebuild);
    CHECK(failure_of("wrong_api") == refusal("wrong_api") + "was built for interface " +
                                         std::to_string(MFG_PLUGIN_API + 1) + ", but this is " +
                                         std::to_string(MFG_PLUGIN_API) + ". " + rebuild);
    CHECK(failure_of("fast_math") == refusal("fast_math") + "was built for '" MFG_ABI_TAG ";math=fast', but this is '" +
                                         MFG_ABI_TAG "'. " + rebuild);
    CHECK(failure_of("short_struct") == refusal("short_struct") + "its description has 4 bytes, not " +
                                            std::to_string(sizeof(mfg::PluginInfo)) + ". " + rebuild);
}

TEST_CASE("what is no plugin of this name and kind is refused")
{
    CHECK_THAT(failure_of("no_symbol"), ContainsSubstring("is not a plugin of mfg (no symbol mfg_plugin_v1)"));
    CHECK(failure_of("wrong_kind") == refusal("wrong_kind") + "it is of kind 'optimizer', not 'problem'");
    CHECK(failure_of("other_name") == refusal("other_name") +
                                          "it calls itself 'another'; name the file problem_another.so or change "
                                          "MFG_PLUGIN");
}

TEST_CASE("what cannot be loaded is refused in the loader's words")
{
    CHECK(failure_of("no_library") == refusal("no_library") + "cannot be loaded: file too short");
    CHECK(failure_of("undefined_symbol") ==
          refusal("undefined_symbol") + "cannot be loaded: undefined symbol: _Z18is_defined_nowherev");
}

TEST_CASE("exceptions of a plugin end at its boundary")
{
    Registry registry({directory});
    CHECK(message_of<mfg::Error>([&] { registry.create<Toy>("throws_std"); }) ==
          "problem 'throws_std': the well is dry");
    CHECK_THAT(message_of<mfg::Error>([&] { registry.create<Toy>("throws_other"); }),
               ContainsSubstring("problem 'throws_other': "));
    CHECK(message_of<mfg::Error>([&] { registry.options("problem", "bad_default"); }) ==
          "problem 'bad_default': option depth = -1 must be >= 0");
}

TEST_CASE("a list holds the usable and the broken ones")
{
    Registry registry({directory, directory + "/second"});
    const auto entries = registry.list("problem");
    const auto entry = [&](const std::string& path) {
        const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.path == path; });
        REQUIRE(found != entries.end());
        return *found;
    };
    CHECK(std::is_sorted(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
    CHECK(entry(directory + "/problem_good.so").failure.empty());
    CHECK(entry(directory + "/problem_good.so").summary == "a plugin with nothing wrong");
    CHECK(entry(directory + "/second/problem_good.so").failure == "hidden by " + directory + "/problem_good.so");
    CHECK_THAT(entry(directory + "/problem_wrong_abi.so").failure, ContainsSubstring("cxxabi=999"));

    const auto names = registry.names("problem");
    CHECK(std::count(names.begin(), names.end(), "good") == 1);
    CHECK(std::count(names.begin(), names.end(), "wrong_abi") == 0);
    CHECK(std::count(names.begin(), names.end(), "throws_std") == 1);
}

TEST_CASE("the first directory wins")
{
    Registry registry({directory + "/second", directory});
    CHECK(registry.path("problem", "good") == directory + "/second/problem_good.so");
}

TEST_CASE("a plugin path that is no directory is an error")
{
    CHECK(message_of<mfg::Error>([] { Registry({"/no/such/directory"}); }) ==
          "plugin path '/no/such/directory' is not a directory");
}

TEST_CASE("plugins are loaded from many threads")
{
    std::vector<std::thread> threads;
    std::vector<int> made(8, 0);
    for (int& result : made) {
        threads.emplace_back([&result] {
            Registry registry({directory});
            registry.list("problem");
            result = registry.create<Toy>("good", {{"dimension", "7"}})->settings.dimension;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(made == std::vector<int>(8, 7));
}
