#include <mfg/assessment/verdict.hpp>

#include "catch.hpp"

#include <limits>

using namespace mfg;

namespace {

constexpr Real none = std::numeric_limits<Real>::quiet_NaN();

/// What is measured of a good answer by every method at once.
const Measures good{
    {"relative_residuals", {{"hjb", 0.01}, {"terminal", 0.001}}},
    {"errors", {{"control", 0.01}, {"value", 0.5}, {"value_centred", 0.01}, {"constant", 0.3}}},
    {"baselines", {{"control.standing_still", 1}, {"value.time_only", 0.6}}},
    {"objective", {{"value", 10}, {"fine", 10.1}, {"size", 10}}},
    {"optimum", {{"cost", 5.005}, {"exact", 5}, {"standard_error", 0.001}}},
    {"duality", {{"primal", 1}, {"gap", 0.005}}},
    {"population", {{"field_distance", 0.02}, {"mean", 7}}},
    {"exploitability", {{"improvement", 0.005}, {"standard_error", 0.001}, {"relative", 0.005}}},
    {"grid", {{"mass_outside", 1e-4}, {"cells", 64}}},
    {"discretisation", {{"error", 1e-3}, {"iteration_error", 1e-4}}},
};

Judgement with(const std::string& group, const std::string& name, Real value)
{
    Measures measures = good;
    measures[group][name] = value;
    return judge(measures);
}

}  // namespace

TEST_CASE("a field counts as far from the agents as it is farther than two samples of them", "[verdict]")
{
    Measures measures = good;
    measures["population"] = {{"field_distance", 0.3}, {"sampling_distance", 0.31}};
    CHECK(judge(measures).verdict == Verdict::solved);
    measures["population"]["sampling_distance"] = 0.26;
    CHECK(judge(measures).verdict == Verdict::solved);
    measures["population"]["sampling_distance"] = 0.2;
    CHECK(judge(measures).verdict == Verdict::roughly_solved);
    measures["population"]["sampling_distance"] = 0.09;
    CHECK(judge(measures).verdict == Verdict::not_solved);
    measures["population"]["sampling_distance"] = std::nan("");
    CHECK(judge(measures).verdict == Verdict::not_solved);
}

TEST_CASE("a verdict is the worst of those on single numbers", "[verdict]")
{
    CHECK(judge(good).verdict == Verdict::solved);
    CHECK(judge(good).reasons.size() == 12);

    struct Case {
        const char *group, *name;
        Real solved, roughly, not_solved;
        const char* reason;
    };
    for (const Case& c : {
             Case{"relative_residuals", "hjb", 0.029, 0.031, 0.21,
                  "relative residual of hjb 21 % (solved: at most 3 %)"},
             Case{"errors", "control", 0.019, 0.021, 0.11, "control error 11 % (solved: at most 2 %)"},
             Case{"errors", "value_centred", 0.019, 0.021, 0.11, "value centred error 11 % (solved: at most 2 %)"},
             Case{"errors", "mean_inventory", 0.019, 0.021, 0.11, "mean inventory error 11 % (solved: at most 2 %)"},
             Case{"objective", "fine", 10.19, 10.21, 11.1,
                  "finer time steps change the objective by 11 % (solved: at most 2 %)"},
             Case{"objective", "fine", 9.81, 9.79, 8.9,
                  "finer time steps change the objective by 11 % (solved: at most 2 %)"},
             Case{"optimum", "cost", 5.007, 5.009, 5.15,
                  "cost above the exact optimum by at most 3.04 % (solved: at most 0.2 %)"},
             Case{"optimum", "cost", 4.993, 4.991, 4.85,
                  "cost below the exact optimum by at most 3.04 % (solved: at most 0.2 %)"},
             Case{"duality", "gap", 0.009, 0.011, 0.11,
                  "both estimates of the optimum are 11 % apart (solved: at most 1 %)"},
             Case{"population", "field_distance", 0.04, 0.06, 0.21,
                  "the density field puts at least 21 % of the agents elsewhere (solved: at most 5 %)"},
             Case{"exploitability", "relative", 0.009, 0.011, 0.11,
                  "one agent can save 11 % of its cost (solved: at most 1 %)"},
             Case{"grid", "mass_outside", 0.0009, 0.0011, 0.011,
                  "the grid lacks 1.1 % of the initial mass (solved: at most 0.1 %)"},
             Case{"grid", "mass_outside", -0.0009, -0.0011, -0.011,
                  "the grid has 1.1 % more than the initial mass (solved: at most 0.1 %)"},
             Case{"discretisation", "error", 0.0019, 0.0021, 0.021,
                  "discretisation error of the cost 2.1 % (solved: at most 0.2 %)"},
             Case{"discretisation", "iteration_error", 0.0019, 0.0021, 0.021,
                  "more iterations would change the cost by 2.1 % (solved: at most 0.2 %)"},
         }) {
        INFO(c.group << "." << c.name);
        CHECK(with(c.group, c.name, c.solved).verdict == Verdict::solved);
        const Judgement roughly = with(c.group, c.name, c.roughly), bad = with(c.group, c.name, c.not_solved);
        CHECK(roughly.verdict == Verdict::roughly_solved);
        CHECK(roughly.reasons.size() == 1);
        CHECK(bad.verdict == Verdict::not_solved);
        CHECK(bad.reasons == std::vector<std::string>{c.reason});
        for (const Real lost : {none, std::numeric_limits<Real>::infinity()})
            CHECK(with(c.group, c.name, lost).verdict == Verdict::not_solved);
    }
}

TEST_CASE("the worst reasons come first", "[verdict]")
{
    Measures measures = good;
    measures["errors"]["control"] = 0.03;
    measures["relative_residuals"]["hjb"] = 0.3;
    measures["relative_residuals"]["terminal"] = 0.9;
    const Judgement found = judge(measures);
    CHECK(found.verdict == Verdict::not_solved);
    REQUIRE(found.reasons.size() == 3);
    CHECK(found.reasons[0].find("terminal 90 %") != std::string::npos);
    CHECK(found.reasons[1].find("hjb 30 %") != std::string::npos);
    CHECK(found.reasons[2].find("control error 3 %") != std::string::npos);
}

TEST_CASE("an answer of which nothing is known is not solved", "[verdict]")
{
    CHECK(judge({}).verdict == Verdict::not_solved);
    CHECK(judge({}).reasons == std::vector<std::string>{"nothing measures how well the equations hold"});
    // Finer steps, and a response that was not found, say nothing of the equations.
    CHECK(judge({{"objective", {{"value", 1}, {"fine", 1}, {"size", 1}}}}).verdict == Verdict::not_solved);
    CHECK(judge({{"exploitability", {{"relative", 0}}}}).verdict == Verdict::not_solved);
    // Small residuals do.
    CHECK(judge({{"relative_residuals", {{"hjb", 0.01}}}}).verdict == Verdict::solved);
    CHECK(judge({{"relative_residuals", {{"hjb", none}}}}).verdict == Verdict::not_solved);
    CHECK(judge({{"relative_residuals", {{"hjb", 0.01}}}, {"objective", {{"value", none}}}}).verdict ==
          Verdict::not_solved);
}

TEST_CASE("an error that knowing nothing has, too, shows nothing", "[verdict]")
{
    Measures measures = good;
    measures["baselines"]["control.untrained"] = 0.005;
    const Judgement small = judge(measures);
    CHECK(small.verdict == Verdict::roughly_solved);
    CHECK(small.reasons == std::vector<std::string>{"control error 1 %, not below the 0.5 % of untrained"});
    measures = good;
    measures["errors"]["value"] = 0.7;
    const Judgement large = judge(measures);
    CHECK(large.verdict == Verdict::not_solved);
    CHECK(large.reasons == std::vector<std::string>{"value error 70 %, not below the 60 % of time only"});
    CHECK(with("baselines", "control.exact", 1e-8).verdict == Verdict::solved);
    CHECK(with("baselines", "control.lost", none).verdict != Verdict::solved);
}

TEST_CASE("the offset of a value function counts only if nothing else is known of it", "[verdict]")
{
    Measures measures{{"errors", {{"value", 0.5}, {"value_l1", 0.5}}}};
    CHECK(judge(measures).verdict == Verdict::not_solved);
    measures["errors"]["gradient"] = 0.01;
    CHECK(judge(measures).verdict == Verdict::solved);
    measures["errors"]["gradient"] = 0.05;
    CHECK(judge(measures).verdict == Verdict::roughly_solved);
    measures["errors"]["control"] = 0.01;
    CHECK(judge(measures).verdict == Verdict::solved);
}

TEST_CASE("a cost without a standard error is as uncertain as a mean over agents", "[verdict]")
{
    const auto verdict = [](Real cost) { return judge({{"optimum", {{"cost", cost}, {"exact", 2}}}}).verdict; };
    CHECK(verdict(2.03) == Verdict::solved);
    CHECK(verdict(2.05) == Verdict::roughly_solved);
    CHECK(verdict(700) == Verdict::not_solved);
    // One with a standard error is no better than this.
    Measures measures{{"optimum", {{"cost", 2}, {"exact", 2}, {"standard_error", 1e-4}}}};
    CHECK(judge(measures).verdict == Verdict::solved);
    measures["optimum"]["standard_error"] = 0.01;
    CHECK(judge(measures).verdict == Verdict::roughly_solved);
}

TEST_CASE("a response that was not found is no reason", "[verdict]")
{
    CHECK(judge({{"relative_residuals", {{"hjb", 0.01}}},
                 {"exploitability", {{"improvement", 0.1}, {"standard_error", 0.06}, {"relative", 0.5}}}})
              .reasons.size() == 1);
    CHECK(judge({{"relative_residuals", {{"hjb", 0.01}}},
                 {"exploitability", {{"improvement", none}, {"standard_error", 0.06}, {"relative", none}}}})
              .verdict == Verdict::not_solved);
}

TEST_CASE("verdicts have names", "[verdict]")
{
    CHECK(verdict_name(Verdict::solved) == "solved");
    CHECK(verdict_name(Verdict::roughly_solved) == "roughly solved");
    CHECK(verdict_name(Verdict::not_solved) == "not solved");
}
