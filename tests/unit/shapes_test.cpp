#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/jet.hpp>
#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/network.hpp>

#include "catch.hpp"

#include <functional>
#include <vector>

using namespace mfg;

namespace {

/// An operation with arguments that do not fit, and the message.
struct Misfit {
    const char* message;
    std::function<void()> action;
};

void check(const std::vector<Misfit>& misfits)
{
    for (const Misfit& misfit : misfits) CHECK(message_of<Error>(misfit.action) == misfit.message);
}

}  // namespace

TEST_CASE("operations refuse arrays that do not fit", "[shapes]")
{
    Tape tape;
    tape.begin(true);
    const auto array = [&](int rows, int columns) { return tape.constant(rows, columns, 1); };
    const Variable a = array(3, 4), b = array(5, 7), square = array(3, 3), column = array(3, 1), none;
    check({
        {"combine: shapes that do not fit: [3 x 4], [5 x 7]",
         [&] {
             combine({{1, a}, {1, b}});
         }},
        {"matmul: shapes that do not fit: [3 x 4], [5 x 7]", [&] { matmul(a, b); }},
        {"matmul: shapes that do not fit: nothing, [5 x 7]", [&] { matmul(none, b); }},
        {"matmul with a transposed factor: shapes that do not fit: [3 x 4], [5 x 7]", [&] { matmul(a, b, true); }},
        {"matmul: bias: shapes that do not fit: [3 x 3], [3 x 4], [5 x 7]", [&] { matmul(square, a, false, b); }},
        {"matmul: shapes that do not fit: [5 x 7], [3 x 4]",
         [&] {
             sum_of_products({{square, a}, {b, a}});
         }},
        {"multiply: shapes that do not fit: [5 x 7], [3 x 4]", [&] { multiply(a, b); }},
        {"multiply: shapes that do not fit: [3 x 4], nothing", [&] { multiply(none, a); }},
        {"add_column: shapes that do not fit: [3 x 4], [5 x 7]", [&] { add_column(a, b); }},
        {"add_column: shapes that do not fit: [3 x 4], [3 x 1]", [&] { add_column(a, column, 5); }},
        {"add_first: shapes that do not fit: [3 x 3], [3 x 4]", [&] { add_first(square, 1, a, 1); }},
        {"dot_rows: shapes that do not fit: [3 x 4], [5 x 7]", [&] { dot_rows(a, b); }},
        {"dot_columns: shapes that do not fit: [3 x 4], [5 x 7]", [&] { dot_columns(a, b); }},
        {"vconcat: shapes that do not fit: [3 x 4], [5 x 7]",
         [&] {
             vconcat({a, b});
         }},
        {"hconcat: shapes that do not fit: [3 x 4], [5 x 7]",
         [&] {
             const Variable parts[] = {a, b};
             hconcat(parts, 2);
         }},
        {"unpack_symmetric: shapes that do not fit: [3 x 4]", [&] { unpack_symmetric(a, 4); }},
        {"trace: shapes that do not fit: [3 x 4]", [&] { trace(a, 4); }},
        {"reshape: shapes that do not fit: [3 x 4]", [&] { a.reshape(5, 2); }},
        {"rows 2 to 3 of an array of 3", [&] { a.rows(2, 2); }},
        {"rows -1 to -1 of an array of 3", [&] { a.rows(-1, 1); }},
        {"columns 0 to 4 of an array of 4", [&] { a.columns(0, 5); }},
        {"tape: an array of -1 rows and 2 columns", [&] { tape.constant(-1, 2); }},
        {"tape: an array has no adjoint here; derivatives do not flow to it", [&] { tape.adjoint(a); }},
        {"tape: only a computation without derivatives can be rewound", [&] { tape.rewind(tape.mark()); }},
    });
}

TEST_CASE("closed forms refuse arrays that do not fit", "[shapes]")
{
    Tape tape;
    tape.begin(true);
    const auto array = [&](int rows, int columns) { return tape.constant(rows, columns, 1); };
    const Variable a = array(3, 4), b = array(5, 7);
    check({
        {"log_cosh of rows apart: shapes that do not fit: [3 x 2]", [&] { log_cosh_and_slope(a.columns(0, 2)); }},
        {"log_cosh of rows apart: shapes that do not fit: [3 x 2]", [&] { log_cosh_and_slope(a.columns(0, 2)); }},
        {"slope_sum: shapes that do not fit: [3 x 1], [3 x 4], [5 x 7]", [&] { slope_sum(array(3, 1), a, b); }},
        {"pack_quadratic_form: shapes that do not fit: [3 x 4]", [&] { pack_quadratic_form(a); }},
        {"pair_form: shapes that do not fit: [5 x 7], [3 x 4]", [&] { pair_form(b, a); }},
        {"product_norms: shapes that do not fit: [5 x 7], [3 x 4], [3 x 2]", [&] { product_norms(b, a, array(3, 2)); }},
        {"outer_blocks: shapes that do not fit: [3 x 4], [5 x 7]", [&] { outer_blocks(a, b); }},
        {"scale_blocks: shapes that do not fit: [3 x 4], [5 x 7]", [&] { scale_blocks(a, b, 2); }},
        {"mix_blocks: shapes that do not fit: [3 x 4], [5 x 7]", [&] { mix_blocks(a, b, 2); }},
        {"dot_blocks: shapes that do not fit: [3 x 4], [3 x 4]", [&] { dot_blocks(a, a, 3); }},
    });
}

TEST_CASE("formulas refuse functions that do not fit", "[shapes]")
{
    Tape tape;
    tape.begin(true);
    const auto array = [&](int rows, int columns) { return tape.constant(rows, columns, 1); };
    const JetShape first = JetShape::of(1, 2, false), second = JetShape::of(2, 2, false);
    const Jet x = Jet::coordinates(array(2, 4), first), y = Jet::coordinates(array(2, 4), second),
              shorter = Jet::coordinates(array(2, 3), first);
    const Jet f = sin(x).dense(), g = sin(shorter).dense(), h = sin(y).dense();
    const char* orders =
        "formula: functions with different derivatives, of order 1 in 2 directions and of order 2 in "
        "2 directions";
    check({
        {"coordinates: shapes that do not fit: [3 x 4]", [&] { Jet::coordinates(array(3, 4), first); }},
        {"from_components: shapes that do not fit: [1 x 4]", [&] { Jet::from_components(array(1, 4), first); }},
        {"along: shapes that do not fit: [2 x 4], [2 x 3]", [&] { Jet::along(array(2, 4), array(2, 3)); }},
        {"scalar: shapes that do not fit: [1 x 4], [3 x 4], nothing",
         [&] { Jet::scalar(array(1, 4), array(3, 4), {}, first); }},
        {"formula: vectors of different size, 2 and 1 features", [&] { x + x[0]; }},
        {orders, [&] { f + h; }},
        {orders, [&] { f* h; }},
        {orders, [&] { vconcat(f, h); }},
        {orders, [&] { gated(f, f, f, h); }},
        {orders,
         [&] {
             affine({{array(1, 2), f}, {array(1, 2), h}});
         }},
        {"combine: shapes that do not fit: [2 x 12], [2 x 9]", [&] { f + g; }},
        {"product: shapes that do not fit: [2 x 12], [2 x 9]", [&] { f* g; }},
        {"vconcat: shapes that do not fit: [2 x 12], [2 x 9]", [&] { vconcat(f, g); }},
        {"gated: shapes that do not fit: [2 x 12], [2 x 9]", [&] { gated(f, f, f, g); }},
        {"affine: shapes that do not fit: [1 x 2], [2 x 12], [1 x 2], [2 x 9]",
         [&] {
             affine({{array(1, 2), f}, {array(1, 2), g}});
         }},
        {"affine: shapes that do not fit: [1 x 2], [2 x 12], [3 x 2], [2 x 12]",
         [&] {
             affine({{array(1, 2), f}, {array(3, 2), f}});
         }},
        {"affine: bias: shapes that do not fit: [1 x 2], [3 x 1]", [&] { affine(array(1, 2), f, array(3, 1)); }},
        {"formula: there is no entry [2] in a vector of 2; the first one is [0], the last [1]",
         [&] { f.features(1, 2); }},
        {"formula: there is no entry [2] in a vector of 2; the first one is [0], the last [1]", [&] { x[2]; }},
        {"formula: there is no entry [7] in a vector of 1; the first one is [0], the last [0]", [&] { x[1][7]; }},
        {"formula: there is no entry [-1] in a vector of 2; the first one is [0], the last [1]", [&] { x[-1]; }},
        {"formula: there is no entry [1] in a vector of 1; the first one is [0], the last [0]",
         [&] { Jet::scalar(array(1, 4), array(2, 4), {}, first)[1]; }},
        {"formula: a function of something that is not there (the log density, or a drift or cost of zero)",
         [&] { Jet{}[0]; }},
        {"jet: it has no such derivative; ask for a higher order", [&] { f.derivative(2); }},
    });
}

TEST_CASE("results of plugins are refused where they have another shape", "[shapes]")
{
    const auto map = [](int rows, int columns) {
        map_points(make_matrix(3, 2), 1, [&](Tape& tape, const Variable&) { return tape.constant(rows, columns, 0); });
    };
    CHECK(message_of<Error>([&] { map(1, 3); }).empty());
    CHECK(message_of<Error>([&] { map(2, 3); }) == "function of points: the shape is [2 x 3] and should be [1 x 3]");
    CHECK(message_of<Error>([&] { map(1, 2); }) == "function of points: the shape is [1 x 2] and should be [1 x 3]");
    Tape tape;
    tape.begin(false);
    const VariableList list(tape, 3);
    CHECK(list.part(1, 2).size() == 2);
    CHECK(message_of<Error>([&] { list.part(2, 2); }) == "parameters: number 2 to 3 are asked for of 3");
}
