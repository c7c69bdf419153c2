#include "property.hpp"

#include <mfg/run/ini.hpp>
#include <mfg/run/resolver.hpp>

namespace {

/// Options of each type, as a plugin declares them.
struct Toy {
    mfg::Real real = 1.5;
    int integer = 3;
    bool boolean = true;
    std::string word = "a", file;
    std::vector<mfg::Real> reals{1, 2};
    std::vector<int> integers{1};
    std::vector<std::string> words;

    std::vector<mfg::OptionRecord> read(const mfg::Options::Given& given)
    {
        mfg::Options o("problem 'toy'", given);
        o("real", real, "a number", mfg::positive);
        o("integer", integer, "an integer", mfg::between(0, 9));
        o("boolean", boolean, "yes or no");
        o("word", word, "a word", {"a", "b"});
        o.file("file", file, "a file");
        o("reals", reals, "numbers");
        o("integers", integers, "integers", mfg::at_least(0));
        o("words", words, "words");
        o.finish();
        return o.records();
    }
};

/// The run that settings describe, as an INI text.
std::string effective(const mfg::Assignments& settings)
{
    mfg::Resolver resolver(mfg::Configuration("run", settings));
    const std::string problem = resolver.plugin("problem");
    resolver.record("problem", problem, Toy().read(resolver.options("problem", Toy().read({}))));
    for (const std::string& name : resolver.optimizers()) {
        if (name != "adam" && name != "lbfgs") throw mfg::Error("no such optimizer");
        resolver.record(name, name, Toy().read(resolver.options(name, Toy().read({}))));
    }
    return resolver.finish().to_ini();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string text;
    may_refuse([&] { text = effective(mfg::parse_ini(text_of(data, size))); });
    if (!text.empty()) require(effective(mfg::parse_ini(text)) == text, "config.ini repeats the run: " + text);
    return 0;
}
