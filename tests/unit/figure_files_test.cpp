#include <mfg/base/error.hpp>
#include <mfg/run/figure_files.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/json.hpp>
#include <mfg/run/npy.hpp>

#include "catch.hpp"
#include "scratch.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

using namespace mfg;
using Json = nlohmann::ordered_json;

namespace {

/// A run whose figures are written and read.
struct Written {
    Json figures() const { return parse_json(read_file(run.file("fields/figures.json"))).at("figures"); }
    std::string array(const std::string& name) const { return run.file("fields/" + name); }

    Scratch scratch;
    RunDirectory run = RunDirectory::create(scratch.path.string());
};

/// Different numbers in each entry.
template <class Array>
Array numbered(Array array, Real first)
{
    for (Real& entry : array) entry = first++;
    return array;
}

Cube cube(std::size_t a, std::size_t b, std::size_t c, Real first)
{
    return numbered(Cube(Cube::from_shape({a, b, c})), first);
}

const Window window{-1, 1, 0, 3};

}  // namespace

TEST_CASE("heatmaps are written with their window, colours and lines", "[figures]")
{
    const Written out;
    Heatmap first{numbered(make_matrix(2, 3), 1), window, "both"},
        second{numbered(make_matrix(4, 3), -2), window, "both"};
    Heatmap alone{numbered(make_matrix(2, 2), 5), window, "alone", true};
    first.lines = cube(3, 4, 2, 0);
    second.backward_lines = cube(1, 5, 2, 7);
    second.walls = cube(3, 2, 2, 1);
    second.exits = cube(1, 2, 2, 4);
    Heatmap given = alone;
    given.range = {{-3, 4}};
    write_figures(out.run, {{"maps", "Maps", {{"a", "one", first}, {"b", "two", second}, {"c", "", alone}}},
                            {"other", "", {{"d", "", given}}}});

    const Json figures = out.figures();
    REQUIRE(figures.size() == 2);
    CHECK(figures[0]["name"] == "maps");
    CHECK(figures[0]["title"] == "Maps");
    const Json &a = figures[0]["panels"][0], &b = figures[0]["panels"][1], &c = figures[0]["panels"][2];
    CHECK(a["kind"] == "heatmap");
    CHECK(a["title"] == "one");
    CHECK(a["x"] == Json{-1, 1});
    CHECK(a["y"] == Json{0, 3});
    CHECK(a["lines"] == Json{"a_lines.npy"});
    CHECK_FALSE(a.contains("backward_lines"));
    CHECK_FALSE(a.contains("colour"));
    CHECK_FALSE(a.contains("walls"));
    CHECK(b["walls"] == Json{"b_walls.npy"});
    CHECK(b["exits"] == Json{"b_exits.npy"});
    CHECK((read_npy<3>(out.array("b_exits.npy")) == second.exits));
    CHECK(b["backward_lines"] == Json{"b_backward_lines.npy"});
    // Maps of one scale share their colours.
    CHECK(a["range"] == Json{-2, 9});
    CHECK(b["range"] == Json{-2, 9});
    CHECK(c["range"] == Json{5, 8});
    CHECK(c["colour"] == "signed");
    CHECK(figures[1]["panels"][0]["range"] == Json{-3, 4});
    CHECK((read_npy<2>(out.array("a.npy")) == first.values));
    CHECK((read_npy<2>(out.array("b.npy")) == second.values));
    CHECK((read_npy<3>(out.array("a_lines.npy")) == first.lines));
    CHECK((read_npy<3>(out.array("b_backward_lines.npy")) == second.backward_lines));
    CHECK_FALSE(std::filesystem::exists(out.array("b_lines.npy")));
}

TEST_CASE("maps may be of other axes, and of agents in a part of the window", "[figures]")
{
    const Written out;
    Heatmap map{numbered(make_matrix(2, 3), 1), window};
    const Heatmap plain = map;
    map.inhabited = make_matrix(2, 3, 1);
    map.inhabited(1, 2) = 0;
    map.x_label = "x";
    map.y_label = "t";
    map.keeps_aspect = false;
    write_figures(out.run, {{"maps", "", {{"a", "", map}}}, {"plain", "", {{"b", "", plain}}}});
    const Json a = out.figures()[0]["panels"][0], b = out.figures()[1]["panels"][0];
    CHECK(a["x_label"] == "x");
    CHECK(a["y_label"] == "t");
    CHECK(a["aspect"] == "free");
    CHECK(a["inhabited"] == "a_inhabited.npy");
    CHECK(a["range"] == Json{1, 5});
    CHECK((read_npy<2>(out.array("a_inhabited.npy")) == map.inhabited));
    CHECK((read_npy<2>(out.array("a.npy")) == map.values));
    CHECK(b["x_label"] == "x\u2081");
    CHECK_FALSE(b.contains("inhabited"));
    CHECK_FALSE(b.contains("aspect"));
}

TEST_CASE("holes of a heatmap have no part in its colours", "[figures]")
{
    const Written out;
    Heatmap map{numbered(make_matrix(2, 2), 1), window};
    map.values(0, 0) = std::nan("");
    write_figures(out.run, {{"maps", "", {{"a", "", map}}}});
    CHECK(out.figures()[0]["panels"][0]["range"] == Json{2, 4});
    CHECK(std::isnan(read_npy<2>(out.array("a.npy"))(0, 0)));
}

TEST_CASE("curves are written with their labels", "[figures]")
{
    const Written out;
    const Matrix table = numbered(make_matrix(5, 3), 0);
    write_figures(out.run, {{"curves", "", {{"c", "both", Curves{table, {"one", "two"}, "x", "y"}}}}});
    const Json panel = out.figures()[0]["panels"][0];
    CHECK(panel["kind"] == "curves");
    CHECK(panel["labels"] == Json{"one", "two"});
    CHECK(panel["x_label"] == "x");
    CHECK(panel["y_label"] == "y");
    CHECK((read_npy<2>(out.array(panel["file"])) == table));
}

TEST_CASE("animations are written with their times, points and obstacles", "[figures]")
{
    const Written out;
    Animation moving{cube(3, 4, 5, 0), window, numbered(make_vector(3), 0.5), cube(7, 3, 2, 1)};
    const Animation without = moving;
    moving.obstacles = numbered(make_matrix(8, 9), 2);
    write_figures(out.run, {{"m", "", {{"m", "", moving}}}, {"n", "", {{"n", "", without}}}});
    const Json figures = out.figures(), panel = figures[0]["panels"][0];
    CHECK(panel["kind"] == "animation");
    CHECK(panel["times"] == Json{0.5, 1.5, 2.5});
    CHECK((read_npy<3>(out.array(panel["file"])) == moving.values));
    CHECK((read_npy<3>(out.array(panel["points"])) == moving.points));
    CHECK((read_npy<2>(out.array(panel["obstacles"])) == moving.obstacles));
    CHECK_FALSE(figures[1]["panels"][0].contains("obstacles"));
}

TEST_CASE("figures of an earlier export are kept if wanted, but for those of the same name", "[figures]")
{
    const Written out;
    const auto named = [](const std::string& name, const std::string& title) {
        return Figure{name, title, {{name, "", Curves{make_matrix(1, 2), {"one"}, "", ""}}}};
    };
    const auto names = [&] {
        std::string all;
        for (const Json& figure : out.figures()) all += figure["name"].get<std::string>() + " ";
        return all;
    };
    write_figures(out.run, {named("old", "Old"), named("new", "Old")});
    write_figures(out.run, {named("new", "New")}, true);
    CHECK(names() == "old new ");
    CHECK(out.figures()[1]["title"] == "New");
    write_figures(out.run, {named("new", "New")});
    CHECK(names() == "new ");
    write_figures(out.run, {});
    CHECK(out.figures().empty());
}

TEST_CASE("figures that are to be kept must be figures", "[figures]")
{
    const Written out;
    create_directories(out.run.file("fields"));
    for (const char* text : {"{", "[]", R"({"figures": [3]})", R"({"figures": [{"title": "t"}]})"}) {
        write_file_atomically(out.run.file("fields/figures.json"), text);
        CHECK_THAT(message_of<Error>([&] { write_figures(out.run, {}, true); }), ContainsSubstring("figures.json"));
        CHECK_NOTHROW(write_figures(out.run, {}));
    }
}
