#include "catch.hpp"

#include <drawing/table.hpp>

namespace {

const Table table{"Runs <all>",
                  {{"run", true}, {"error"}, {"note", true}},
                  {{{"a|b", "0.5 \u00b1 0.1", "x < y"}}, {{"longer", "-", ""}, true}}};

}  // namespace

TEST_CASE("a table for a terminal has aligned columns")
{
    CHECK(table.text("  ") ==
          "Runs <all>\n"
          "  run         error  note\n"
          "  a|b     0.5 \u00b1 0.1  x < y\n"
          "  longer          -\n");
    CHECK(Table{"", {{"", true}, {"", true}}, {{{"a", "b"}}, {{"ccc", "d"}}}}.text() == "a    b\nccc  d\n");
}

TEST_CASE("a terminal gets no control characters from cells")
{
    const Table wild{"",
                     {{"a\x1b[2J", true}},
                     {{{"\xc2\x9b"
                        "31m"}},
                      {{"line\nbreak"}}}};
    CHECK(wild.text() == "a?[2J\n?31m\nline?break\n");
    CHECK(wild.markdown() == "| a?[2J |\n|---|\n| ?31m |\n| line?break |\n");
}

TEST_CASE("bars do not end the cells of Markdown")
{
    CHECK(table.markdown() ==
          "**Runs <all>**\n\n"
          "| run | error | note |\n|---|---:|---|\n"
          "| a\\|b | 0.5 \u00b1 0.1 | x < y |\n"
          "| longer | - |  |\n");
}

TEST_CASE("cells of HTML are escaped")
{
    CHECK(table.html() ==
          "<table><caption>Runs &lt;all&gt;</caption><thead><tr><th>run</th><th>error</th><th>note</th></tr></thead>"
          "<tbody>\n"
          "<tr><th>a|b</th><td>0.5 &plusmn; 0.1</td><td class=\"text\">x &lt; y</td></tr>\n"
          "<tr class=\"total\"><th>longer</th><td>&ndash;</td><td class=\"text\"></td></tr>\n"
          "</tbody></table>\n");
}
