#include "catch.hpp"
#include "scratch.hpp"

#include <command_line/run_options.hpp>
#include <mfg/run/experiments.hpp>
#include <mfg/run/resolver.hpp>

#include <filesystem>
#include <fstream>

using mfg::OptionRecord;

namespace {

/// A file that lasts as long as the object.
class File {
public:
    explicit File(const std::string& content, const std::string& name = "toy.ini") : path_(directory_ / name)
    {
        std::ofstream(path_, std::ios::binary) << content;
    }
    const std::string& path() const { return path_; }

private:
    Scratch directory_;
    std::string path_;
};

std::vector<OptionRecord> records(const std::vector<std::string>& names)
{
    std::vector<OptionRecord> list;
    for (const std::string& name : names) list.push_back({name, "text", "text of " + name, "", "", ""});
    return list;
}

/// The given texts of a section, as `a=1 b=2`.
std::string given(mfg::Resolver& c, const std::string& section, const std::vector<std::string>& known)
{
    std::string text;
    for (const auto& [name, value] : c.options(section, records(known))) {
        text += (text.empty() ? "" : " ") + name + "=" + value;
    }
    return text;
}

/// What the words after `mfg solve` say.
mfg::Configuration configured(const Arguments& arguments)
{
    mfg::Configuration result;
    const auto keep = [&](const Arguments& words, const RunOptions& options) {
        result = read_configuration(words, options.settings);
        return 0;
    };
    with_options<RunOptions>({"solve", "", {experiment_word}, ""}, declare_run, keep).run(arguments);
    return result;
}

mfg::Resolver resolver(const Arguments& arguments)
{
    return mfg::Resolver(configured(arguments));
}

std::string usage_error(const Arguments& arguments)
{
    return message_of<mfg::UsageError>([&] { configured(arguments); });
}

std::string file_error(const std::string& content)
{
    const File file(content);
    return message_of<mfg::Error>([&] { configured({file.path()}); });
}

}  // namespace

TEST_CASE("the command line names plugins, options and the run")
{
    mfg::Resolver c =
        resolver({"--problem", "well", "--problem.depth", "-1", "--method=galerkin", "--seed", "7", "--threads=2",
                  "--output", "a#b", "--quiet", "--plugin-path", "/p", "--plugin-path", "/q"});
    CHECK(c.given().name().empty());
    CHECK(c.plugin("problem") == "well");
    CHECK(c.plugin("method") == "galerkin");
    CHECK(given(c, "problem", {"depth"}) == "depth=-1");
    CHECK(c.given().run().seed == 7);
    CHECK(c.given().run().threads == 2);
    CHECK(c.given().run().output == "a#b");
    CHECK(c.given().run().quiet);
    CHECK(c.given().run().plugin_paths == std::vector<std::string>{"/p", "/q"});
    CHECK_NOTHROW(c.finish());
}

TEST_CASE("settings of the run have defaults")
{
    const mfg::Configuration c;
    CHECK(c.run().seed == 1);
    CHECK(c.run().threads == 0);
    CHECK_FALSE(c.run().quiet);
}

TEST_CASE("the command line wins over the file, the file over the problem")
{
    const File file("description = a well\nproblem = well\nseed = 5\n[problem]\ndepth = 2\nwidth = 3\n");
    mfg::Resolver c = resolver({file.path(), "--problem.depth", "4", "--problem", "well"});
    CHECK(c.given().name() == "toy");
    CHECK(c.given().run().seed == 5);
    c.add_defaults("toy",
                   {{"problem.depth", "9"}, {"problem.width", "9"}, {"problem.height", "9"}, {"method", "galerkin"}});
    CHECK(given(c, "problem", {"depth", "width", "height"}) == "depth=4 height=9 width=3");
    CHECK(c.plugin("method") == "galerkin");
}

TEST_CASE("defaults of a problem hold only where they are known")
{
    mfg::Resolver c = resolver({"--method", "galerkin"});
    c.add_defaults("toy", {{"method", "lagrangian"}, {"method.time_steps", "2"}, {"network.width", "16"}});
    CHECK(c.plugin("method") == "galerkin");
    CHECK(given(c, "method", {"points"}).empty());
    CHECK(given(c, "network", {"width"}) == "width=16");
    CHECK_NOTHROW(c.finish());
    CHECK_THROWS_AS(c.add_defaults("toy", {{"methd", "x"}}), mfg::Error);
}

TEST_CASE("a default that nobody knows is an error of the problem")
{
    // What a run of this command line, all of whose sections know `steps`, says about a default.
    const auto complaint = [](const Arguments& arguments, const mfg::Assignments& defaults) {
        mfg::Resolver c = resolver(arguments);
        return message_of<mfg::Error>([&] {
            c.add_defaults("toy", defaults);
            c.plugin("method");
            c.plugin("network");
            c.options("method", records({"steps"}));
            c.options("network", records({"steps"}));
            c.options("training", records({"steps"}));
            for (const std::string& name : c.optimizers()) c.options(name, records({"steps"}));
            c.finish();
        });
    };
    const mfg::Assignments plugins{{"method", "lagrangian"}, {"network", "resnet"}, {"optimizer", "adam"}};
    const auto with = [&](const std::string& name) {
        mfg::Assignments defaults = plugins;
        defaults.emplace_back(name, "2");
        return defaults;
    };
    for (const char* name : {"method.steps", "network.steps", "training.steps", "optimizer.steps", "adam.steps"})
        CHECK(complaint({}, with(name)).empty());
    CHECK(complaint({}, with("method.stepz")) ==
          "problem 'toy': its default method.stepz: unknown option 'stepz' of method; did you mean 'steps'?");
    CHECK_THAT(complaint({}, with("adam.stepz")), ContainsSubstring("unknown option 'stepz' of adam"));
    CHECK_THAT(complaint({}, with("trainig.steps")), ContainsSubstring("no 'trainig'; did you mean 'training'?"));
    CHECK_THAT(complaint({}, with("lion.steps")), ContainsSubstring("this run has no 'lion'"));

    // The method's options may leave out an integrator or a field; another plugin may not know the option.
    for (const char* name : {"integrator.steps", "density_network.steps", "value_optimizer.steps"})
        CHECK(complaint({}, with(name)).empty());
    CHECK(complaint({"--network", "mlp"}, with("network.stepz")).empty());
    CHECK(complaint({"--optimizer", "lion"}, with("adam.stepz")).empty());
    CHECK(complaint({"--method", "galerkin"}, with("network.stepz")).empty());
    CHECK_FALSE(complaint({"--network", "resnet"}, with("network.stepz")).empty());
    CHECK_FALSE(complaint({"--optimizer", "lion"}, with("network.stepz")).empty());
}

TEST_CASE("settings are put over others")
{
    const mfg::Configuration first =
        mfg::Configuration("toy", {{"problem", "well"}, {"plugin-path", "/p"}}).with({{"seed", "2"}});
    const mfg::Configuration second = first.with({{"method", "eulerian"}, {"seed", "3"}, {"plugin-path", "/q"}});
    CHECK(first.run().seed == 2);
    CHECK_FALSE(first.find({"method"}));
    CHECK(second.run().seed == 3);
    CHECK(second.find({"method"})->text == "eulerian");
    CHECK(second.find({"problem"})->text == "well");
    CHECK(second.run().plugin_paths == std::vector<std::string>{"/q", "/p"});
}

TEST_CASE("an option that the owner does not know reaches it")
{
    mfg::Resolver c = resolver({"--problem", "well", "--problem.depht", "1"});
    CHECK(given(c, "problem", {"depth"}) == "depht=1");
}

TEST_CASE("options of a plugin that the command line replaced are dropped where unknown")
{
    const File file("network = resnet\n[network]\nrank = 10\nwidth = 20\n[integrator]\nsteps = 3\n");
    mfg::Resolver kept = resolver({file.path()});
    CHECK(given(kept, "network", {"width"}) == "rank=10 width=20");
    CHECK_THAT(message_of<mfg::Error>([&] { kept.finish(); }), ContainsSubstring("this run has no 'integrator'"));
    mfg::Resolver replaced = resolver({file.path(), "--network", "dgm"});
    CHECK(given(replaced, "network", {"width"}) == "width=20");
    CHECK(replaced.plugin("network") == "dgm");
    CHECK_THAT(message_of<mfg::Error>([&] { replaced.finish(); }), ContainsSubstring("this run has no 'integrator'"));
    mfg::Resolver other_method = resolver({file.path(), "--network", "dgm", "--method", "galerkin"});
    CHECK(other_method.plugin("method") == "galerkin");
    CHECK(other_method.plugin("network") == "dgm");
    CHECK(given(other_method, "network", {"width"}) == "width=20");
    CHECK_NOTHROW(other_method.finish());
}

TEST_CASE("quoted numbers belong to the experiment as it is")
{
    const File file("problem = toy\n[published]\nobjective = 3\n[rerun]\nobjective = 4\nsource = ours\n");
    const auto quoted = configured({file.path()}).quoted();
    REQUIRE(quoted.size() == 2);
    CHECK(quoted.at("published").size() == 1);
    CHECK(quoted.at("rerun").size() == 2);
    CHECK(configured({file.path(), "--seed", "3", "--threads", "1"}).quoted() == quoted);
    CHECK(configured({file.path(), "--problem.radius", "3"}).quoted().empty());
    CHECK(configured({file.path(), "--network", "dgm"}).quoted().empty());
}

TEST_CASE("one field may have its own network")
{
    mfg::Resolver c = resolver({"--network", "resnet", "--density_network", "dgm", "--network.width", "10",
                                "--network.rank", "3", "--density_network.width", "20"});
    CHECK(c.plugin("value_network") == "resnet");
    CHECK(c.plugin("density_network") == "dgm");
    CHECK(given(c, "value_network", {"width", "rank"}) == "rank=3 width=10");
    CHECK(given(c, "density_network", {"width"}) == "width=20");
    CHECK_NOTHROW(c.finish());
}

TEST_CASE("a general option of the command line wins over a special one of the file")
{
    const File file("density_network = dgm\n[density_network]\nwidth = 20\n");
    mfg::Resolver c = resolver({file.path(), "--network.width", "50", "--network", "resnet"});
    CHECK(given(c, "density_network", {"width"}) == "width=50");
    CHECK(c.plugin("density_network") == "resnet");
}

TEST_CASE("optimizers are a list, with common and own options")
{
    for (const char* word : {"--optimizer", "--training.optimizer"}) {
        mfg::Resolver c = resolver({word, "adam,bfgs", "--optimizer.learning_rate", "0.1", "--optimizer.memory", "7",
                                    "--optimizer.tolerance", "1", "--bfgs.tolerance", "2"});
        CHECK(c.optimizers() == std::vector<std::string>{"adam", "bfgs"});
        CHECK(given(c, "adam", {"learning_rate", "tolerance"}) == "learning_rate=0.1 tolerance=1");
        CHECK(given(c, "bfgs", {"memory", "tolerance"}) == "memory=7 tolerance=2");
        CHECK_NOTHROW(c.finish());
    }
    for (const char* list : {"adam,", ",adam", "adam,,bfgs"}) {
        INFO(list);
        mfg::Resolver c = resolver({"--optimizer", list});
        CHECK_THROWS_AS(c.optimizers(), mfg::UsageError);
    }
}

TEST_CASE("one player may have its own optimizer")
{
    const std::vector<std::string> known{"beta1", "learning_rate", "memory"};
    mfg::Resolver c = resolver({"--optimizer", "adam", "--population_optimizer", "rmsprop,lion",
                                "--optimizer.learning_rate", "0.1", "--population_optimizer.learning_rate", "0.2",
                                "--lion.learning_rate", "0.3", "--adam.beta1", "0.5", "--value_adam.memory", "7"});
    CHECK(c.optimizers("value") == std::vector<std::string>{"adam"});
    CHECK(c.optimizers("population") == std::vector<std::string>{"rmsprop", "lion"});
    CHECK(given(c, "value_adam", known) == "beta1=0.5 learning_rate=0.1 memory=7");
    // The options of its own optimizer are nearer to a player than those of a plugin, and these than those of all.
    CHECK(given(c, "population_rmsprop", known) == "learning_rate=0.2");
    CHECK(given(c, "population_lion", known) == "learning_rate=0.2");
    CHECK_NOTHROW(c.finish());

    mfg::Resolver nearest = resolver({"--optimizer", "adam", "--optimizer.learning_rate", "1", "--adam.learning_rate",
                                      "2", "--value_optimizer.learning_rate", "3", "--value_adam.learning_rate", "4"});
    nearest.optimizers("value");
    nearest.optimizers("population");
    CHECK(given(nearest, "value_adam", known) == "learning_rate=4");
    CHECK(given(nearest, "population_adam", known) == "learning_rate=2");
    CHECK_NOTHROW(nearest.finish());

    mfg::Resolver nobody = resolver({"--optimizer", "adam", "--speaker_optimizer", "lion"});
    nobody.optimizers("value");
    CHECK_THAT(message_of<mfg::Error>([&] { nobody.finish(); }), ContainsSubstring("speaker_optimizer"));
}

TEST_CASE("optimizers of players in a file give way to the command line")
{
    const File file(
        "optimizer = adam\nvalue_optimizer = rmsprop\n[optimizer]\nlearning_rate = 0.1\n"
        "[value_optimizer]\nlearning_rate = 0.2\n[value_rmsprop]\ndecay = 0.9\n");
    mfg::Resolver kept = resolver({file.path()});
    CHECK(kept.optimizers("value") == std::vector<std::string>{"rmsprop"});
    CHECK(kept.optimizers("population") == std::vector<std::string>{"adam"});
    CHECK(given(kept, "value_rmsprop", {"decay", "learning_rate"}) == "decay=0.9 learning_rate=0.2");
    CHECK(given(kept, "population_adam", {"learning_rate"}) == "learning_rate=0.1");
    CHECK_NOTHROW(kept.finish());

    mfg::Resolver all = resolver({file.path(), "--optimizer.learning_rate", "0.5"});
    all.optimizers("value");
    CHECK(given(all, "value_rmsprop", {"decay", "learning_rate"}) == "decay=0.9 learning_rate=0.5");

    for (const char* word : {"--value_optimizer", "--optimizer"}) {
        INFO(word);
        mfg::Resolver replaced = resolver({file.path(), word, "lion"});
        CHECK(replaced.optimizers("value") == std::vector<std::string>{"lion"});
        CHECK(replaced.optimizers("population") ==
              std::vector<std::string>{word == std::string("--optimizer") ? "lion" : "adam"});
        CHECK(given(replaced, "value_lion", {"learning_rate"}) == "learning_rate=0.2");
        CHECK_NOTHROW(replaced.finish());
    }
}

TEST_CASE("the optimizers of players are written, and repeat the run")
{
    mfg::Resolver first = resolver({"--problem", "well", "--optimizer", "adam", "--value_optimizer", "adam,lion"});
    first.plugin("problem");
    first.optimizers("value");
    first.optimizers("population");
    const auto rate = [](const std::string& text) {
        return std::vector<OptionRecord>{{"learning_rate", "real", "step", "0.1", text, "> 0"}};
    };
    first.record("problem", "well", {});
    first.record("value_adam", "adam", rate("0.01"));
    first.record("value_lion", "lion", rate("0.02"));
    first.record("population_adam", "adam", rate("0.03"));
    const std::string text = first.finish().to_ini();
    INFO(text);

    const File written(text, "config.ini");
    mfg::Resolver second = resolver({written.path()});
    CHECK(second.optimizers("value") == std::vector<std::string>{"adam", "lion"});
    CHECK(second.optimizers("population") == std::vector<std::string>{"adam"});
    CHECK(given(second, "value_adam", {"learning_rate"}) == "learning_rate=0.01");
    CHECK(given(second, "value_lion", {"learning_rate"}) == "learning_rate=0.02");
    CHECK(given(second, "population_adam", {"learning_rate"}) == "learning_rate=0.03");
    second.plugin("problem");
    CHECK_NOTHROW(second.finish());
}

TEST_CASE("what nobody asked for is an error with advice")
{
    const auto failure = [](const Arguments& arguments) {
        return message_of<mfg::UsageError>([&] {
            mfg::Resolver c = resolver(arguments);
            c.options("problem", records({"depth"}));
            c.options("adam", records({"learning_rate"}));
            c.finish();
        });
    };
    CHECK(failure({"--problem.depth", "1", "--adam.learning_rate", "1"}).empty());
    CHECK(failure({"--problm.depth", "1"}) ==
          "'problm.depth' is given, but this run has no 'problm'; did you mean 'problem'?");
    CHECK(failure({"--optimizer.lerning_rate", "1"}) ==
          "unknown option 'lerning_rate' of optimizer; did you mean 'learning_rate'?");
    CHECK(failure({"--integrator", "rk4"}) == "'integrator' is given, but this run uses none");
}

TEST_CASE("a plugin that was not chosen is asked for")
{
    mfg::Resolver c = resolver({});
    CHECK(message_of<mfg::UsageError>([&] { c.plugin("problem"); }) ==
          "no problem is chosen; give --problem NAME (see 'mfg list problem')");
    CHECK(message_of<mfg::UsageError>([&] { c.plugin("density_network"); }) ==
          "no density_network is chosen; give --density_network NAME (see 'mfg list network')");
    // Where a file should have chosen it, it is not the command line that is wrong.
    const File file("method = galerkin\n");
    mfg::Resolver from_file = resolver({file.path()});
    try {
        from_file.plugin("problem");
        FAIL("no error");
    } catch (const mfg::UsageError&) {
        FAIL("a usage error");
    } catch (const mfg::Error& error) {
        CHECK(error.what() == std::string("'toy': no problem is chosen; give --problem NAME (see 'mfg list problem')"));
    }
}

TEST_CASE("names of files in an INI file are those beside it")
{
    const File file(
        "problem = well/problem_well.so\nmethod = galerkin\noptimizer = adam, ./a/optimizer_b.so\n"
        "plugin-path = p\nplugin-path = /q\n[problem]\nmap = room.json\nempty =\nlabel = room.json\n");
    const std::string directory = std::filesystem::path(file.path()).parent_path().string();
    const std::vector<OptionRecord> known{
        {"map", "file", "", "", "", ""}, {"empty", "file", "", "", "", ""}, {"label", "text", "", "", "", ""}};
    mfg::Resolver c = resolver({file.path()});
    CHECK(c.plugin("problem") == directory + "/well/problem_well.so");
    CHECK(c.plugin("method") == "galerkin");
    CHECK(c.plugin("optimizer") == "adam," + directory + "/./a/optimizer_b.so");
    CHECK(c.given().run().plugin_paths == std::vector<std::string>{directory + "/p", "/q"});
    CHECK(c.options("problem", known) ==
          mfg::Options::Given{{"map", directory + "/room.json"}, {"empty", ""}, {"label", "room.json"}});
    // Those of the command line are from where it is typed.
    mfg::Resolver typed = resolver({file.path(), "--problem.map", "hall.json", "--problem", "./problem_hall.so"});
    CHECK(typed.plugin("problem") == "./problem_hall.so");
    CHECK(typed.options("problem", known).at("map") == "hall.json");
}

TEST_CASE("a source may be the problem of a run, which keeps it")
{
    const File formulas("[formulas]\nrunning_cost = w\n[constants]\na = 1\n[problem]\na = 2\n");
    mfg::Resolver c = resolver({formulas.path()});
    CHECK(c.plugin("problem") == formulas.path());
    CHECK(c.options("problem", records({"a"})) == mfg::Options::Given{{"a", "2"}});
    c.record("problem", formulas.path(), {{"a", "real", "text", "1", "2", ""}});
    const mfg::ResolvedConfiguration found = c.finish();
    CHECK_THAT(found.to_ini(),
               ContainsSubstring("\nname = toy\n") && ContainsSubstring("\nproblem = " + formulas.path()));
    CHECK_THAT(found.to_ini(true), ContainsSubstring("\nproblem = sources/toy.cpp\n"));
    // A run may be moved: what it is does not depend on where its source was.
    CHECK(found.section("problem").front().second == "sources/toy.cpp");
    CHECK(found.settings()[1].second == "sources/toy.cpp");

    const mfg::Configuration source = mfg::Configuration::from_file("a/game.cpp");
    CHECK(source.find({"problem"})->text == "a/game.cpp");
    CHECK(source.name() == "game");

    const File both("problem = well\n[formulas]\nrunning_cost = w\n");
    CHECK_THAT(message_of<mfg::Error>([&] { mfg::Configuration::from_file(both.path()); }),
               ContainsSubstring("it has formulas, which are its problem, and 'problem = well'"));
}

TEST_CASE("a wrong command line is a usage error")
{
    CHECK(usage_error({"--sed", "1"}) == "unknown option '--sed'; did you mean '--seed'?");
    CHECK(usage_error({"--prob", "well"}) != "");
    CHECK(usage_error({"--zzzzzzzz", "well"}) == "unknown option '--zzzzzzzz'; see --help");
    CHECK(usage_error({"--problem.Depth", "1"}) != "");
    CHECK(usage_error({"--problem.", "1"}) != "");
    CHECK(usage_error({"--seed"}) != "");
    CHECK(usage_error({"--seed", "--quiet"}) != "");
    CHECK(usage_error({"--seed="}) != "");
    CHECK(usage_error({"--quiet=no"}) != "");
    CHECK_THAT(usage_error({"a.ini", "b.ini"}), ContainsSubstring("unexpected argument 'b.ini'"));
    CHECK_THAT(usage_error({"--quiet", "a.ini", "stray"}), ContainsSubstring("unexpected argument 'stray'"));
    CHECK(usage_error({"--seed", "1", "--seed", "2"}) == "option 'seed' is given twice");
    CHECK(usage_error({"--optimizer", "a", "--training.optimizer", "b"}) ==
          "option 'training.optimizer' is given twice");
}

TEST_CASE("settings of the run are checked")
{
    CHECK(message_of<mfg::Error>([] {
              configured({"--seed", "x"});
          }) == "run: option seed = x must be an integer in digits, such as 100");
    CHECK(message_of<mfg::Error>([] { configured({"--seed", "-1"}); }) == "run: option seed = -1 must be >= 0");
    CHECK(message_of<mfg::Error>([] {
              configured({"--seed", "2147483648"});
          }) == "run: option seed = 2147483648 must be >= 0 and <= 2147483647");
    CHECK_THAT(file_error("quiet = perhaps\n"),
               ContainsSubstring("toy.ini': run: option quiet = perhaps must be true or"));
}

TEST_CASE("a wrong file is one clear line")
{
    CHECK_THAT(file_error(""), ContainsSubstring("has no settings"));
    CHECK_THAT(file_error("# only a comment\n\n"), ContainsSubstring("has no settings"));
    CHECK_THAT(file_error(std::string("\x7f"
                                      "ELF\0\1\2",
                                      7)),
               ContainsSubstring("is not a text file"));
    CHECK_THAT(file_error("problem\n"), ContainsSubstring("invalid line 'problem'; expected 'name = value'"));
    CHECK_THAT(file_error("problme = x\n"), ContainsSubstring("unknown name 'problme'; did you mean 'problem'?"));
    CHECK_THAT(file_error("seed = 1\nseed = 2\n"), ContainsSubstring("'seed' is set twice"));
    CHECK_THAT(file_error("[problem]\ndepth = 1\n[problem]\ndepth = 2\n"), ContainsSubstring("is set twice"));
    CHECK_THAT(file_error("a = 1\n" + std::string(2 << 20, '#')), ContainsSubstring("larger than 1 MiB"));
    CHECK_THAT(message_of<mfg::Error>([] { configured({"./none.ini"}); }), ContainsSubstring("does not exist"));
    CHECK_THAT(message_of<mfg::Error>([] { configured({"/tmp/"}); }), ContainsSubstring("is a directory"));
    CHECK_THAT(message_of<mfg::Error>([] { configured({"/dev/null"}); }), ContainsSubstring("not a regular file"));
    CHECK_THAT(message_of<mfg::Error>([] { configured({"no_such_experiment"}); }),
               ContainsSubstring("no experiment 'no_such_experiment'"));
}

TEST_CASE("files of other systems are read")
{
    const File file("problem = well\r\n\r\n[problem]\r\nlabel = two words\r\n");
    mfg::Resolver c = resolver({file.path()});
    CHECK(c.plugin("problem") == "well");
    CHECK(given(c, "problem", {"label"}) == "label=two words");
}

TEST_CASE("a line of an INI file keeps any value without control characters")
{
    for (const std::string value : {"", "a", "two words", "a#b", "# a", " a", "a\t", "\"a\"", "\"", "\"\"", "a\"b",
                                    "[a]", "a = b", "\xfc", "\\", "a # \"b\" # c"}) {
        const mfg::Assignments back = mfg::parse_ini("first = 1\r\n[s] # \"\n" + mfg::ini_line("value", value) +
                                                     "last = \"2\" # a \"comment\"\n");
        CHECK(back == mfg::Assignments{{"first", "1"}, {"s.value", value}, {"s.last", "2"}});
    }
    for (const std::string value : {"a\nb", "a\rb", "\x01"}) CHECK_THROWS_AS(mfg::ini_line("value", value), mfg::Error);
    CHECK_THAT(file_error("label = \"a\n"), ContainsSubstring("a quote is not closed"));
    CHECK_THAT(file_error("label = \"a\" b\n"), ContainsSubstring("after the quoted value stands 'b'"));
}

TEST_CASE("what is written is read back as the same")
{
    const File file("description = a deep well\nproblem = well\nplugin-path = /p\n");
    mfg::Resolver first =
        resolver({file.path(), "--optimizer", "adam,bfgs", "--seed", "3", "--output", "out", "--quiet"});
    first.plugin("problem");
    first.optimizers();
    first.record(
        "problem", "well",
        {{"depth", "real", "height of the barrier", "1", "0.1", ">= 0"}, {"label", "text", "any text", "", "", ""}});
    first.record("density_network", "dgm", {{"width", "integer", "neurons", "50", "20", ">= 1"}});
    first.record("adam", "adam", {{"learning_rate", "real", "step", "0.1", "0.01", "> 0"}});
    first.record("bfgs", "bfgs", {});
    first.record("training", "", {{"iterations", "list of integer", "steps a level", "1", "500,1500", ">= 1"}});
    const std::string text = first.finish().to_ini();
    CHECK_THAT(text, ContainsSubstring("# height of the barrier (>= 0)\ndepth = 0.1\n"));
    CHECK_THAT(text, ContainsSubstring("description = a deep well\n"));

    const File written(text, "config.ini");
    mfg::Resolver second = resolver({written.path()});
    CHECK(second.given().name() == "toy");
    CHECK(second.given().run().seed == 3);
    CHECK(second.given().run().output.empty());
    CHECK_FALSE(second.given().run().quiet);
    CHECK(second.given().run().plugin_paths == std::vector<std::string>{"/p"});
    CHECK(second.plugin("problem") == "well");
    CHECK(second.plugin("density_network") == "dgm");
    CHECK(second.optimizers() == std::vector<std::string>{"adam", "bfgs"});
    CHECK(given(second, "problem", {"depth", "label"}) == "depth=0.1 label=");
    CHECK(given(second, "density_network", {"width"}) == "width=20");
    CHECK(given(second, "adam", {"learning_rate"}) == "learning_rate=0.01");
    CHECK(given(second, "training", {"iterations"}) == "iterations=500,1500");
    CHECK_NOTHROW(second.finish());
}
