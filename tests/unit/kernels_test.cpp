#include <mfg/autodiff/kernels.hpp>
#include <mfg/base/constants.hpp>
#include <mfg/base/processor.hpp>
#include <mfg/testing/differences.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

// The tables themselves are no part of the library's interface: their sources are compiled into this program, too.
namespace mfg {
Kernels kernels_sse2();
Kernels kernels_avx2();
Kernels kernels_avx512();
}  // namespace mfg

using namespace mfg;

namespace {

using Numbers = std::vector<Real>;
constexpr Real infinity = std::numeric_limits<Real>::infinity(), epsilon = std::numeric_limits<Real>::epsilon();

/// All tables that this processor runs, the portable one first.
std::vector<Kernels> tables()
{
    std::vector<Kernels> list{kernels_sse2()};
    if (instruction_set() >= InstructionSet::avx2) list.push_back(kernels_avx2());
    if (instruction_set() >= InstructionSet::avx512) list.push_back(kernels_avx512());
    return list;
}

struct Reference {
    const char* name;
    Function function;
    long double (*value)(long double y, long double parameter);
    long double (*derivatives[3])(long double y, long double parameter);
    /// Bound of the value's relative error, in units of epsilon.
    Real value_bound;
    /// The same of derivatives; of bounded functions, whose formulas subtract numbers of size 1, the absolute error.
    Real derivative_bound;
    /// Sizes of arguments.
    Real smallest, largest;
    bool negative, zero;
    Real parameter = 0;
};

long double sech2(long double y)
{
    const long double c = std::cosh(y);
    return 1 / (c * c);
}

using L = long double;

const std::vector<Reference>& references()
{
    // clang-format off
    static const std::vector<Reference> all = {
        {"exponential", Function::exponential, [](L y, L) { return std::exp(y); },
         {[](L y, L) { return std::exp(y); },
          [](L y, L) { return std::exp(y); },
          [](L y, L) { return std::exp(y); }}, 1, 1, 1e-300, 700, true, true},
        {"logarithm", Function::logarithm, [](L y, L) { return std::log(y); },
         {[](L y, L) { return 1 / y; },
          [](L y, L) { return -1 / (y * y); },
          [](L y, L) { return 2 / (y * y * y); }}, 1, 3, 1e-100, 1e100, false, false},
        {"sine", Function::sine, [](L y, L) { return std::sin(y); },
         {[](L y, L) { return std::cos(y); },
          [](L y, L) { return -std::sin(y); },
          [](L y, L) { return -std::cos(y); }}, 1.5, 1, 1e-300, 1e15, true, true},
        {"cosine", Function::cosine, [](L y, L) { return std::cos(y); },
         {[](L y, L) { return -std::sin(y); },
          [](L y, L) { return -std::cos(y); },
          [](L y, L) { return std::sin(y); }}, 1.5, 1, 1e-300, 1e15, true, true},
        {"hyperbolic_tangent", Function::hyperbolic_tangent, [](L y, L) { return std::tanh(y); },
         {[](L y, L) { return sech2(y); },
          [](L y, L) { return -2 * std::tanh(y) * sech2(y); },
          [](L y, L) { return sech2(y) * (6 * std::tanh(y) * std::tanh(y) - 2); }},
         1.5, 6, 1e-300, 1e3, true, true},
        {"log_cosh", Function::log_cosh, [](L y, L) { return std::abs(y) + std::log1p(std::exp(-2 * std::abs(y))); },
         {[](L y, L) { return std::tanh(y); },
          [](L y, L) { return sech2(y); },
          [](L y, L) { return -2 * std::tanh(y) * sech2(y); }}, 2, 8, 1e-300, 1e3, true, true},
        {"square_root", Function::square_root, [](L y, L) { return std::sqrt(y); },
         {[](L y, L) { return 0.5L / std::sqrt(y); },
          [](L y, L) { return -0.25L / (y * std::sqrt(y)); },
          [](L y, L) { return 0.375L / (y * y * std::sqrt(y)); }}, 0.5, 3, 1e-100, 1e100, false, false},
        {"square", Function::square, [](L y, L) { return y * y; },
         {[](L y, L) { return 2 * y; },
          [](L, L) { return L(2); },
          [](L, L) { return L(0); }}, 0.5, 0, 1e-150, 1e150, true, true},
        {"reciprocal", Function::reciprocal, [](L y, L) { return 1 / y; },
         {[](L y, L) { return -1 / (y * y); },
          [](L y, L) { return 2 / (y * y * y); },
          [](L y, L) { return -6 / (y * y * y * y); }}, 0.5, 4, 1e-70, 1e70, true, false},
        {"absolute", Function::absolute, [](L y, L) { return std::abs(y); },
         {[](L y, L) { return y == 0 ? L(0) : std::copysign(L(1), y); },
          [](L, L) { return L(0); },
          [](L, L) { return L(0); }}, 0, 0, 1e-300, 1e300, true, true},
        // exp(p log y): rounding of p log y, here of size 288 and 81 at most, is the error.
        {"power 2.5", Function::power, [](L y, L p) { return std::pow(y, p); },
         {[](L y, L p) { return p * std::pow(y, p - 1); },
          [](L y, L p) { return p * (p - 1) * std::pow(y, p - 2); },
          [](L y, L p) { return p * (p - 1) * (p - 2) * std::pow(y, p - 3); }},
         200, 200, 1e-50, 1e50, false, false, 2.5},
        {"power -0.7", Function::power, [](L y, L p) { return std::pow(y, p); },
         {[](L y, L p) { return p * std::pow(y, p - 1); },
          [](L y, L p) { return p * (p - 1) * std::pow(y, p - 2); },
          [](L y, L p) { return p * (p - 1) * (p - 2) * std::pow(y, p - 3); }},
         60, 60, 1e-50, 1e50, false, false, -0.7},
        {"power 1.5, moderate", Function::power, [](L y, L p) { return std::pow(y, p); },
         {[](L y, L p) { return p * std::pow(y, p - 1); },
          [](L y, L p) { return p * (p - 1) * std::pow(y, p - 2); },
          [](L y, L p) { return p * (p - 1) * (p - 2) * std::pow(y, p - 3); }},
         5, 8, 0.05, 20, false, false, 1.5},
    };
    // clang-format on
    return all;
}

/// Numbers of all sizes in the function's range, where it matters of both signs.
Numbers arguments(const Reference& f)
{
    Numbers y;
    std::mt19937_64 engine(7);
    std::uniform_real_distribution<Real> exponent(std::log(f.smallest), std::log(f.largest)), moderate(-4, 4);
    for (int i = 0; i < 2000; ++i) {
        y.push_back(std::exp(exponent(engine)));
        y.push_back(std::clamp(std::exp(moderate(engine)), f.smallest, f.largest));
    }
    for (const Real special : {f.smallest, f.largest, 0.5, 1.0, 2.0}) y.push_back(special);
    if (f.negative)
        for (std::size_t i = 0, n = y.size(); i < n; ++i) y.push_back(-y[i]);
    if (f.zero) y.insert(y.end(), {0, -0.0});
    return y;
}

struct Values {
    Numbers s[4];
};

Values evaluate(const Kernels& kernels, Function function, const Numbers& y, Real parameter = 0)
{
    Values v;
    for (Numbers& s : v.s) s.resize(y.size());
    kernels.function[static_cast<int>(function)](static_cast<int>(y.size()), parameter, y.data(), v.s[0].data(),
                                                 v.s[1].data(), v.s[2].data(), v.s[3].data());
    return v;
}

bool same_bits(const Real* a, const Real* b, std::size_t n)
{
    return std::memcmp(a, b, n * sizeof(Real)) == 0;
}

}  // namespace

TEST_CASE("function kernels: values and derivatives within stated bounds", "[kernels]")
{
    for (const Kernels& kernels : tables())
        for (const Reference& f : references()) {
            INFO(kernels.name << ", " << f.name);
            const Numbers y = arguments(f);
            const Values v = evaluate(kernels, f.function, y, f.parameter);
            Real worst_value = 0, worst_derivative = 0, where = 0;
            for (std::size_t i = 0; i < y.size(); ++i) {
                const L exact = f.value(y[i], f.parameter);
                const Real error = static_cast<Real>(std::abs(v.s[0][i] - exact));
                const Real excess = error == 0 ? 0 : error / (epsilon * static_cast<Real>(std::abs(exact)));
                if (!(excess <= worst_value)) {
                    worst_value = excess;
                    where = y[i];
                }
                for (int k = 0; k < 3; ++k) {
                    const L derivative = f.derivatives[k](y[i], f.parameter);
                    // Bounded functions subtract numbers of size 1.
                    const bool bounded = f.function == Function::sine || f.function == Function::cosine ||
                                         f.function == Function::hyperbolic_tangent || f.function == Function::log_cosh;
                    const Real size = bounded ? 1 : static_cast<Real>(std::abs(derivative));
                    const Real deviation = static_cast<Real>(std::abs(v.s[k + 1][i] - derivative));
                    const Real relative = deviation == 0 ? 0 : deviation / (epsilon * size);
                    if (!(relative <= worst_derivative)) worst_derivative = relative;
                }
            }
            INFO("value: " << worst_value << " epsilon at " << where << "; derivatives: " << worst_derivative);
            CHECK(worst_value <= f.value_bound);
            CHECK(worst_derivative <= f.derivative_bound);
        }
}

TEST_CASE("function kernels: a derivative is that of the one below", "[kernels]")
{
    for (const Kernels& kernels : tables())
        for (const Reference& f : references()) {
            INFO(kernels.name << ", " << f.name);
            Numbers y;
            for (int i = 0; i < 41; ++i) {
                const Real at = 0.3 + 0.07 * i;
                y.push_back(at);
                if (f.negative) y.push_back(-at);
            }
            const Values v = evaluate(kernels, f.function, y, f.parameter);
            for (int k = 0; k < 3; ++k) {
                Real error = 0, size = 1;
                for (std::size_t i = 0; i < y.size(); ++i) {
                    const auto below = [&](Real step) {
                        return evaluate(kernels, f.function, {y[i] + step}, f.parameter).s[k][0];
                    };
                    error = std::max(error, std::abs(v.s[k + 1][i] - first_difference(below, std::cbrt(epsilon))));
                    size = std::max(size, std::abs(v.s[k + 1][i]));
                }
                CHECK(error < 1e-7 * size);
            }
        }
}

TEST_CASE("function kernels: ends of the range", "[kernels]")
{
    for (const Kernels& kernels : tables()) {
        INFO(kernels.name);
        const auto value = [&](Function function, Real y, Real parameter = 0) {
            return evaluate(kernels, function, {y}, parameter).s[0][0];
        };
        CHECK(value(Function::exponential, 0) == 1);
        CHECK(value(Function::exponential, 1000) == infinity);
        CHECK(value(Function::exponential, -1000) == 0);
        CHECK(value(Function::logarithm, 1) == 0);
        CHECK(value(Function::logarithm, 0) == -infinity);
        CHECK(std::isnan(value(Function::logarithm, -1)));
        CHECK(value(Function::hyperbolic_tangent, 1e3) == 1);
        CHECK(value(Function::hyperbolic_tangent, -1e3) == -1);
        CHECK(value(Function::square_root, 0) == 0);
        CHECK(std::isnan(value(Function::square_root, -1)));
        CHECK(value(Function::power, 1, 0.3) == 1);
        for (const Function f : {Function::exponential, Function::logarithm, Function::sine, Function::cosine,
                                 Function::hyperbolic_tangent, Function::log_cosh, Function::square_root,
                                 Function::square, Function::reciprocal, Function::absolute})
            CHECK(std::isnan(value(f, std::nan(""))));

        for (const Real y : {20.0, 400.0, 1e3, -1e3, 1e200, -1e300}) {
            const Values v = evaluate(kernels, Function::log_cosh, {y});
            CHECK(v.s[0][0] == std::abs(y));
            CHECK(v.s[1][0] == std::copysign(1, y));
            CHECK(v.s[2][0] == 0);
            CHECK(std::abs(v.s[3][0]) == 0);
        }
        CHECK(std::signbit(evaluate(kernels, Function::log_cosh, {-0.0}).s[1][0]));
    }
}

TEST_CASE("function kernels: a value does not depend on its place", "[kernels]")
{
    for (const Kernels& kernels : tables())
        for (const Reference& f : references()) {
            INFO(kernels.name << ", " << f.name);
            Numbers y = arguments(f);
            std::shuffle(y.begin(), y.end(), std::mt19937_64(3));
            y.resize(64);
            const Values all = evaluate(kernels, f.function, y, f.parameter);
            for (std::size_t first = 0; first < 9; ++first)
                for (std::size_t n = 1; n < 20; ++n) {
                    const Numbers part(y.begin() + static_cast<std::ptrdiff_t>(first),
                                       y.begin() + static_cast<std::ptrdiff_t>(first + n));
                    const Values some = evaluate(kernels, f.function, part, f.parameter);
                    for (int k = 0; k < 4; ++k) CHECK(same_bits(some.s[k].data(), &all.s[k][first], n));
                }
            // Outputs that are not wanted are left alone, the others are as before.
            for (int wanted = 0; wanted < 4; ++wanted) {
                Values one;
                for (Numbers& s : one.s) s.assign(y.size(), 99);
                Real* out[4] = {};
                out[wanted] = one.s[wanted].data();
                kernels.function[static_cast<int>(f.function)](static_cast<int>(y.size()), f.parameter, y.data(),
                                                               out[0], out[1], out[2], out[3]);
                for (std::size_t i = 0; i < y.size(); ++i)
                    CHECK_THAT(one.s[wanted][i],
                               WithinRel(all.s[wanted][i], 4 * epsilon) || WithinAbs(all.s[wanted][i], 4 * epsilon));
            }
        }
}

namespace {

/// Room for arrays of a kernel, with a margin that must stay as it is.
struct Arrays {
    static constexpr std::size_t each = 3000;
    Numbers a, b, c, d, out, out2, out3;

    explicit Arrays(unsigned seed)
    {
        std::mt19937_64 engine(seed);
        std::uniform_real_distribution<Real> uniform(-1, 1);
        for (Numbers* numbers : {&a, &b, &c, &d, &out, &out2, &out3}) {
            numbers->resize(each);
            for (Real& x : *numbers) x = uniform(engine);
        }
    }
};

/// Runs every kernel but the functions on arrays of one shape; what it wrote is in `out`, `out2`, `out3`.
struct Run {
    const char* name;
    std::function<void(const Kernels&, Arrays&, int n)> run;
};

const std::vector<Run>& runs()
{
    // Three rows or features, rows further apart than they are long.
    constexpr int m = 3, gap = 5;
    static const std::vector<Run> all = {
        {"combine",
         [](const Kernels& k, Arrays& x, int n) {
             const Kernels::In from[] = {{x.a.data(), n + gap}, {x.b.data(), n}, {x.c.data(), n + 1}, {x.d.data(), n}};
             const Real factors[] = {0.5, -2, 3, 1.5};
             for (int terms = 1; terms <= 4; ++terms)
                 k.combine(m, n, terms, factors, from, {x.out.data(), n + gap, terms > 2});
             k.combine(m, n, 2, factors, from, {x.out2.data(), n, false});
         }},
        {"multiply",
         [](const Kernels& k, Arrays& x, int n) {
             k.multiply(m, n, 2, {x.a.data(), n + gap}, {x.b.data(), n}, 1, {x.out.data(), n, false});
             k.multiply(m, n, 2, {x.a.data(), n + gap}, {x.b.data(), 1}, 0, {x.out.data(), n, true});
             k.multiply(m, n, -1, {x.a.data(), n}, {x.b.data(), 0}, 1, {x.out2.data(), n + gap, true});
         }},
        {"sum_rows",
         [](const Kernels& k, Arrays& x, int n) {
             k.sum_rows(m, n, 2, {x.a.data(), n + gap}, {x.b.data(), n}, {x.out.data(), 0, false});
             k.sum_rows(m, n, -3, {x.a.data(), n}, {}, {x.out.data(), 0, true});
         }},
        {"sum_columns",
         [](const Kernels& k, Arrays& x, int n) {
             k.sum_columns(m, n, 2, {x.a.data(), n + gap}, {x.b.data(), n}, {x.out.data(), 1, false});
             k.sum_columns(m, n, -3, {x.a.data(), n}, {}, {x.out2.data(), 4, true});
         }},
        {"outer_products",
         [](const Kernels& k, Arrays& x, int n) {
             k.outer_products(6, n, 5, {x.a.data(), 11}, 2, {x.b.data(), n + gap}, {x.out.data(), n, false});
             k.outer_products(6, n, 2, {x.a.data(), 1}, 6, {x.c.data(), n}, {x.out2.data(), n + gap, true});
         }},
        {"spread_column",
         [](const Kernels& k, Arrays& x, int n) {
             k.spread_column(m, n, 2, {x.a.data(), 7}, {x.out.data(), n + gap, false});
             k.spread_column(m, n, 2, {x.a.data(), 1}, {x.out2.data(), n, true});
         }},
        {"log_cosh_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             k.log_cosh_reverse(n, x.a.data(), x.b.data(), x.c.data(), x.out.data(), true);
             k.log_cosh_reverse(n, x.a.data(), x.b.data(), nullptr, x.out2.data(), false);
             k.log_cosh_reverse(n, x.a.data(), nullptr, x.c.data(), x.out3.data(), true);
         }},
        {"slope_sum",
         [](const Kernels& k, Arrays& x, int n) {
             k.slope_sum(m, n, {x.a.data(), 2}, {x.b.data(), n + gap}, {x.c.data(), n}, x.out.data());
         }},
        {"slope_sum_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             k.slope_sum_reverse(m, n, {x.a.data(), 2}, {x.b.data(), n + gap}, {x.c.data(), n}, x.d.data(),
                                 x.out.data(), {x.out2.data(), n + gap, true}, {x.out3.data(), n, false});
             k.slope_sum_reverse(m, n, {x.a.data(), 1}, {x.b.data(), n}, {x.c.data(), n}, x.d.data(), nullptr,
                                 {x.out2.data(), n, false}, {x.out3.data(), n, true});
         }},
        {"scale_blocks",
         [](const Kernels& k, Arrays& x, int n) {
             k.scale_blocks(m, 2, n, 1, {x.a.data(), n + gap}, {x.b.data(), 2 * n + gap}, {x.out.data(), 2 * n, false});
             k.scale_blocks(m, 2, n, 3, {x.b.data(), n}, {x.a.data(), 2 * n}, {x.out.data(), 2 * n, true});
         }},
        {"sum_blocks",
         [](const Kernels& k, Arrays& x, int n) {
             k.sum_blocks(m, 2, n, 3, {x.a.data(), 2 * n + gap}, {x.b.data(), 2 * n}, {x.out.data(), n + gap, false});
             k.sum_blocks(m, 2, n, 3, {x.a.data(), 2 * n}, {x.b.data(), 2 * n}, {x.out.data(), n + gap, true});
         }},
        {"pair_products",
         [](const Kernels& k, Arrays& x, int n) {
             k.pair_products(m, n, {x.a.data(), n + gap}, {x.out.data(), n + 1, false});
         }},
        {"pair_products_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             k.pair_products_reverse(m, n, {x.a.data(), n + gap}, {x.b.data(), n + 1}, {x.out.data(), n, true});
         }},
        {"jet_function",
         [](const Kernels& k, Arrays& x, int n) {
             k.jet_function({m, n, 3, 2, true}, x.a.data(), x.b.data(), {x.d.data(), 5 * n + gap},
                            {x.out.data(), 5 * n, false});
             k.jet_function({m, n, 3, 2, false}, x.a.data(), x.b.data(), {x.d.data(), 4 * n},
                            {x.out2.data(), 4 * n, false});
         }},
        {"jet_function_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             for (const bool laplacian : {true, false})
                 for (const bool add : {true, false})
                     k.jet_function_reverse({m, n, 3, 2, laplacian}, &x.a[0], &x.a[300], &x.a[600], {x.b.data(), 5 * n},
                                            {x.c.data(), 5 * n + gap},
                                            {(laplacian ? x.out : x.out2).data() + add, 5 * n, add});
         }},
        {"jet_product",
         [](const Kernels& k, Arrays& x, int n) {
             k.jet_product({m, n, 3, 2, true}, {x.a.data(), 0}, {x.b.data(), 5 * n + gap},
                           {x.out.data(), 5 * n, false});
             k.jet_product({m, n, 3, 2, false}, {x.a.data(), 4 * n}, {x.b.data(), 4 * n},
                           {x.out2.data(), 4 * n, false});
         }},
        {"jet_product_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             const Kernels::In a(x.a.data(), 5 * n), b(x.b.data(), 5 * n);
             k.jet_product_reverse({m, n, 3, 2, true}, a, b, {x.out.data(), 0, true});
             k.jet_product_reverse({m, n, 3, 2, false}, a, b, {x.out2.data(), 4 * n, true});
             k.jet_product_reverse({m, n, 3, 2, true}, a, b, {x.out3.data(), 5 * n, false});
         }},
        {"jet_gate",
         [](const Kernels& k, Arrays& x, int n) {
             const Kernels::In in[] = {
                 {x.a.data(), 5 * n}, {x.b.data(), 5 * n + gap}, {x.c.data(), 5 * n}, {x.d.data(), 6 * n}};
             k.jet_gate({m, n, 3, 2, true}, in, {x.out.data(), 5 * n + gap, false});
             k.jet_gate({m, n, 3, 2, false}, in, {x.out2.data(), 4 * n, false});
             k.jet_gate({m, n, 0, 0, false}, in, {x.out3.data(), n, false});
         }},
        {"jet_gate_reverse",
         [](const Kernels& k, Arrays& x, int n) {
             const Kernels::In in[] = {
                 {x.a.data(), 5 * n}, {x.b.data(), 5 * n}, {x.c.data(), 6 * n}, {x.d.data(), 5 * n}};
             const Kernels::Out some[] = {{x.out.data(), 5 * n, true}, {}, {x.out2.data(), 6 * n, false}, {}};
             const Kernels::Out others[] = {{}, {x.out3.data(), 5 * n, false}, {}, {x.out.data(), 5 * n, true}};
             k.jet_gate_reverse({m, n, 3, 2, true}, in, {x.c.data() + 7, 5 * n}, some);
             k.jet_gate_reverse({m, n, 3, 2, false}, in, {x.c.data() + 7, 4 * n + gap}, others);
         }},
        {"jet_diagonal_affine",
         [](const Kernels& k, Arrays& x, int n) {
             // Five rows and features, so that some are left over beside blocks of four.
             const int direction[] = {2, 0, 1, 0, 2};
             k.jet_diagonal_affine({5, std::min(n, 50), 3, 2, true}, 5, direction, {x.a.data(), 7}, {x.b.data(), 3 * n},
                                   {x.c.data(), 2}, {x.out.data(), 5 * n, false});
             k.jet_diagonal_affine({3, n, 3, 3, false}, 5, direction, {x.a.data(), 5}, {x.b.data(), 2 * n}, {},
                                   {x.out2.data(), 4 * n, false});
             const int ordered[] = {0, 1, 2, 0, 1};
             k.jet_diagonal_affine({2, n, 3, 3, true}, 5, ordered, {x.a.data(), 5}, {x.b.data(), 3 * n}, {},
                                   {x.out3.data(), 5 * n, false});
         }},
        {"jet_diagonal_affine_weight",
         [](const Kernels& k, Arrays& x, int n) {
             const int direction[] = {2, 0, 1, 0, 2, 1, 1, 0, 2, 0};
             const int some = std::min(n, 50);
             k.jet_diagonal_affine_weight({m, some, 3, 2, true}, 10, direction, {x.a.data(), 3 * some},
                                          {x.b.data(), 5 * some + gap}, {x.out.data(), 11, true});
             k.jet_diagonal_affine_weight({m, n, 3, 3, false}, 2, direction, {x.a.data(), 2 * n}, {x.b.data(), 4 * n},
                                          {x.out2.data(), 5, true});
         }},
    };
    return all;
}

}  // namespace

TEST_CASE("kernels: all instruction sets agree", "[kernels]")
{
    const std::vector<Kernels> list = tables();
    if (list.size() == 1) WARN("only one instruction set to compare");
    for (const Run& kernel : runs())
        for (const int n : {1, 2, 3, 7, 8, 15, 16, 17, 33, 100}) {
            Arrays expected(1);
            kernel.run(list.front(), expected, n);
            CHECK(expected.out != Arrays(1).out);
            for (std::size_t i = 1; i < list.size(); ++i) {
                INFO(kernel.name << ", " << n << " columns, " << list[i].name);
                Arrays found(1);
                kernel.run(list[i], found, n);
                Real error = 0;
                for (std::size_t e = 0; e < Arrays::each; ++e)
                    error = std::max({error, std::abs(found.out[e] - expected.out[e]),
                                      std::abs(found.out2[e] - expected.out2[e]),
                                      std::abs(found.out3[e] - expected.out3[e])});
                // Sums of at most 100 products of numbers of size 1.
                CHECK(error < 100 * epsilon);
            }
        }
    for (const Reference& f : references()) {
        const Numbers y = arguments(f);
        const Values expected = evaluate(list.front(), f.function, y, f.parameter);
        for (std::size_t i = 1; i < list.size(); ++i) {
            INFO(f.name << ", " << list[i].name);
            const Values found = evaluate(list[i], f.function, y, f.parameter);
            Real worst = 0;
            for (int k = 0; k < 4; ++k)
                for (std::size_t e = 0; e < y.size(); ++e) {
                    const Real difference = std::abs(found.s[k][e] - expected.s[k][e]);
                    if (difference > 0)
                        worst = std::max(worst, difference / (std::abs(expected.s[k][e]) + (f.zero ? 1 : 0)));
                }
            CHECK(worst <= 2 * std::max(f.value_bound, f.derivative_bound) * epsilon);
        }
    }
}
