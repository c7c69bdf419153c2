#include <mfg/base/text.hpp>

#include "catch.hpp"

using namespace mfg;
using Words = std::vector<std::string>;

TEST_CASE("lists are split and joined", "[text]")
{
    CHECK(joined({"a", "b", "c"}) == "a, b, c");
    CHECK(joined({"a", "b"}, ",") == "a,b");
    CHECK(joined({}).empty());
    CHECK(split("a,b c,,d") == Words{"a", "b c", "", "d"});
    CHECK(split("").empty());
    CHECK(split("a:b", ':') == Words{"a", "b"});
    CHECK(trimmed(" \ta b\r\n") == "a b");
    CHECK(trimmed(" ").empty());
    CHECK(one_line("a\nb\tc\r") == "a b c ");
}

TEST_CASE("names, words and what texts start and end with", "[text]")
{
    for (const char* name : {"a", "adam", "obstacle_swarm", "x2"}) CHECK(is_name(name));
    for (const char* other : {"", "Adam", "2x", "_a", "a-b", "a b", "a."}) CHECK(!is_name(other));
    for (const char* word : {"a", "Hamilton-Jacobi", "x_2"}) CHECK(is_word(word));
    for (const char* other : {"", "a b", "a.b", "a,b", "a\n"}) CHECK(!is_word(other));
    CHECK(starts_with("--option", "--"));
    CHECK(!starts_with("-", "--"));
    CHECK(ends_with("config.ini", ".ini"));
    CHECK(!ends_with("ini", ".ini"));
}

TEST_CASE("a line has no control characters", "[text]")
{
    for (const char* line : {"", "one line", "caf\xc3\xa9"}) CHECK(is_line(line));
    for (const char* other : {"two\nlines", "\t", "\x1b[31m", "\x7f"}) CHECK(!is_line(other));
}

TEST_CASE("words for a shell, and times", "[text]")
{
    CHECK(shell_word("runs/a-1.ini") == "runs/a-1.ini");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(duration(4.4) == "4 s");
    CHECK(duration(725) == "12 min 05 s");
    CHECK(duration(3 * 3600 + 40 * 60) == "3 h 40 min");
}
