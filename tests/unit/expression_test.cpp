#include "catch.hpp"

#include "formulas/expression.hpp"

#include <mfg/base/error.hpp>

namespace {

const Symbols symbols{{"x", {Shape::vector, "s.x"}},
                      {"t", {Shape::scalar, "s.t"}},
                      {"w", {Shape::scalar, "s.w"}},
                      {"a", {Shape::number, "s_.a_"}},
                      {"pi", {Shape::number, "mfg::pi"}}};

std::string code(const std::string& formula)
{
    return translate(formula, symbols).code;
}

std::string refusal(const std::string& formula)
{
    return message_of<mfg::Error>([&] { translate(formula, symbols); });
}

}  // namespace

TEST_CASE("formulas become C++ with the same meaning")
{
    CHECK(code("50*exp(-norm_squared(x)) + 0.01*w") == "50.0 * exp(-norm_squared(s.x)) + 0.01 * s.w");
    CHECK(code("1/2 * w") == "1.0 / 2.0 * s.w");
    CHECK(code("a - (w - t)") == "s_.a_ - (s.w - s.t)");
    CHECK(code("a / (w * t)") == "s_.a_ / (s.w * s.t)");
    CHECK(code("w - -1") == "s.w - -1.0");
    CHECK(code("-w^2") == "-square(s.w)");
    CHECK(code("(w + 1)^1.5") == "pow(s.w + 1.0, 1.5)");
    CHECK(code("w^-a") == "pow(s.w, -s_.a_)");
    CHECK(code("a^2^3") == "std::pow(s_.a_, std::pow(2.0, 3.0))");
    CHECK(code("sin(2*pi*x[0]) + cos(a)") == "sin(2.0 * mfg::pi * s.x[0]) + std::cos(s_.a_)");
    CHECK(code("sum((x - 1)[0:2])") == "sum((s.x - 1.0).features(0, 2))");
    CHECK(code("norm_squared([1, a] - x)") == "norm_squared(-(s.x - first({1.0, s_.a_})))");
    CHECK(code("dot([1, 0], x)") == "sum(first({1.0, 0.0}) * s.x)");
    CHECK(code("concat(-x[1], x[0])") == "vconcat(-s.x[1], s.x[0])");
    CHECK(code("1e-3*w") == "0.001 * s.w");
}

TEST_CASE("formulas have shapes")
{
    const auto shape = [](const std::string& formula) { return translate(formula, symbols).shape; };
    CHECK(shape("a * 2") == Shape::number);
    CHECK(shape("[a, 2]") == Shape::list);
    CHECK(shape("a * w") == Shape::scalar);
    CHECK(shape("w * x") == Shape::vector);
    CHECK(shape("x[0]") == Shape::scalar);
    CHECK(shape("norm_squared(x)") == Shape::scalar);
    CHECK(translate("a * exp(w)", symbols).names == std::set<std::string>{"a", "w"});
    const Expression law = translate("mixture(gaussian(1, a), gaussian([0, 1], 2))", symbols);
    CHECK(law.shape == Shape::law);
    REQUIRE(law.gaussians.size() == 2);
    CHECK(law.gaussians[1] == std::pair<std::string, std::string>("first({0.0, 1.0})", "all(2.0)"));
}

TEST_CASE("what is no formula is refused")
{
    CHECK(refusal("exp(y)").find("unknown name 'y'") == 0);
    CHECK(refusal("wx").find("unknown name 'wx'") == 0);
    CHECK(refusal("norm_square(x)") == "unknown name 'norm_square'; did you mean 'norm_squared'?");
    CHECK(refusal("w; exit(1)") == "'; exit(1)' is not expected");
    CHECK(refusal("{w}") == "'{w}' is not expected");
    CHECK(refusal("\"w\"") == "'\"w\"' is not expected");
    CHECK(refusal("w // x") == "'/ x' is not expected");
    CHECK(refusal("s.x").find("unknown name 's'") == 0);
    CHECK(refusal("w.x") == "'.x' is not expected");
    CHECK(refusal("2 w") == "'w' is not expected; a product is written with *");
    CHECK(refusal("0x10*w") == "'0x10' is not a number");
    CHECK(refusal("x(1)") == "'x' is no function; for a product write x*(...)");
    CHECK(refusal("exp") == "'exp' is a function: exp(...)");
    CHECK(refusal("exp()") == "'exp' takes 1 argument, not 0");
    CHECK(refusal("(w") == "')' is missing at the end");
    CHECK(refusal("w +") == "it ends where a number or a name must follow");
    CHECK(refusal("") == refusal("w +"));
    CHECK(refusal("w + x") == "'+' cannot take one number for each agent with a vector");
    CHECK(refusal("w^t") == "the exponent of a power is one number for each agent; it must be a number");
    CHECK(refusal("w[0]") == "only a vector has entries [..], and not one number for each agent");
    CHECK(refusal("x[w]") == "an entry is named by its number, the first one is [0]");
    CHECK(refusal("1e999") == "'1e999' is not a number");
    CHECK(refusal(std::string(100000, '(')) == "it has too many parentheses within each other");
}
