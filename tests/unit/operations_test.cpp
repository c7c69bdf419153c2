#include <mfg/autodiff/closed_forms.hpp>
#include <mfg/autodiff/operations.hpp>

#include "catch.hpp"
#include "unit/finite_differences.hpp"

using namespace mfg;

namespace {

struct Shape {
    int rows, columns;
};

/// An operation, and an entry of its result by plain loops.
struct Case {
    const char* name;
    std::vector<Shape> inputs;
    std::function<Variable(const Variables&)> apply;
    std::function<Real(const Variables&, int r, int c)> expected;
    bool contiguous = false;  // whether inputs must be
};

constexpr int m = 3;

Real sum_over(int count, const std::function<Real(int)>& term)
{
    Real sum = 0;
    for (int i = 0; i < count; ++i) sum += term(i);
    return sum;
}

/// Row and column of entry k of an upper triangle, row by row.
std::pair<int, int> triangle_entry(int k, int n)
{
    int row = 0;
    for (; k >= n - row; ++row) k -= n - row;
    return {row, row + k};
}

std::vector<Case> cases(int n)
{
    using V = const Variables&;
    std::vector<Case> list;
    list.push_back({"combine of one",
                    {{m, n}},
                    [](V v) {
                        return combine({{-2, v[0]}});
                    },
                    [](V v, int r, int c) { return -2 * v[0](r, c); }});
    list.push_back({"combine of two",
                    {{m, n}, {m, n}},
                    [](V v) {
                        return combine({{2, v[0]}, {0.5, v[1]}});
                    },
                    [](V v, int r, int c) { return 2 * v[0](r, c) + 0.5 * v[1](r, c); }});
    list.push_back({"combine, one absent",
                    {{m, n}, {m, n}},
                    [](V v) {
                        return combine({{2, v[0]}, {7, {}}, {1, v[1]}});
                    },
                    [](V v, int r, int c) { return 2 * v[0](r, c) + v[1](r, c); }});
    list.push_back({"combine of three",
                    {{m, n}, {m, n}, {m, n}},
                    [](V v) {
                        return combine({{2, v[0]}, {-3, v[1]}, {0.5, v[2]}});
                    },
                    [](V v, int r, int c) { return 2 * v[0](r, c) - 3 * v[1](r, c) + 0.5 * v[2](r, c); }});
    list.push_back({"combine of five",
                    {{m, n}, {m, n}, {m, n}, {m, n}, {m, n}},
                    [](V v) {
                        return combine({{1, v[0]}, {2, v[1]}, {3, v[2]}, {4, v[3]}, {5, v[4]}});
                    },
                    [](V v, int r, int c) { return sum_over(5, [&](int i) { return (i + 1) * v[i](r, c); }); }});

    list.push_back({"matmul",
                    {{2, m}, {m, n}},
                    [](V v) { return matmul(v[0], v[1]); },
                    [](V v, int r, int c) { return sum_over(m, [&](int k) { return v[0](r, k) * v[1](k, c); }); }});
    list.push_back(
        {"matmul, bias",
         {{2, m}, {m, n}, {2, 1}},
         [](V v) { return matmul(v[0], v[1], false, v[2]); },
         [](V v, int r, int c) { return v[2](r, 0) + sum_over(m, [&](int k) { return v[0](r, k) * v[1](k, c); }); }});
    list.push_back({"sum_of_products",
                    {{m, 4}, {4, n}, {2, m}, {2, n}, {m, 1}},
                    [](V v) {
                        return sum_of_products({{v[0], v[1]}, {v[2], v[3], true}}, v[4]);
                    },
                    [](V v, int r, int c) {
                        return sum_over(4, [&](int k) { return v[0](r, k) * v[1](k, c); }) +
                               sum_over(2, [&](int k) { return v[2](k, r) * v[3](k, c); }) + v[4](r, 0);
                    }});
    list.push_back(
        {"matmul, transposed",
         {{m, 2}, {m, n}, {2, 1}},
         [](V v) { return matmul(v[0], v[1], true, v[2]); },
         [](V v, int r, int c) { return v[2](r, 0) + sum_over(m, [&](int k) { return v[0](k, r) * v[1](k, c); }); }});
    list.push_back({"gram",
                    {{m, n}},
                    [](V v) { return gram(v[0]); },
                    [n](V v, int r, int c) { return sum_over(n, [&](int k) { return v[0](r, k) * v[0](c, k); }); }});

    struct Repeat {
        const char* name;
        Shape shape;
    };
    for (const Repeat& b : {Repeat{"multiply by an array", {m, n}}, Repeat{"multiply by a row", {1, n}},
                            Repeat{"multiply by a column", {m, 1}}, Repeat{"multiply by a number", {1, 1}}}) {
        const auto product = [](const Variable& a, const Variable& x, int r, int c) {
            return -1.5 * a(r, c) * x(x.rows() == 1 ? 0 : r, x.columns() == 1 ? 0 : c);
        };
        list.push_back({b.name,
                        {{m, n}, b.shape},
                        [](V v) { return multiply(v[0], v[1], -1.5); },
                        [=](V v, int r, int c) { return product(v[0], v[1], r, c); }});
        list.push_back({b.name,
                        {b.shape, {m, n}},
                        [](V v) { return multiply(v[0], v[1], -1.5); },
                        [=](V v, int r, int c) { return product(v[1], v[0], r, c); }});
    }

    list.push_back({"add_column",
                    {{m, n}, {m, 1}},
                    [](V v) { return add_column(v[0], v[1]); },
                    [](V v, int r, int c) { return v[0](r, c) + v[1](r, 0); }});
    list.push_back({"add_column in some columns",
                    {{m, n}, {m, 1}},
                    [n](V v) { return add_column(v[0], v[1], n / 2); },
                    [n](V v, int r, int c) { return v[0](r, c) + (c < n / 2 ? v[1](r, 0) : 0); }});
    list.push_back({"add_column, one number",
                    {{m, n}, {1, 1}},
                    [n](V v) { return add_column(v[0], v[1], n / 2 + 1); },
                    [n](V v, int r, int c) { return v[0](r, c) + (c < n / 2 + 1 ? v[1](0, 0) : 0); }});
    list.push_back({"add_first",
                    {{m, n}, {m, (n + 1) / 2}},
                    [](V v) { return add_first(v[0], 2, v[1], -3); },
                    [](V v, int r, int c) { return 2 * v[0](r, c) + (c < v[1].columns() ? -3 * v[1](r, c) : 0); }});
    list.push_back({"add_number",
                    {{m, n}},
                    [](V v) { return add_number(v[0], 0.25); },
                    [](V v, int r, int c) { return v[0](r, c) + 0.25; }});

    list.push_back({"sum_rows",
                    {{m, n}},
                    [](V v) { return sum_rows(v[0], 2); },
                    [](V v, int, int c) { return 2 * sum_over(m, [&](int r) { return v[0](r, c); }); }});
    list.push_back({"dot_rows",
                    {{m, n}, {m, n}},
                    [](V v) { return dot_rows(v[0], v[1], 2); },
                    [](V v, int, int c) { return 2 * sum_over(m, [&](int r) { return v[0](r, c) * v[1](r, c); }); }});
    list.push_back({"sum_columns",
                    {{m, n}},
                    [](V v) { return sum_columns(v[0], 2); },
                    [n](V v, int r, int) { return 2 * sum_over(n, [&](int c) { return v[0](r, c); }); }});
    list.push_back({"dot_columns",
                    {{m, n}, {m, n}},
                    [](V v) { return dot_columns(v[0], v[1], 2); },
                    [n](V v, int r, int) { return 2 * sum_over(n, [&](int c) { return v[0](r, c) * v[1](r, c); }); }});
    list.push_back({"absolute",
                    {{m, n}},
                    [](V v) { return absolute(v[0]); },
                    [](V v, int r, int c) { return std::abs(v[0](r, c)); }});

    list.push_back({"stack",
                    {{m, n}, {1, n}, {2, n}},
                    [](V v) {
                        return vconcat({v[0], v[1], v[2]});
                    },
                    [](V v, int r, int c) { return r < m    ? v[0](r, c)
                                                   : r == m ? v[1](0, c)
                                                            : v[2](r - m - 1, c); }});
    list.push_back({"beside",
                    {{m, n}, {m, 1}, {m, 2}},
                    [](V v) { return hconcat(v.data(), 3); },
                    [n](V v, int r, int c) { return c < n    ? v[0](r, c)
                                                    : c == n ? v[1](r, 0)
                                                             : v[2](r, c - n - 1); }});
    list.push_back(
        {"beside, transposed parts below each other",
         {{m, n}, {m, 2}},
         [](V v) {
             return combine({{1, hconcat(v.data(), 2)}, {2, transpose(vconcat({transpose(v[0]), transpose(v[1])}))}});
         },
         [n](V v, int r, int c) { return 3 * (c < n ? v[0](r, c) : v[1](r, c - n)); }});
    list.push_back(
        {"transpose", {{m, n}}, [](V v) { return transpose(v[0]); }, [](V v, int r, int c) { return v[0](c, r); }});
    list.push_back({"reshape",
                    {{m, n}},
                    [n](V v) {
                        return combine({{3, v[0].reshape(n, m)}});
                    },
                    [n](V v, int r, int c) { return 3 * v[0]((r * m + c) / n, (r * m + c) % n); },
                    true});
    list.push_back({"unpack_symmetric",
                    {{m * (m + 1) / 2, 1}},
                    [](V v) { return unpack_symmetric(v[0], m); },
                    [](V v, int r, int c) {
                        int k = 0;
                        while (triangle_entry(k, m) != std::pair(std::min(r, c), std::max(r, c))) ++k;
                        return v[0](k, 0) * (r == c ? 1 : std::sqrt(0.5));
                    },
                    true});
    // The argument has to be symmetric, whatever the leaf is.
    list.push_back({"pack_quadratic_form",
                    {{m, n}},
                    [](V v) { return pack_quadratic_form(gram(v[0])); },
                    [n](V v, int k, int) {
                        const auto [i, j] = triangle_entry(k, m);
                        return (i == j ? 1 : 2) *
                               sum_over(n, [&, a = i, b = j](int c) { return v[0](a, c) * v[0](b, c); });
                    }});
    list.push_back({"trace",
                    {{m, m + 1}},
                    [](V v) { return trace(v[0], m - 1); },
                    [](V v, int, int) { return sum_over(m - 1, [&](int i) { return v[0](i, i); }); }});

    list.push_back(
        {"log_cosh_and_slope",
         {{m, n}},
         [](V v) {
             const auto [u, t] = log_cosh_and_slope(v[0]);
             return vconcat({u, t});
         },
         [](V v, int r, int c) { return r < m ? std::log(2 * std::cosh(v[0](r, c))) : std::tanh(v[0](r - m, c)); },
         true});
    list.push_back({"log_cosh_and_slope, value alone",
                    {{m, n}},
                    [](V v) { return log_cosh_and_slope(v[0]).u; },
                    [](V v, int r, int c) { return std::log(2 * std::cosh(v[0](r, c))); },
                    true});
    list.push_back({"log_cosh_and_slope, slope alone",
                    {{m, n}},
                    [](V v) { return log_cosh_and_slope(v[0]).t; },
                    [](V v, int r, int c) { return std::tanh(v[0](r, c)); },
                    true});
    list.push_back({"log_cosh_and_slope without value",
                    {{m, n}},
                    [](V v) { return log_cosh_and_slope(v[0], false).t; },
                    [](V v, int r, int c) { return std::tanh(v[0](r, c)); },
                    true});
    list.push_back({"slope_sum",
                    {{m, 1}, {m, n}, {m, n}},
                    [](V v) { return slope_sum(v[0], v[1], v[2]); },
                    [](V v, int, int c) {
                        return sum_over(m,
                                        [&](int r) { return v[0](r, 0) * (1 - v[1](r, c) * v[1](r, c)) * v[2](r, c); });
                    }});
    list.push_back({"pair_products",
                    {{m, n}},
                    [](V v) { return pair_products(v[0]); },
                    [](V v, int k, int c) {
                        const auto [a, b] = triangle_entry(k, m);
                        return v[0](a, c) * v[0](b, c);
                    }});

    list.push_back({"pair_form",
                    {{m * (m + 1) / 2, 2}, {m, n}},
                    [](V v) { return pair_form(v[0], v[1]); },
                    [](V v, int r, int c) {
                        return sum_over(m * (m + 1) / 2, [&](int k) {
                            const auto [a, b] = triangle_entry(k, m);
                            return v[0](k, r) * v[1](a, c) * v[1](b, c);
                        });
                    }});
    list.push_back({"product_norms",
                    {{2, m}, {m, n}, {m, 4}},
                    [](V v) { return product_norms(v[0], v[1], v[2]); },
                    [](V v, int r, int c) {
                        return sum_over(4, [&](int b) {
                            const Real entry = sum_over(m, [&](int i) { return v[0](r, i) * v[1](i, c) * v[2](i, b); });
                            return entry * entry;
                        });
                    }});

    constexpr int blocks = 2;
    list.push_back({"outer_blocks",
                    {{m, n}, {m, blocks}},
                    [](V v) { return outer_blocks(v[0], v[1]); },
                    [n](V v, int r, int c) { return v[0](r, c % n) * v[1](r, c / n); }});
    list.push_back({"scale_blocks",
                    {{m, n}, {m, blocks * n}},
                    [](V v) { return scale_blocks(v[0], v[1], blocks); },
                    [n](V v, int r, int c) { return v[0](r, c % n) * v[1](r, c); }});
    list.push_back({"mix_blocks",
                    {{m, m}, {m, blocks * n}},
                    [](V v) { return mix_blocks(gram(v[0]).rows(0, blocks).columns(0, blocks), v[1], blocks); },
                    [n](V v, int r, int c) {
                        return sum_over(blocks, [&](int b) {
                            const Real g = sum_over(m, [&](int k) { return v[0](c / n, k) * v[0](b, k); });
                            return g * v[1](r, b * n + c % n);
                        });
                    },
                    true});
    list.push_back({"dot_blocks",
                    {{m, blocks * n}, {m, blocks * n}},
                    [](V v) { return dot_blocks(v[0], v[1], blocks); },
                    [n](V v, int r, int c) {
                        return sum_over(blocks, [&](int b) { return v[0](r, b * n + c) * v[1](r, b * n + c); });
                    }});
    return list;
}

/// How an operation gets to see its inputs.
enum class Presentation { leaf, result, leaf_view, result_view, row_view };

/// Leaves for inputs of the given shapes: larger than these where the inputs are views.
std::vector<LeafValues> make_leaves(const Case& test, Presentation as)
{
    std::vector<LeafValues> leaves;
    for (const auto& [rows, columns] : test.inputs) {
        const bool larger = as == Presentation::leaf_view || as == Presentation::result_view;
        leaves.push_back(random_leaf(rows + (larger || as == Presentation::row_view ? 2 : 0),
                                     columns + (larger ? 3 : 0), static_cast<unsigned>(leaves.size() + 1)));
        // A kink is no place for finite differences.
        for (Real& x : leaves.back().numbers) x += std::copysign(0.01, x);
    }
    return leaves;
}

Variables present(const Case& test, const Variables& leaves, Presentation as)
{
    Variables inputs = leaves;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto [rows, columns] = test.inputs[i];
        if (as == Presentation::result || as == Presentation::result_view) inputs[i] = combine({{1, inputs[i]}});
        if (as == Presentation::row_view) inputs[i] = inputs[i].rows(1, rows);
        if (as == Presentation::leaf_view || as == Presentation::result_view)
            inputs[i] = inputs[i].columns(2, columns).rows(1, rows);
    }
    return inputs;
}

constexpr Real tolerance = 1e-8;

}  // namespace

TEST_CASE("operations: values and adjoints", "[operations]")
{
    for (const int n : {1, 3, 7, 17}) {
        for (const Case& test : cases(n)) {
            for (const Presentation as : {Presentation::leaf, Presentation::result, Presentation::leaf_view,
                                          Presentation::result_view, Presentation::row_view}) {
                const bool spread = as == Presentation::leaf_view || as == Presentation::result_view;
                if (test.contiguous && spread) continue;
                INFO(test.name << ", " << n << " columns, presentation " << static_cast<int>(as));
                const auto leaves = make_leaves(test, as);
                const Formula formula = [&](Tape&, const Variables& v) { return test.apply(present(test, v, as)); };

                for (const bool recording : {true, false}) {
                    Tape tape;
                    tape.begin(recording);
                    auto unused = zero_gradients(leaves);
                    const Variables inputs = present(test, tape_leaves(tape, leaves, &unused), as);
                    const Variable out = test.apply(inputs);
                    CHECK(out.active() == recording);
                    Real error = 0;
                    for (int r = 0; r < out.rows(); ++r)
                        for (int c = 0; c < out.columns(); ++c)
                            error = std::max(error, std::abs(out(r, c) - test.expected(inputs, r, c)));
                    CHECK(error <= 1e-14 * (m + n));
                }
                CHECK(gradient_error(formula, leaves) < tolerance);
            }
        }
    }
}

TEST_CASE("operations: constants among the arguments", "[operations]")
{
    for (const Case& test : cases(7)) {
        const auto leaves = make_leaves(test, Presentation::leaf);
        for (std::size_t held = 0; held < leaves.size(); ++held) {
            INFO(test.name << ", argument " << held << " constant");
            std::vector<LeafValues> free = leaves;
            free.erase(free.begin() + static_cast<std::ptrdiff_t>(held));
            const Formula formula = [&](Tape& tape, Variables v) {
                v.insert(v.begin() + static_cast<std::ptrdiff_t>(held),
                         tape.constant_view(leaves[held].numbers.data(), leaves[held].rows, leaves[held].columns));
                const Variable out = test.apply(v);
                CHECK(out.active() == (tape.recording() && leaves.size() > 1));
                return out;
            };
            if (free.empty()) {
                Tape tape;
                tape.begin(true);
                formula(tape, {});
            } else {
                CHECK(gradient_error(formula, free) < tolerance);
            }
        }
    }
}

TEST_CASE("operations: an array that is used twice", "[operations]")
{
    struct Twice {
        const char* name;
        std::function<Variable(const Variable& a)> apply;
    };
    const int n = 7;
    const std::vector<Twice> list = {
        {"combine",
         [](const Variable& a) {
             return combine({{2, a}, {3, a}});
         }},
        {"multiply", [](const Variable& a) { return multiply(a, a); }},
        {"multiply by a row of itself", [](const Variable& a) { return multiply(a, a.rows(1, 1)); }},
        {"multiply by a column of itself", [](const Variable& a) { return multiply(a, a.columns(4, 1)); }},
        {"multiply by a number of itself", [](const Variable& a) { return multiply(a, a.rows(1, 1).columns(4, 1)); }},
        {"matmul", [](const Variable& a) { return matmul(a.columns(0, m), a); }},
        {"matmul, transposed", [](const Variable& a) { return matmul(a, a, true); }},
        {"sum_of_products",
         [](const Variable& a) {
             return sum_of_products({{a.columns(0, m), a}, {a.columns(1, m), a, true}}, a.columns(3, 1));
         }},
        {"matmul, own column as bias",
         [](const Variable& a) { return matmul(a.columns(0, m), a, false, a.columns(3, 1)); }},
        {"add_column", [](const Variable& a) { return add_column(a, a.columns(2, 1)); }},
        {"add_column, one number", [](const Variable& a) { return add_column(a, a.columns(2, 1).rows(1, 1)); }},
        {"add_first", [](const Variable& a) { return add_first(a, 2, a.columns(1, 4), 3); }},
        {"dot_rows", [](const Variable& a) { return dot_rows(a, a); }},
        {"dot_columns", [](const Variable& a) { return dot_columns(a, a); }},
        {"stack",
         [](const Variable& a) {
             return vconcat({a, a, a.rows(1, 1)});
         }},
        {"beside",
         [](const Variable& a) {
             const Variable parts[] = {a, a.columns(2, 3), a};
             return hconcat(parts, 3);
         }},
        {"slope_sum",
         [](const Variable& a) {
             return slope_sum(combine({{1, a.columns(2, 1)}}), a, a);
         }},
        {"outer_blocks", [](const Variable& a) { return outer_blocks(a, a.columns(1, 2)); }},
        {"scale_blocks", [](const Variable& a) { return scale_blocks(a, a, 1); }},
        {"mix_blocks", [](const Variable& a) { return mix_blocks(a.columns(0, 3).rows(0, 3), a.columns(0, 6), 3); }},
        {"dot_blocks", [](const Variable& a) { return dot_blocks(a, a, n); }},
        {"overlapping columns", [](const Variable& a) { return multiply(a.columns(0, 5), a.columns(2, 5)); }},
        {"a view and the whole",
         [](const Variable& a) {
             return vconcat({multiply(a, a), combine({{1, a.rows(1, 2)}}), sum_rows(a)});
         }},
    };
    for (const Twice& test : list) {
        INFO(test.name);
        for (const bool of_result : {false, true}) {
            const Formula formula = [&](Tape&, const Variables& v) {
                return test.apply(of_result ? combine({{1, v[0]}}) : v[0]);
            };
            CHECK(gradient_error(formula, {random_leaf(m, n, 5)}) < tolerance);
        }
    }
}

TEST_CASE("operations: any number of arrays stand beside each other, and not none", "[operations]")
{
    constexpr int count = 100;
    const Formula formula = [](Tape&, const Variables& v) {
        Variables parts;
        for (int i = 0; i < count; ++i) parts.push_back(v[0].columns(i, 1 + i % 3));
        return hconcat(parts.data(), count);
    };
    const std::vector<LeafValues> leaves{random_leaf(2, count + 2, 9)};
    CHECK(gradient_error(formula, leaves) < tolerance);
    Tape tape;
    tape.begin(false);
    CHECK(formula(tape, tape_leaves(tape, leaves)).columns() == 199);
    CHECK_THAT(message_of([] { hconcat(nullptr, 0); }), ContainsSubstring("nothing to put together"));
}

TEST_CASE("operations: the derivative of |a| at 0 is 0", "[operations]")
{
    std::vector<LeafValues> leaves{{1, 3, {0, -0.0, -2}}};
    auto gradients = zero_gradients(leaves);
    Tape tape;
    add_gradient(
        tape, [](Tape&, const Variables& v) { return absolute(v[0]); }, leaves, gradients);
    CHECK(gradients[0][0] == 0);
    CHECK(gradients[0][1] == 0);
    CHECK(gradients[0][2] == -result_weight(2));
}

TEST_CASE("tape: gradients of leaves add up", "[operations][tape]")
{
    const std::vector<LeafValues> leaves{random_leaf(m, 7, 1), random_leaf(m, 7, 2)};
    const Formula formula = [](Tape&, const Variables& v) { return multiply(v[0], v[1]); };
    Tape tape;
    auto once = zero_gradients(leaves), twice = once;
    add_gradient(tape, formula, leaves, once);
    add_gradient(tape, formula, leaves, twice);
    add_gradient(tape, formula, leaves, twice);
    for (std::size_t l = 0; l < leaves.size(); ++l)
        for (std::size_t i = 0; i < once[l].size(); ++i) CHECK(twice[l][i] == 2 * once[l][i]);
}

TEST_CASE("tape: results that nothing uses have no effect", "[operations][tape]")
{
    const std::vector<LeafValues> leaves{random_leaf(m, 7, 1)};
    Tape tape;
    auto without = zero_gradients(leaves), with = without;
    add_gradient(
        tape, [](Tape&, const Variables& v) { return multiply(v[0], v[0]); }, leaves, without);
    const Formula formula = [](Tape&, const Variables& v) {
        const Variable unused = gram(absolute(v[0]));
        const Variable out = multiply(v[0], v[0]);
        multiply(unused, unused);
        dot_rows(out, v[0]);
        return out;
    };
    add_gradient(tape, formula, leaves, with);
    CHECK(with == without);
}

TEST_CASE("tape: adjoints of views that come piece by piece", "[operations][tape]")
{
    const std::vector<LeafValues> leaves{random_leaf(12, 5, 1)};
    // What views of one array are used for, the last one first in reverse.
    using Use = std::function<Variable(const Variable& all)>;
    const auto rows = [](int first, int count, Real factor) -> Use {
        return [=](const Variable& all) {
            return sum_rows(
                combine({{factor, all.rows(first, count)}, {1, multiply(all.rows(first, count), all.rows(0, 1))}}));
        };
    };
    const auto columns = [](int first, int count) -> Use {
        return [=](const Variable& all) {
            return add_first(all.tape().constant(1, 5, 0), 1,
                             dot_rows(all.columns(first, count), all.columns(first, count)), 1);
        };
    };
    const std::vector<std::vector<Use>> cases = {
        {rows(0, 4, 2), rows(4, 4, 3), rows(8, 4, 5)},
        {rows(8, 4, 2), rows(0, 4, 3)},
        {rows(3, 2, 2)},
        {rows(0, 3, 2), rows(2, 5, 3), rows(6, 6, 5)},
        {rows(2, 6, 2), rows(3, 2, 3), rows(0, 12, 4)},
        {rows(0, 1, 2), rows(2, 1, 3), rows(4, 1, 5), rows(6, 1, 7), rows(8, 1, 9), rows(10, 1, 11)},
        {columns(0, 2), rows(1, 2, 3)},
        {rows(1, 2, 3), columns(2, 3), rows(1, 2, 3)},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        INFO("case " << i);
        CHECK(gradient_error(
                  [&](Tape&, const Variables& v) {
                      const Variable all = multiply(v[0], v[0]);
                      Variable sum;
                      for (const Use& use : cases[i]) sum = combine({{1, sum}, {1, use(all)}});
                      return sum;
                  },
                  leaves) < 1e-8);
    }
}

TEST_CASE("tape: a chain reuses the memory of its adjoints", "[operations][tape]")
{
    // Steps of x -> 0.95 x + 0.02 (M x^2 - |x|^2 x^2), with arrays of several shapes on the way.
    const auto chain = [](int length) {
        return Formula([length](Tape&, const Variables& v) {
            Variable x = v[1];
            for (int i = 0; i < length; ++i) {
                const Variable squares = multiply(x, x);
                const Variable moved = vconcat({matmul(v[0], squares), sum_rows(squares)});
                x = combine({{0.95, x}, {0.02, moved.rows(0, m)}, {-0.02, multiply(squares, moved.rows(m, 1))}});
            }
            return x;
        });
    };
    const std::vector<LeafValues> leaves{random_leaf(m, m, 1), random_leaf(m, 17, 2)};
    CHECK(gradient_error(chain(20), leaves) < tolerance);

    const auto adjoint_bytes = [&](int length) {
        Tape tape;
        auto gradients = zero_gradients(leaves);
        tape.begin(true);
        const Variable out = chain(length)(tape, tape_leaves(tape, leaves, &gradients));
        const std::size_t before = tape.memory();
        std::fill_n(tape.adjoint(out), out.size(), Real(1));
        tape.reverse();
        return tape.memory() - before;
    };
    CHECK(adjoint_bytes(400) == adjoint_bytes(10));
}

TEST_CASE("tape: memory of a computation that is repeated is kept", "[operations][tape]")
{
    // Several blocks at first, one from the second time on.
    Tape tape;
    std::size_t used[3];
    for (std::size_t& bytes : used) {
        tape.begin(false);
        Variable x = tape.constant(100, 1000, 1);
        for (int i = 0; i < 20; ++i) x = add_number(x, 1);
        CHECK(x(99, 999) == 21);
        bytes = tape.memory();
    }
    CHECK(used[0] >= 20 * 100 * 1000 * sizeof(Real));
    CHECK(used[1] == used[2]);
}
