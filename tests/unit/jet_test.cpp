#include <mfg/autodiff/jet.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/testing/check.hpp>

#include "catch.hpp"
#include "unit/finite_differences.hpp"

using namespace mfg;

namespace {

constexpr int dimension = 2, samples = 9;

/// A jet made of the coordinates and of parameters.
using JetFormula = std::function<Jet(const Jet& x, const Variables& parameters)>;

struct Case {
    std::string name;
    JetFormula formula;
    std::vector<LeafValues> parameters = {};
};

const std::vector<JetShape>& shapes()
{
    static const std::vector<JetShape> all = {JetShape::of(0, dimension, false), JetShape::of(0, dimension, true),
                                              JetShape::of(1, dimension, false), JetShape::of(1, dimension, true),
                                              JetShape::of(2, dimension, false), JetShape::of(2, dimension, true)};
    return all;
}

/// All components below each other, through the functions that users call.
Variable components(const Jet& jet)
{
    Variable all = jet.value();
    const JetShape& shape = jet.shape();
    for (int k = 0; k < shape.directions; ++k)
        all = vconcat({all, k == shape.spatial ? jet.time_derivative() : jet.derivative(k)});
    if (shape.order == 2) all = vconcat({all, jet.laplacian()});
    if (shape.order > 0 && jet.features() == 1) all = vconcat({all, jet.gradient()});
    return all;
}

/// Value and derivatives of a formula against differences of its value.
Real derivative_error(const Case& test, const LeafValues& points, const JetShape& shape)
{
    const auto evaluate = [&](Tape& tape, const LeafValues& at, const JetShape& with) {
        tape.begin(false);
        const Variables parameters = tape_leaves(tape, test.parameters);
        const Jet x = Jet::coordinates(tape.constant_view(at.numbers.data(), at.rows, at.columns), with);
        return test.formula(x, parameters);
    };
    Tape tape, other;
    const Jet jet = evaluate(tape, points, shape);
    REQUIRE(jet.samples() == samples);
    // One point, and the features there, a row.
    const auto value = [&](const Matrix& at) {
        LeafValues moved = points;
        for (int k = 0; k < points.rows; ++k)
            for (int j = 0; j < samples; ++j) moved.numbers[static_cast<std::size_t>(k * samples + j)] = at(j, k);
        const Variable v = evaluate(other, moved, {}).value();
        Matrix features = make_matrix(samples, static_cast<std::size_t>(v.rows()));
        for (int r = 0; r < v.rows(); ++r)
            for (int j = 0; j < samples; ++j) features(j, r) = v(r, j);
        return features;
    };
    // Error relative to the largest entry, at least 1.
    Real worst = 0;
    const auto compare = [&](const Variable& v, const Matrix& expected) {
        const Real scale = std::max(Real(1), largest(expected));
        for (int r = 0; r < v.rows(); ++r)
            for (int j = 0; j < samples; ++j) {
                const Real error = std::abs(v(r, j) - expected(j, r)) / scale;
                worst = std::isnan(error) ? std::numeric_limits<Real>::infinity() : std::max(worst, error);
            }
    };
    Matrix at = make_matrix(samples, static_cast<std::size_t>(points.rows));
    for (int k = 0; k < points.rows; ++k)
        for (int j = 0; j < samples; ++j) at(j, k) = points.numbers[static_cast<std::size_t>(k * samples + j)];
    compare(jet.value(), value(at));
    if (jet.shape().order == 0) return worst;

    Matrix gradient = make_matrix(samples, static_cast<std::size_t>(shape.spatial));
    for (int k = 0; k < shape.directions; ++k) {
        const Matrix first = first_difference(value, at, static_cast<std::size_t>(k));
        compare(k == shape.spatial ? jet.time_derivative() : jet.derivative(k), first);
        for (int j = 0; j < samples && k < shape.spatial; ++j) gradient(j, k) = first(j, 0);
    }
    if (jet.features() == 1) compare(jet.gradient(), gradient);
    if (shape.order == 2)
        compare(jet.laplacian(), difference_laplacian(value, at, static_cast<std::size_t>(shape.spatial), 3e-3));
    return worst;
}

/// Adjoints of all components with respect to points and parameters.
Real adjoint_error(const Case& test, const LeafValues& points, const JetShape& shape)
{
    std::vector<LeafValues> leaves{points};
    leaves.insert(leaves.end(), test.parameters.begin(), test.parameters.end());
    return gradient_error(
        [&](Tape&, const Variables& v) {
            const Jet x = Jet::coordinates(v[0], shape);
            return components(test.formula(x, Variables(v.begin() + 1, v.end())));
        },
        leaves);
}

LeafValues points_for(bool time)
{
    return random_leaf(dimension + (time ? 1 : 0), samples, 11, 0.2, 0.9);
}

void check(const Case& test, bool constant = false)
{
    for (const JetShape& shape : shapes()) {
        for (const bool time : {false, true}) {
            if (shape.order > 0 && time != (shape.directions > shape.spatial)) continue;
            INFO(test.name << ", order " << shape.order << (time ? ", with time" : ""));
            const LeafValues points = points_for(time);
            CHECK(derivative_error(test, points, shape) < 2e-8);
            if (!constant) CHECK(adjoint_error(test, points, shape) < 1e-7);
        }
    }
}

/// The same features in every way in which a jet may be stored.
struct Structure {
    const char* name;
    std::function<Jet(const Jet& x, const Variables& parameters)> make;
};

Jet first_two(const Jet& x)
{
    return x.features(0, 2);
}

/// A scalar as one that closed forms yield.
Jet in_parts(const Jet& a)
{
    const JetShape& shape = a.shape();
    if (shape.order == 0) return Jet::scalar(a.value(), {}, {}, shape);
    Variable gradient = a.derivative(0);
    for (int k = 1; k < shape.directions; ++k) gradient = vconcat({gradient, a.derivative(k)});
    return Jet::scalar(a.value(), gradient, shape.order == 2 ? a.laplacian() : Variable{}, shape);
}

/// Depends on all inputs and lies between 0.5 and 2.
Jet mixed_scalar(const Jet& x)
{
    return 0.5 * sin(sum(x)) + x[0] * x[1] + 0.8;
}

const std::vector<LeafValues>& sample_parameters()
{
    static const std::vector<LeafValues> one{random_leaf(2, samples, 21, 0.5, 1.5)};
    return one;
}

/// Two features each; parameters: an array that depends on the samples alone.
const std::vector<Structure>& pairs()
{
    static const std::vector<Structure> all = {
        {"constant", [](const Jet&, const Variables& p) { return Jet(p[0]); }},
        {"coordinates", [](const Jet& x, const Variables&) { return first_two(x); }},
        {"last coordinates", [](const Jet& x, const Variables&) { return x.features(x.features() - 2, 2); }},
        {"diagonal", [](const Jet& x, const Variables&) { return exp(first_two(x)); }},
        {"diagonal, exchanged", [](const Jet& x, const Variables&) { return vconcat(square(x[1]) + 0.1, x[0]); }},
        {"diagonal, one direction twice",
         [](const Jet& x, const Variables&) { return vconcat(x[1], sin(x[1]) + 0.3); }},
        {"dense", [](const Jet& x, const Variables&) { return vconcat(mixed_scalar(x), x[0] * x[1]).dense(); }},
    };
    return all;
}

/// One feature each.
const std::vector<Structure>& scalars()
{
    static const std::vector<Structure> all = {
        {"constant", [](const Jet&, const Variables& p) { return Jet(p[0].rows(1, 1)); }},
        {"coordinate", [](const Jet& x, const Variables&) { return x[1]; }},
        {"last coordinate", [](const Jet& x, const Variables&) { return x[x.features() - 1]; }},
        {"diagonal", [](const Jet& x, const Variables&) { return log(x[0] + 1) + 0.2; }},
        {"dense", [](const Jet& x, const Variables&) { return mixed_scalar(x); }},
        {"parts", [](const Jet& x, const Variables&) { return in_parts(mixed_scalar(x)); }},
    };
    return all;
}

struct Binary {
    const char* name;
    std::function<Jet(const Jet&, const Jet&)> apply;
};

void check_pairs(const std::vector<Structure>& left, const std::vector<Structure>& right,
                 const std::vector<Binary>& operations)
{
    for (const Binary& operation : operations)
        for (const Structure& a : left)
            for (const Structure& b : right)
                check({std::string(operation.name) + ": " + a.name + ", " + b.name,
                       [&](const Jet& x, const Variables& p) { return operation.apply(a.make(x, p), b.make(x, p)); },
                       sample_parameters()},
                      a.name == std::string("constant") && b.name == a.name);
}

struct NamedFunction {
    const char* name;
    Function function;
    bool positive;
    Real parameter;
};

const std::vector<NamedFunction>& functions()
{
    static const std::vector<NamedFunction> all = {
        {"exponential", Function::exponential, false, 0},
        {"logarithm", Function::logarithm, true, 0},
        {"sine", Function::sine, false, 0},
        {"cosine", Function::cosine, false, 0},
        {"hyperbolic_tangent", Function::hyperbolic_tangent, false, 0},
        {"log_cosh", Function::log_cosh, false, 0},
        {"square_root", Function::square_root, true, 0},
        {"square", Function::square, false, 0},
        {"reciprocal", Function::reciprocal, true, 0},
        {"absolute", Function::absolute, true, 0},
        {"power 2.5", Function::power, true, 2.5},
        {"power -0.7", Function::power, true, -0.7},
    };
    return all;
}

}  // namespace

TEST_CASE("jets: every function of every structure", "[jets]")
{
    for (const NamedFunction& f : functions()) {
        // Two ranges: for functions on the whole line, one that changes sign.
        for (const Real shift : {0.0, f.positive ? 1.0 : -1.3}) {
            const auto of = [&](const std::vector<Structure>& list) {
                for (const Structure& s : list)
                    check({std::string(f.name) + " of " + s.name,
                           [&](const Jet& x, const Variables& p) {
                               return apply(f.function, s.make(x, p) + shift, f.parameter);
                           },
                           sample_parameters()});
            };
            of(pairs());
            of(scalars());
        }
    }
    check({"absolute of negative numbers", [](const Jet& x, const Variables&) { return abs(-x - 0.1); }});
    check({"reciprocal of negative numbers", [](const Jet& x, const Variables&) { return reciprocal(-x - 0.1); }});
}

TEST_CASE("jets: linear operations", "[jets]")
{
    Vector factors = make_vector(2), shift = make_vector(2);
    factors(0) = -2;
    factors(1) = 0.5;
    shift(0) = 0.3;
    shift(1) = -4;
    Matrix matrix = make_matrix(3, 2);
    for (std::size_t i = 0; i < 6; ++i) matrix.data()[i] = 0.3 * static_cast<Real>(i) - 0.7;
    const std::vector<LeafValues> weights{sample_parameters()[0], random_leaf(3, 2, 5), random_leaf(3, 1, 6)};

    for (const Structure& s : pairs()) {
        const auto with = [&](const char* name, const std::function<Jet(const Jet&, const Variables&)>& operation) {
            check({std::string(name) + " of " + s.name,
                   [&](const Jet& x, const Variables& p) { return operation(s.make(x, p), p); }, weights});
        };
        with("factors", [&](const Jet& a, const Variables&) { return factors * a; });
        with("plus shift", [&](const Jet& a, const Variables&) { return a + shift; });
        with("minus shift", [&](const Jet& a, const Variables&) { return a - shift; });
        with("number operations", [](const Jet& a, const Variables&) { return 3 - (2 * a - 1) / 4 + (0.5 + a * 2); });
        with("affine", [](const Jet& a, const Variables& p) { return affine(p[1], a, p[2]); });
        with("affine, no bias", [](const Jet& a, const Variables& p) { return affine(p[1], a); });
        with("affine, fixed matrix", [&](const Jet& a, const Variables&) { return affine(matrix, a); });
        with("sum", [](const Jet& a, const Variables&) { return sum(a); });
        with("norm_squared", [](const Jet& a, const Variables&) { return norm_squared(a); });
        with("second feature", [](const Jet& a, const Variables&) { return a[1]; });
        with("log_sum_exp", [](const Jet& a, const Variables&) { return log_sum_exp(a); });
    }
    for (const Structure& s : scalars()) {
        const auto with = [&](const char* name, const std::function<Jet(const Jet&, const Variables&)>& operation) {
            check({std::string(name) + " of " + s.name,
                   [&](const Jet& x, const Variables& p) { return operation(s.make(x, p), p); }, weights});
        };
        with("itself", [](const Jet& a, const Variables&) { return a; });
        with("negative", [](const Jet& a, const Variables&) { return -a; });
        with("plus number", [](const Jet& a, const Variables&) { return a + 2; });
        with("sum", [](const Jet& a, const Variables&) { return sum(a); });
        with("feature", [](const Jet& a, const Variables&) { return a[0]; });
        with("affine", [](const Jet& a, const Variables& p) { return affine(p[2], a, p[2]); });
        with("number over it", [](const Jet& a, const Variables&) { return 2 / (a + 1); });
    }
}

TEST_CASE("jets: functions of scaled coordinates", "[jets]")
{
    const Real factor = -3, length = 0.7, time = 1.6;
    const auto list = {std::pair{&pairs(), "pair "}, std::pair{&scalars(), "scalar "}};
    for (const auto& [structures, kind] : list)
        for (const Structure& s : *structures)
            check({std::string(kind) + s.name,
                   [&](const Jet& x, const Variables& p) {
                       Vector inverse = make_vector(x.features(), 1 / length);
                       if (x.features() > dimension) inverse(dimension) = 1 / time;
                       const Variable scaled = (inverse * Jet(x.value())).value();
                       return of_scaled_coordinates(s.make(Jet::coordinates(scaled, x.shape()), p), factor, length,
                                                    time);
                   },
                   sample_parameters()});
    CHECK(of_scaled_coordinates({}, factor, length, time).is_zero());
}

TEST_CASE("jets: operations on two jets of all structures", "[jets]")
{
    const std::vector<Binary> same_features = {
        {"combine", [](const Jet& a, const Jet& b) { return combine(2, a, -3, b); }},
        {"product", [](const Jet& a, const Jet& b) { return a * b; }},
        {"stack", [](const Jet& a, const Jet& b) { return vconcat(a, b); }},
    };
    check_pairs(pairs(), pairs(), same_features);
    check_pairs(scalars(), scalars(), same_features);
    check_pairs(pairs(), pairs(), {{"dot", [](const Jet& a, const Jet& b) { return dot(a, b); }}});
    check_pairs(scalars(), pairs(),
                {{"scalar times vector", [](const Jet& a, const Jet& b) { return a * b; }},
                 {"scalar over vector", [](const Jet& a, const Jet& b) { return a / (b + 1); }},
                 {"stack", [](const Jet& a, const Jet& b) { return vconcat(a, b); }}});
    check_pairs(pairs(), scalars(),
                {{"vector times scalar", [](const Jet& a, const Jet& b) { return a * b; }},
                 {"vector over scalar", [](const Jet& a, const Jet& b) { return a / (b + 1); }},
                 {"stack", [](const Jet& a, const Jet& b) { return vconcat(a, b); }}});
}

TEST_CASE("jets: affine maps of several jets", "[jets]")
{
    const std::vector<LeafValues> parameters{sample_parameters()[0], random_leaf(5, 2, 5), random_leaf(5, 2, 6),
                                             random_leaf(5, 1, 7)};
    for (const Structure& left : pairs())
        for (const Structure& right : pairs())
            check({std::string("affine of ") + left.name + ", " + right.name,
                   [&](const Jet& x, const Variables& p) {
                       const Jet a = left.make(x, p), b = right.make(x, p);
                       return affine({{p[1], a}, {p[2], b}}, p[3]) + affine({{p[1], b}, {p[2], a * b}, {p[2], b}});
                   },
                   parameters});
}

TEST_CASE("jets: gated", "[jets]")
{
    for (const Structure& left : pairs())
        for (const Structure& right : pairs())
            check({std::string("gated: ") + left.name + ", " + right.name,
                   [&](const Jet& x, const Variables& p) {
                       const Jet a = left.make(x, p), b = right.make(x, p);
                       return gated(tanh(a), b, cos(b), a) + gated(a, a, b, b);
                   },
                   sample_parameters()});
    // Views of one array, as gates that are found together; then some that have a row in common.
    check({"gated: overlapping views",
           [](const Jet& x, const Variables& p) {
               const Jet all = tanh(affine(p[0], first_two(x)));
               return gated(all.features(0, 2), all.features(1, 2), all.features(0, 2), all.features(5, 2));
           },
           {random_leaf(8, 2, 5)}});
    check({"gated: views",
           [](const Jet& x, const Variables& p) {
               const Jet all = tanh(affine(p[0], first_two(x)));
               return gated(all.features(0, 2), all.features(2, 2) * all.features(4, 2), all.features(4, 2),
                            all.features(6, 2));
           },
           {random_leaf(8, 2, 5)}});
}

TEST_CASE("jets: a jet that is used twice", "[jets]")
{
    for (const Structure& s : scalars()) {
        check({std::string("square and sum of ") + s.name,
               [&](const Jet& x, const Variables& p) {
                   const Jet a = s.make(x, p);
                   return a * a + a / (a + 1) - vconcat(a, a)[1];
               },
               sample_parameters()});
    }
}

TEST_CASE("jets: values are those of formulas on numbers", "[jets]")
{
    Tape tape;
    tape.begin(false);
    const LeafValues points = points_for(true);
    const Variable at = tape.constant_view(points.numbers.data(), points.rows, points.columns);
    Vector shift = make_vector(3, 0.5), factors = make_vector(3);
    for (std::size_t i = 0; i < 3; ++i) factors(i) = Real(i) - 4;
    struct Value {
        const char* name;
        std::function<Jet(const Jet& x)> formula;
        std::function<Real(const Real* x)> expected;
    };
    const Real two_pi = 4 * std::acos(Real(0));
    const std::vector<Value> list = {
        {"dot", [](const Jet& x) { return dot(x, exp(x)); },
         [](const Real* x) { return x[0] * std::exp(x[0]) + x[1] * std::exp(x[1]) + x[2] * std::exp(x[2]); }},
        {"norm_squared", [](const Jet& x) { return norm_squared(x); },
         [](const Real* x) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; }},
        {"quotient", [](const Jet& x) { return (2 * x[0] - x[1] / 4) / (1 - sqrt(x[2])); },
         [](const Real* x) { return (2 * x[0] - x[1] / 4) / (1 - std::sqrt(x[2])); }},
        {"power", [](const Jet& x) { return pow(x[1], 1.5) + 2 / square(x[0]); },
         [](const Real* x) { return std::pow(x[1], 1.5) + 2 / (x[0] * x[0]); }},
        {"vectors", [&](const Jet& x) { return sum(factors * log(x) + shift); },
         [](const Real* x) { return -4 * std::log(x[0]) - 3 * std::log(x[1]) - 2 * std::log(x[2]) + 1.5; }},
        {"scalar times vector", [&](const Jet& x) { return (x[2] * (x - shift))[1]; },
         [](const Real* x) { return x[2] * (x[1] - 0.5); }},
        {"log_sum_exp", [](const Jet& x) { return log_sum_exp(x); },
         [](const Real* x) { return std::log(std::exp(x[0]) + std::exp(x[1]) + std::exp(x[2])); }},
        {"embedding: sine", [](const Jet& x) { return periodic_embedding(x, 2)[1]; },
         [=](const Real* x) { return std::sin(two_pi * x[1]); }},
        {"embedding: second cosine", [](const Jet& x) { return periodic_embedding(x, 2)[9]; },
         [=](const Real* x) { return std::cos(2 * two_pi * x[0]); }},
        {"stack", [](const Jet& x) { return vconcat(x, log_cosh(-x) - tanh(abs(x)))[4]; },
         [](const Real* x) { return std::log(2 * std::cosh(x[1])) - std::tanh(x[1]); }},
    };
    for (const Value& test : list)
        for (const int order : {0, 1, 2}) {
            INFO(test.name << ", order " << order);
            const Jet jet = test.formula(Jet::coordinates(at, JetShape::of(order, dimension, true)));
            REQUIRE(jet.features() == 1);
            for (int j = 0; j < samples; ++j) {
                const Real x[] = {at(0, j), at(1, j), at(2, j)}, expected = test.expected(x);
                CHECK_THAT(jet.value()(0, j), WithinAbs(expected, 1e-13 * (1 + std::abs(expected))));
            }
        }
}

TEST_CASE("jets: zero", "[jets]")
{
    Tape tape;
    tape.begin(true);
    const LeafValues points = points_for(true);
    const Jet x = Jet::coordinates(tape.constant_view(points.numbers.data(), points.rows, points.columns),
                                   JetShape::of(2, dimension, true));
    const Jet zero;
    CHECK(zero.is_zero());
    CHECK((zero + zero).is_zero());
    CHECK((zero * x).is_zero());
    CHECK((x * zero).is_zero());
    CHECK(sum(zero).is_zero());
    CHECK((2 * zero).is_zero());
    const auto equal = [](const Jet& a, Real factor, const Jet& b) {
        const Variable left = components(a), right = components(b);
        for (int r = 0; r < left.rows(); ++r)
            for (int j = 0; j < left.columns(); ++j)
                if (left(r, j) != factor * right(r, j)) return false;
        return true;
    };
    CHECK(equal(x + zero, 1, x));
    CHECK(equal(zero - x, -1, x));
    CHECK(equal(x - zero, 1, x));
}

TEST_CASE("jets: diagonal and dense paths agree", "[jets]")
{
    const std::vector<LeafValues> weights{random_leaf(4, 3, 5), random_leaf(4, 1, 6)};
    Vector numbers = make_vector(3, 0.7);
    const std::vector<Case> list = {
        {"function", [](const Jet& x, const Variables&) { return log_cosh(x); }},
        {"affine", [](const Jet& x, const Variables& p) { return affine(p[0], x, p[1]); }},
        {"affine of a function", [](const Jet& x, const Variables& p) { return affine(p[0], sin(3 * x), p[1]); }},
        {"sum", [](const Jet& x, const Variables&) { return sum(x * x); }},
        {"product", [](const Jet& x, const Variables&) { return x * exp(x); }},
        {"factors", [&](const Jet& x, const Variables&) { return numbers * exp(x) + numbers; }},
        {"embedding", [](const Jet& x, const Variables&) { return periodic_embedding(x, 3); }},
        {"log_sum_exp", [](const Jet& x, const Variables&) { return log_sum_exp(x); }},
    };
    for (const Case& test : list)
        for (const int order : {1, 2}) {
            INFO(test.name << ", order " << order);
            const JetShape shape = JetShape::of(order, dimension, true);
            std::vector<LeafValues> leaves{points_for(true)};
            leaves.insert(leaves.end(), weights.begin(), weights.end());
            std::vector<Real> values[2];
            std::vector<std::vector<Real>> gradients[2];
            for (const bool dense : {false, true}) {
                gradients[dense] = zero_gradients(leaves);
                Tape tape;
                add_gradient(
                    tape,
                    [&](Tape&, const Variables& v) {
                        const Jet x = Jet::coordinates(v[0], shape);
                        const Variable out = components(test.formula(dense ? x.dense() : x, {v[1], v[2]}));
                        values[dense].assign(out.data(), out.data() + out.size());
                        return out;
                    },
                    leaves, gradients[dense]);
            }
            REQUIRE(values[0].size() == values[1].size());
            for (std::size_t i = 0; i < values[0].size(); ++i)
                CHECK_THAT(values[0][i], WithinRel(values[1][i], 1e-12) || WithinAbs(values[1][i], 1e-12));
            for (std::size_t l = 0; l < leaves.size(); ++l)
                for (std::size_t i = 0; i < gradients[0][l].size(); ++i)
                    CHECK_THAT(gradients[0][l][i],
                               WithinRel(gradients[1][l][i], 1e-11) || WithinAbs(gradients[1][l][i], 1e-11));
        }
}

TEST_CASE("jets: formulas", "[jets]")
{
    Vector centre = make_vector(2, 0.4);
    const auto gaussian = [centre](const Jet& x, Real width) {
        return (-0.5 / width) * norm_squared(first_two(x) - centre) - std::log(width);
    };
    const int hidden = 5;
    check({"periodic_embedding", [](const Jet& x, const Variables&) { return periodic_embedding(x, 2); }});
    check({"two-layer network",
           [](const Jet& x, const Variables& p) {
               const Jet u = log_cosh(affine(p[0], periodic_embedding(first_two(x), 1), p[1]));
               return affine(p[4], u + tanh(affine(p[2], u, p[3])), p[5]);
           },
           {random_leaf(hidden, 4, 1), random_leaf(hidden, 1, 2), random_leaf(hidden, hidden, 3),
            random_leaf(hidden, 1, 4), random_leaf(1, hidden, 5), random_leaf(1, 1, 6)}});
    check({"log_sum_exp of Gaussians", [&](const Jet& x, const Variables&) {
               return log_sum_exp(vconcat(vconcat(gaussian(x, 0.3), gaussian(x, 0.5) + 0.2), gaussian(x, 2.0)));
           }});
    check({"quotient", [](const Jet& x, const Variables&) { return sin(x[0]) / (1 + norm_squared(x)); }});
    check({"power of a norm", [](const Jet& x, const Variables&) { return pow(0.1 + norm_squared(x), 0.75); }});
    check({"square root of a norm", [](const Jet& x, const Variables&) { return sqrt(norm_squared(x)); }});
    check({"hard terminal condition",
           [](const Jet& x, const Variables& p) {
               const Jet t = x[x.features() - 1];
               return mixed_scalar(x) + (1.0 - t) * affine(p[0], tanh(first_two(x)));
           },
           {random_leaf(1, 2, 4)}});
}

TEST_CASE("jets: log_sum_exp far from zero", "[jets]")
{
    Tape tape;
    tape.begin(false);
    const LeafValues points = points_for(true);
    const Jet x = Jet::coordinates(tape.constant_view(points.numbers.data(), points.rows, points.columns),
                                   JetShape::of(2, dimension, true));
    const Variable near = components(log_sum_exp(5 * x));
    for (const Real offset : {-1e4, 1e4}) {
        const Variable far = components(log_sum_exp(5 * x + offset) - offset);
        for (int r = 0; r < near.rows(); ++r)
            for (int j = 0; j < samples; ++j) CHECK_THAT(far(r, j), WithinAbs(near(r, j), 1e-10));
    }
}
