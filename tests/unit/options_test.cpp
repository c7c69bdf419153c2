#include "catch.hpp"

#include <mfg/plugin/options.hpp>

#include <cmath>
#include <limits>

using mfg::Options;

namespace {

struct Settings {
    double depth = 0.1;
    int steps = 2;
    bool noisy = true;
    std::string shape = "round";
    std::string label;
    std::vector<double> weights{1, 0.5};
    std::vector<int> samples{1024};
    std::vector<std::string> fields;
};

void declare(Options& o, Settings& s)
{
    o("depth", s.depth, "height", mfg::nonnegative);
    o("steps", s.steps, "number of steps", mfg::between(1, 100));
    o("noisy", s.noisy, "with noise");
    o("shape", s.shape, "shape of the well", {"round", "square"});
    o("label", s.label, "any text");
    o("weights", s.weights, "weights", mfg::positive);
    o("samples", s.samples, "samples", mfg::at_least(1));
    o("fields", s.fields, "fields to write", {"value", "density"});
}

Settings read(const Options::Given& given)
{
    Options options("problem 'x'", given);
    Settings settings;
    declare(options, settings);
    options.finish();
    return settings;
}

std::string failure(const Options::Given& given)
{
    return message_of<mfg::Error>([&] { read(given); });
}

}  // namespace

TEST_CASE("options keep their defaults when nothing is given")
{
    const Settings s = read({});
    CHECK(s.depth == 0.1);
    CHECK(s.samples == std::vector<int>{1024});
    CHECK(s.fields.empty());
}

TEST_CASE("options take what is given")
{
    const Settings s = read({{"depth", " 2.5e-3 "},
                             {"steps", "+100"},
                             {"noisy", "off"},
                             {"shape", "square"},
                             {"label", "two words"},
                             {"weights", "1, 2.5,1e3"},
                             {"samples", "1024,2304"},
                             {"fields", "value,density"}});
    CHECK(s.depth == 2.5e-3);
    CHECK(s.steps == 100);
    CHECK_FALSE(s.noisy);
    CHECK(s.shape == "square");
    CHECK(s.label == "two words");
    CHECK(s.weights == std::vector<double>{1, 2.5, 1000});
    CHECK(s.samples == std::vector<int>{1024, 2304});
    CHECK(s.fields == std::vector<std::string>{"value", "density"});
}

TEST_CASE("booleans have four spellings each")
{
    for (const char* text : {"true", "yes", "on", "1"}) CHECK(read({{"noisy", text}}).noisy);
    for (const char* text : {"false", "no", "off", "0"}) CHECK_FALSE(read({{"noisy", text}}).noisy);
    CHECK(failure({{"noisy", "maybe"}}) == "problem 'x': option noisy = maybe must be true or false");
}

TEST_CASE("ranges include their ends unless excluded")
{
    CHECK(read({{"depth", "0"}}).depth == 0);
    CHECK(failure({{"depth", "-1"}}) == "problem 'x': option depth = -1 must be >= 0");
    CHECK(failure({{"steps", "0"}}) == "problem 'x': option steps = 0 must be >= 1 and <= 100");
    CHECK(failure({{"steps", "101"}}) == "problem 'x': option steps = 101 must be >= 1 and <= 100");
    CHECK(failure({{"weights", "1,0"}}) == "problem 'x': option weights = 1,0: entry 0 must be > 0");
    CHECK(failure({{"shape", "flat"}}) == "problem 'x': option shape = flat must be one of: round, square");
    CHECK(failure({{"fields", "value,vlaue"}}) ==
          "problem 'x': option fields = value,vlaue: entry vlaue must be one of: value, density");
}

TEST_CASE("what is no finite number is refused")
{
    for (const char* text : {"", "nan", "inf", "-inf", "infinity", "1.5x", "1 2", "0x10", "1,5", "+-1", "--1"}) {
        INFO(text);
        CHECK_THAT(failure({{"depth", text}}), ContainsSubstring("must be a finite number"));
    }
    for (const char* text : {"1e400", "-1e400", "1e-400"}) {
        INFO(text);
        CHECK_THAT(failure({{"depth", text}}), ContainsSubstring("must be 0, or of a size from 1e-307 to 1e308"));
    }
    for (const char* text : {"", "1.5", "1e3", "3;", "ten"}) {
        INFO(text);
        CHECK_THAT(failure({{"steps", text}}), ContainsSubstring("must be an integer in digits, such as 100"));
    }
    for (const char* text : {"2147483648", "-99999999999999999999"}) {
        INFO(text);
        CHECK_THAT(failure({{"steps", text}}), ContainsSubstring("must be >= 1 and <= 100"));
    }
    for (const char* text : {"", ",", "1,", ",1", "1,,2", "1;2"}) {
        INFO(text);
        CHECK_THAT(failure({{"samples", text}}), ContainsSubstring("option samples = "));
    }
}

TEST_CASE("messages are one short line whatever the text")
{
    const std::string message = failure({{"depth", std::string(100000, 'a') + "\n\x1b[31m"}});
    CHECK(message == "problem 'x': option depth = " + std::string(60, 'a') + "... must be a finite number");
    CHECK(failure({{"depth", "1\n2\x1b"}}) == "problem 'x': option depth = 1?2? must be a finite number");
    // 30 characters of two bytes fill the line; an odd start must not cut one of them in two.
    std::string accents = "a";
    for (int i = 0; i < 40; ++i) accents += "\xc3\xa9";
    CHECK(mfg::printable(accents) == accents.substr(0, 59) + "...");
    // Control characters of all kinds, and what is not UTF-8: alone, cut off, too long, too large, half a pair.
    CHECK(mfg::printable("a\x7f\xc2\x9b"
                         "31m\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80") == "a??31m\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(mfg::printable("\x9b.\xc3.\xe2\x82.\xc0\xaf.\xf4\x90\x80\x80.\xed\xa0\x80.\xe2\x82") ==
          "?.?.??.??.????.???.??");
}

TEST_CASE("unknown names are refused with advice")
{
    CHECK(failure({{"depht", "1"}}) == "problem 'x': unknown option 'depht'; did you mean 'depth'?");
    CHECK(failure({{"colour", "1"}}) ==
          "problem 'x': unknown option 'colour'; known: depth, steps, noisy, shape, label, weights, samples, fields");
    const Options none("method 'm'", {{"a", "1"}});
    CHECK(message_of([&] { none.finish(); }) == "method 'm': unknown option 'a'; it has no options");
}

TEST_CASE("records say type, default, value and range")
{
    Options options("problem 'x'", {{"depth", "3"}});
    Settings settings;
    declare(options, settings);
    const auto& records = options.records();
    REQUIRE(records.size() == 8);
    CHECK(records[0].name == "depth");
    CHECK(records[0].type == "real");
    CHECK(records[0].text == "height");
    CHECK(records[0].standard == "0.1");
    CHECK(records[0].value == "3");
    CHECK(records[0].range == ">= 0");
    CHECK(records[1].type == "integer");
    CHECK(records[2].standard == "true");
    CHECK(records[3].range == "one of: round, square");
    CHECK(records[4].standard.empty());
    CHECK(records[5].type == "list of real");
    CHECK(records[5].standard == "1,0.5");
    CHECK(records[6].type == "list of integer");
    CHECK(records[7].type == "list of text");
}

TEST_CASE("printed values give the same number back")
{
    for (const double number :
         {0.1, 1.0 / 3, 1e-300, 4.9e-324, 1.7976931348623157e308, 2e20, 123456789.123456789, -0.0}) {
        Options print;
        double value = number;
        print("a", value, "");
        Options parse("", {{"a", print.records()[0].standard}});
        double again = 7;
        parse("a", again, "");
        CHECK(again == number);
        CHECK(std::signbit(again) == std::signbit(number));
    }
}

TEST_CASE("a default that cannot be given is refused")
{
    Options options("problem 'x'", {});
    double limit = std::numeric_limits<double>::infinity(), depth = -1;
    CHECK_THROWS_AS(options("limit", limit, ""), mfg::Error);
    CHECK_THROWS_AS(options("depth", depth, "", mfg::nonnegative), mfg::Error);
}

TEST_CASE("the nearest name is near")
{
    const std::vector<std::string> known{"width", "depth", "learning_rate"};
    CHECK(mfg::nearest_name("widht", known) == "width");
    CHECK(mfg::nearest_name("deth", known) == "depth");
    CHECK(mfg::nearest_name("learningrate", known) == "learning_rate");
    CHECK(mfg::nearest_name("colour", known).empty());
    CHECK(mfg::nearest_name("", known).empty());
    CHECK(mfg::nearest_name(std::string(1000000, 'w'), known).empty());
    CHECK(mfg::nearest_name("x", {"y"}).empty());
}
