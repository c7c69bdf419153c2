#include <mfg/base/error.hpp>
#include <mfg/run/json.hpp>

#include "catch.hpp"

#include <nlohmann/json.hpp>

using mfg::parse_json;

namespace {

std::string repeated(const std::string& text, int times)
{
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

std::string refusal(const std::string& text)
{
    return message_of<mfg::Error>([&] { parse_json(text); });
}

}  // namespace

TEST_CASE("a JSON text gives its value, names in their order", "[json]")
{
    CHECK(parse_json(R"({"b": [1, 2.5], "a": "x"})").dump() == R"({"b":[1,2.5],"a":"x"})");
    CHECK(parse_json(repeated("[", 100) + repeated("]", 100)).size() == 1);
}

TEST_CASE("a JSON text that would need much stack or time is refused", "[json]")
{
    CHECK_THAT(refusal(repeated("[", 101) + repeated("]", 101)), ContainsSubstring("nested"));
    CHECK_THAT(refusal(repeated("{\"a\":", 1000000)), ContainsSubstring("nested"));
    std::string names = "{\"a\":0";
    for (int i = 0; i < 20000; ++i) names += ",\"" + std::to_string(i) + "\":0";
    CHECK_THAT(refusal(names + "}"), ContainsSubstring("20000 names"));
}

TEST_CASE("what is wrong with a JSON text is one short line", "[json]")
{
    CHECK_THAT(refusal("{\n\"a\": tru}"), ContainsSubstring("parse error at line 2, column 9"));
    for (const std::string& text : {std::string(), std::string("\0\n", 2), "\"" + repeated("x", 10000),
                                    repeated("9", 10000), std::string("[\"\xff\"]")}) {
        const std::string message = refusal(text);
        CHECK(!message.empty());
        CHECK(message.size() < 220);
        CHECK(message.find('\n') == message.npos);
    }
}

TEST_CASE("the text of a value holds no control characters", "[json]")
{
    const nlohmann::ordered_json value{{"a\x1b", "b\x7f\xc2\x9b\xc2\xa0\xff"}};
    const std::string text = mfg::json_text(value);
    CHECK(text == "{\n  \"a\\u001b\": \"b\\u007f\\u009b\xc2\xa0\xef\xbf\xbd\"\n}\n");
    CHECK(parse_json(text).at("a\x1b") == "b\x7f\xc2\x9b\xc2\xa0\xef\xbf\xbd");
}
