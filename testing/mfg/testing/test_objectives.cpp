#include <mfg/testing/test_objectives.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

namespace mfg {

TestObjective::TestObjective(std::string name, Vector start, Real minimum, Real factor, Real tolerance, Formula formula)
    : name_(std::move(name)),
      start_(std::move(start)),
      minimum_(minimum),
      factor_(factor),
      tolerance_(tolerance),
      formula_(std::move(formula))
{
}

TestObjective::~TestObjective() = default;

namespace {

Evaluation in_two_terms(Real value)
{
    Evaluation result = value;
    result.term_count = 2;
    result.terms[0] = value / 4;
    result.terms[1] = value - value / 4;
    return result;
}

}  // namespace

Evaluation TestObjective::value(const Vector& theta)
{
    ++values_;
    return in_two_terms(formula_(theta, nullptr, sample_));
}

Evaluation TestObjective::value_and_gradient(const Vector& theta, Vector& gradient)
{
    ++gradients_;
    return in_two_terms(formula_(theta, gradient.data(), sample_));
}

namespace {

Vector point(std::initializer_list<Real> entries)
{
    Vector x = make_vector(entries.size());
    std::copy(entries.begin(), entries.end(), x.begin());
    return x;
}

/// A fixed number in [-1, 1) for each pair of indices.
Real scatter(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t h = (a * 0x9e3779b97f4a7c15u) ^ (b * 0xbf58476d1ce4e5b9u + 0x94d049bb133111ebu);
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return static_cast<Real>((h ^ (h >> 31)) >> 11) * 0x1p-52 - 1;
}

}  // namespace

TestObjective test_quadratic(std::size_t n, Real condition)
{
    const auto eigenvalue = [n, condition](std::size_t i) {
        return n < 2 ? 1 : std::pow(condition, static_cast<Real>(i) / static_cast<Real>(n - 1));
    };
    return {condition > 100 ? "ill-conditioned quadratic" : "quadratic",
            make_vector(n, 1),
            0,
            0.5,
            1e-10,
            [eigenvalue](const Vector& x, Real* g, std::uint64_t) {
                Real value = 0;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    const Real c = eigenvalue(i);
                    value += 0.5 * c * x(i) * x(i);
                    if (g) g[i] = c * x(i);
                }
                return value;
            }};
}

TestObjective test_rosenbrock(std::size_t n)
{
    // Pairs start at different places; else the problem would stay two-dimensional.
    Vector start = make_vector(n, 1);
    for (std::size_t i = 0; i < n; i += 2) start(i) = -1.2 + 0.1 * static_cast<Real>(i % 10);
    return {"Rosenbrock in " + std::to_string(n) + " dimensions",
            start,
            0,
            0.5,
            1e-10,
            [](const Vector& x, Real* g, std::uint64_t) {
                Real value = 0;
                for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
                    const Real a = x(i + 1) - x(i) * x(i), b = 1 - x(i);
                    value += 100 * a * a + b * b;
                    if (!g) continue;
                    g[i] = -400 * a * x(i) - 2 * b;
                    g[i + 1] = 200 * a;
                }
                return value;
            }};
}

TestObjective test_beale()
{
    return {"Beale", point({1, 1}), 0, 0.5, 1e-10, [](const Vector& x, Real* g, std::uint64_t) {
                const Real constants[] = {1.5, 2.25, 2.625};
                Real value = 0, power = 1;
                if (g) g[0] = g[1] = 0;
                for (int k = 1; k <= 3; ++k) {
                    const Real lower = power;
                    power *= x(1);
                    const Real r = constants[k - 1] - x(0) * (1 - power);
                    value += r * r;
                    if (!g) continue;
                    g[0] += -2 * r * (1 - power);
                    g[1] += 2 * r * x(0) * k * lower;
                }
                return value;
            }};
}

TestObjective test_himmelblau()
{
    return {"Himmelblau", point({-1, -1}), 0, 0.5, 1e-10, [](const Vector& x, Real* g, std::uint64_t) {
                const Real a = x(0) * x(0) + x(1) - 11, b = x(0) + x(1) * x(1) - 7;
                if (g) {
                    g[0] = 4 * a * x(0) + 2 * b;
                    g[1] = 2 * a + 4 * b * x(1);
                }
                return a * a + b * b;
            }};
}

TestObjective test_powell_singular()
{
    return {"Powell singular", point({3, -1, 0, 1}), 0, 0.5, 1e-8, [](const Vector& x, Real* g, std::uint64_t) {
                const Real a = x(0) + 10 * x(1), b = x(2) - x(3), c = x(1) - 2 * x(2), d = x(0) - x(3);
                if (g) {
                    g[0] = 2 * a + 40 * d * d * d;
                    g[1] = 20 * a + 4 * c * c * c;
                    g[2] = 10 * b - 8 * c * c * c;
                    g[3] = -10 * b - 40 * d * d * d;
                }
                return a * a + 5 * b * b + c * c * c * c + 10 * d * d * d * d;
            }};
}

TestObjective test_logistic_regression()
{
    // The minimum was computed independently, to all digits.
    return {"logistic regression",
            make_vector(4, 2),
            0.5283571152157884,
            0.5,
            1e-10,
            [](const Vector& x, Real* g, std::uint64_t) {
                constexpr std::uint64_t points = 40;
                Real value = 0;
                for (std::size_t i = 0; i < 4; ++i) {
                    value += 0.05 * x(i) * x(i);
                    if (g) g[i] = 0.1 * x(i);
                }
                for (std::uint64_t k = 0; k < points; ++k) {
                    const Real a[] = {scatter(k, 0), scatter(k, 1), scatter(k, 2), 1};
                    const Real label = a[0] - a[1] + scatter(k, 3) > 0 ? 1 : -1;
                    Real margin = 0;
                    for (std::size_t i = 0; i < 4; ++i) margin += label * a[i] * x(i);
                    // log(1 + exp(-margin)), for either sign without overflow.
                    value += (std::log1p(std::exp(-std::abs(margin))) + std::max(-margin, 0.0)) / points;
                    for (std::size_t i = 0; g && i < 4; ++i) g[i] -= label * a[i] / (1 + std::exp(margin)) / points;
                }
                return value;
            }};
}

TestObjective test_absolute_sum()
{
    return {
        "sum of absolute values", point({1, -0.7, 0.4, 1.3}), 0, 0.5, 0, [](const Vector& x, Real* g, std::uint64_t) {
            Real value = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                value += std::abs(x(i));
                if (g) g[i] = static_cast<Real>(x(i) > 0) - static_cast<Real>(x(i) < 0);
            }
            return value;
        }};
}

TestObjective test_resampled_quadratic()
{
    return {"resampled quadratic", make_vector(6, 2), 0, 0.5, 0, [](const Vector& x, Real* g, std::uint64_t sample) {
                Real value = 0;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    const Real c = 1 + static_cast<Real>(i), shift = sample == 0 ? 0 : 0.1 * scatter(sample, i);
                    value += 0.5 * c * (x(i) - shift) * (x(i) - shift);
                    if (g) g[i] = c * (x(i) - shift);
                }
                return value;
            }};
}

TestObjective test_barrier()
{
    // On the axis of (3, 4), f = 5 r - log(1 - r^2) has its minimum where 5 (1 - r^2) = -2 r.
    const Real r = (1 - std::sqrt(26.0)) / 5;
    return {"barrier",
            point({0.5, 0.6}),
            5 * r - std::log(1 - r * r),
            0.5,
            1e-10,
            [](const Vector& x, Real* g, std::uint64_t) {
                const Real room = 1 - x(0) * x(0) - x(1) * x(1);
                if (!(room > 0)) {
                    const Real nan = std::numeric_limits<Real>::quiet_NaN();
                    if (g) g[0] = g[1] = nan;
                    return nan;
                }
                if (g) {
                    g[0] = 3 + 2 * x(0) / room;
                    g[1] = 4 + 2 * x(1) / room;
                }
                return 3 * x(0) + 4 * x(1) - std::log(room);
            }};
}

TestObjective test_saddle()
{
    return {"saddle", point({1, 0.01}), -0.25, 0.5, 1e-10, [](const Vector& x, Real* g, std::uint64_t) {
                const Real y2 = x(1) * x(1);
                if (g) {
                    g[0] = x(0);
                    g[1] = x(1) * (y2 - 1);
                }
                return 0.5 * x(0) * x(0) + 0.25 * y2 * y2 - 0.5 * y2;
            }};
}

TestObjective test_wrong_gradient()
{
    return {"wrong gradient", point({1, -2, 3}), 0, 0, 0, [](const Vector& x, Real* g, std::uint64_t) {
                Real value = 0;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    value += x(i) * x(i);
                    if (g) g[i] = -2 * x(i);
                }
                return value;
            }};
}

std::vector<TestObjective> test_objectives()
{
    return {test_quadratic(5, 10), test_quadratic(10, 1000),   test_rosenbrock(2),     test_rosenbrock(10),
            test_beale(),          test_himmelblau(),          test_powell_singular(), test_logistic_regression(),
            test_absolute_sum(),   test_resampled_quadratic(), test_barrier(),         test_saddle()};
}

}  // namespace mfg
