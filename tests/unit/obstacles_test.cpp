#include "problems/common/obstacles.hpp"
#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>

#include "catch.hpp"
#include "scratch.hpp"

#include <cmath>

using namespace mfg;

namespace {

/// The cost at one point.
Real cost_at(const Obstacles& obstacles, const std::vector<Real>& point)
{
    Tape tape;
    tape.begin(false);
    const Variable x = tape.constant(static_cast<int>(point.size()), 1);
    for (std::size_t k = 0; k < point.size(); ++k) x.write_row(static_cast<int>(k))[0] = point[k];
    return obstacles.cost(Jet(x)).value()(0, 0);
}

/// A file that is removed at the end.
struct RoomFile {
    Scratch directory;
    std::string path = directory / "obstacles.json";
    explicit RoomFile(const std::string& text) { write_file_atomically(path, text); }
};

}  // namespace

TEST_CASE("obstacles: bumps and boxes of a file", "[obstacles]")
{
    const RoomFile file(R"({"bumps": [{"height": 10, "centre": [0.5, -1], "deviation": [1, 0.5]}],
                        "boxes": [{"height": 4, "low": [2], "high": [3], "edge": 0.2}]})");
    const Obstacles obstacles = Obstacles::read(file.path, 3);
    CHECK(obstacles.coordinates() == 2);
    const auto step = [](Real y) { return 0.5 * std::tanh(y / 0.2); };
    for (const std::vector<Real>& p : {std::vector<Real>{0.5, -1, 7}, {0.2, -0.4, 0}, {2.5, 3, 1}, {3.1, -1, 0}}) {
        const Real dx = p[0] - 0.5, dy = (p[1] + 1) / 0.5;
        const Real expected = 10 * std::exp(-(dx * dx + dy * dy) / 2) + 4 * (step(p[0] - 2) - step(p[0] - 3));
        CHECK_THAT(cost_at(obstacles, p), WithinAbs(expected, 1e-14));
    }
    // The plateau of a box is its height, and nothing is left far away.
    CHECK_THAT(cost_at(obstacles, {2.5, 30, 0}), WithinRel(4.0, 0.02));
    CHECK(cost_at(obstacles, {-9, 30, 0}) < 1e-15);
    CHECK(Obstacles().empty());
}

TEST_CASE("obstacles: a wrong file is one line that names it", "[obstacles]")
{
    struct Case {
        const char *text, *message;
    };
    for (const Case& c : {Case{"", "parse error"}, Case{"[]", "'bumps' and 'boxes'"}, Case{R"({"bump": []})", "'bump'"},
                          Case{R"({"bumps": 3})", "not a list"}, Case{R"({"bumps": [7]})", "not an object"},
                          Case{R"({"bumps": [{"centre": [0], "deviation": [1]}]})", "'height'"},
                          Case{R"({"bumps": [{"height": "1", "centre": [0], "deviation": [1]}]})", "not a number"},
                          Case{R"({"bumps": [{"height": 1, "centre": [0, 0], "deviation": [1]}]})", "deviations"},
                          Case{R"({"bumps": [{"height": 1, "centre": [0], "deviation": [0]}]})", "positive"},
                          Case{R"({"bumps": [{"height": 1, "centre": [0], "deviation": [1], "edge": 1}]})", "'edge'"},
                          Case{R"({"bumps": [{"height": 1, "centre": [0,0,0,0], "deviation": [1,1,1,1]}]})", "space"},
                          Case{R"({"boxes": [{"height": 1, "low": [1], "high": [0], "edge": 1}]})", "below"},
                          Case{R"({"boxes": [{"height": 1, "low": [0], "high": [1], "edge": 0}]})", "edge"}}) {
        INFO(c.text);
        const RoomFile file(c.text);
        const std::string message = message_of<Error>([&] { Obstacles::read(file.path, 3); });
        CHECK_THAT(message, ContainsSubstring(c.message));
        CHECK_THAT(message, ContainsSubstring(file.path));
        CHECK(message.find('\n') == std::string::npos);
    }
    CHECK_THAT(message_of<Error>([] { Obstacles::read("/nowhere/obstacles.json", 2); }),
               ContainsSubstring("/nowhere/obstacles.json"));
}
