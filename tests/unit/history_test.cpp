#include "catch.hpp"
#include "scratch.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/history.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <limits>

namespace {

constexpr mfg::Real unknown = std::numeric_limits<mfg::Real>::quiet_NaN();
const std::vector<std::string> columns{"iteration", "objective", "terms.transport"};

}  // namespace

TEST_CASE("a history is read back bit for bit", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    const std::vector<mfg::Real> values{0.1, 1.0 / 3, -1e-300, 5e-324, 1.7976931348623157e308, 123456789012345678.0};
    mfg::History history(file, columns);
    for (const mfg::Real value : values) history.append({1, value, unknown});
    CHECK(history.rows() == values.size());

    const mfg::HistoryTable table = mfg::read_history(file);
    CHECK(table.columns == columns);
    REQUIRE(table.rows.shape(0) == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(table.rows(i, 1) == values[i]);
        CHECK(std::isnan(table.rows(i, 2)));
    }
    CHECK(table.find("objective") == 1);
    CHECK(table.find("none") == 3);
}

TEST_CASE("the file is plain CSV with empty cells for what was not measured", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    mfg::History history(file, columns);
    history.append({0, 0.5, unknown});
    history.append({1, unknown, 2});
    CHECK(mfg::read_file(file) == "iteration,objective,terms.transport\n0,0.5,\n1,,2\n");
}

TEST_CASE("rows survive a kill", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        try {
            mfg::History history(file, columns);
            for (int i = 0; i < 10; ++i) history.append({1.0 * i, 0, 0});
            ::raise(SIGKILL);
        } catch (const mfg::Error&) {
        }
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    CHECK(mfg::read_history(file).rows.shape(0) == 10);
}

TEST_CASE("a history goes on after a given row", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    {
        mfg::History history(file, columns);
        for (int i = 1; i <= 5; ++i) history.append({1.0 * i, 10.0 * i, unknown});
    }
    {
        mfg::History history(file, columns, 3);
        CHECK(history.rows() == 3);
        history.append({4, 99, 1});
        history.sync();
    }
    CHECK(mfg::read_file(file) == "iteration,objective,terms.transport\n1,10,\n2,20,\n3,30,\n4,99,1\n");

    mfg::History(file, columns, 0);
    CHECK(mfg::read_history(file).rows.shape(0) == 0);
    // One that was lost begins later, and goes on all the same.
    mfg::History(file, columns, 100000).append({100001, 5, unknown});
    mfg::History(file, columns, 100001).append({100002, 6, unknown});
    mfg::History(file, columns, 100001);
    CHECK(mfg::read_history(file).rows.shape(0) == 1);
    mfg::History(file, columns, 100000);
    CHECK(mfg::read_history(file).rows.shape(0) == 0);
}

TEST_CASE("a row that was cut off is dropped", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    mfg::write_file_atomically(file, "iteration,objective,terms.transport\n1,1,2\n2,1.2");
    CHECK(mfg::read_history(file).rows.shape(0) == 1);
    mfg::History(file, columns, 1).append({2, 1.25, 2});
    CHECK(mfg::read_file(file) == "iteration,objective,terms.transport\n1,1,2\n2,1.25,2\n");
    CHECK_THROWS_WITH(mfg::History(file, columns, 3),
                      ContainsSubstring("row 3 is needed to go on, and it ends with row 2"));
    mfg::write_file_atomically(file, "iteration,objective,terms.transport\niteration 1/5\n");
    CHECK_THROWS_WITH(mfg::History(file, columns, 1), ContainsSubstring("line 2: it does not begin with an iteration"));
}

TEST_CASE("a wrong history is refused", "[history]")
{
    const Scratch scratch;
    const std::string file = scratch / "history.csv";
    CHECK_THROWS_AS(mfg::read_history(file), mfg::Error);
    CHECK_THROWS_AS(mfg::History(file, columns, 0), mfg::Error);
    CHECK_THROWS_WITH(mfg::History("/dev/full", columns),
                      ContainsSubstring("/dev/full") && ContainsSubstring("No space left"));
    CHECK_THROWS_AS(mfg::History(file, {"a,b"}), mfg::Error);

    mfg::History history(file, columns);
    CHECK_THROWS_AS(history.append({1, 2}), mfg::Error);
    CHECK_THROWS_WITH(mfg::History(file, {"iteration", "loss", "terms.transport"}, 0), ContainsSubstring("columns"));

    const auto refused = [&](const std::string& text, const std::string& message) {
        mfg::write_file_atomically(file, text);
        CHECK_THROWS_WITH(mfg::read_history(file), ContainsSubstring(message));
    };
    refused("", "not a history");
    refused("a,b\n1,2\n3\n", "line 3: 1 cells for 2 columns");
    refused(std::string(2000, ',') + "\n", "2000 columns");
    refused("a,b\n1,2x\n", "line 2: '2x' is not a number");
    refused("a\n" + std::string(1000, 'x') + "\n", std::string(60, 'x') + "...' is not a number");
    refused("a,b\n1,2\n3,4,5\n", "line 3");
}
