#include "problems/common/chebyshev.hpp"
#include <mfg/base/error.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>

using namespace mfg;
using Catch::Matchers::WithinAbs;

namespace {

constexpr Real low = -0.5, high = 2;

/// (value, first, second derivative) of a function of t by jets.
Matrix jets_at(const std::function<Jet(const Jet&)>& function, Real t)
{
    Tape tape;
    tape.begin(false);
    const Jet y = function(Jet::coordinates(tape.constant(1, 1, t), JetShape::of(2, 1, false)));
    Matrix result = make_matrix(1, 3);
    result(0, 0) = y.value()(0, 0);
    result(0, 1) = y.gradient()(0, 0);
    result(0, 2) = y.laplacian()(0, 0);
    return result;
}

}  // namespace

TEST_CASE("a Chebyshev series has the values, derivatives and integral of its function", "[chebyshev]")
{
    const auto series = ChebyshevSeries::fit(low, high, [](Real t) { return std::exp(-t) * std::sin(3 * t); });
    const ChebyshevSeries integral = series.integral();
    const auto antiderivative = [](Real t) { return -std::exp(-t) * (std::sin(3 * t) + 3 * std::cos(3 * t)) / 10; };
    CHECK(series.coefficients().size() < 40);
    for (const Real t : {low, -0.1, 0.3, 1.7, high}) {
        const Matrix exact = jets_at([](const Jet&s) { return exp(-s) * sin(3 * s); }, t),
                     found = jets_at([&](const Jet&s) { return series(s); }, t);
        CHECK_THAT(series(t), WithinAbs(exact(0, 0), 1e-13));
        CHECK_THAT(found(0, 0), WithinAbs(exact(0, 0), 1e-13));
        CHECK_THAT(found(0, 1), WithinAbs(exact(0, 1), 1e-11));
        CHECK_THAT(found(0, 2), WithinAbs(exact(0, 2), 1e-9));
        CHECK_THAT(integral(t), WithinAbs(antiderivative(t) - antiderivative(low), 1e-13));
    }
}

TEST_CASE("series of constants, of lines and of nothing", "[chebyshev]")
{
    const auto constant = ChebyshevSeries::fit(low, high, [](Real) { return 2.5; });
    const auto line = ChebyshevSeries::fit(low, high, [](Real t) { return 1 - 3 * t; });
    CHECK(constant.coefficients().size() == 1);
    CHECK(line.coefficients().size() == 2);
    const Matrix c = jets_at([&](const Jet&s) { return constant(s); }, 0.7),
                 l = jets_at([&](const Jet&s) { return line(s); }, 0.7),
                 nothing = jets_at([&](const Jet&s) { return ChebyshevSeries()(s); }, 0.7);
    CHECK_THAT(c(0, 0), WithinAbs(2.5, 1e-15));
    CHECK_THAT(c(0, 1), WithinAbs(0, 1e-15));
    CHECK_THAT(l(0, 0), WithinAbs(-1.1, 1e-14));
    CHECK_THAT(l(0, 1), WithinAbs(-3, 1e-14));
    CHECK(nothing(0, 0) == 0);
    CHECK_THAT(constant.integral()(high), WithinAbs(2.5 * (high - low), 1e-14));
}

TEST_CASE("the differentiation matrix is exact for polynomials", "[chebyshev]")
{
    constexpr std::size_t n = 12;
    const Vector t = ChebyshevSeries::nodes(low, high, n);
    const Matrix d = ChebyshevSeries::differentiation(low, high, n);
    CHECK(t(0) == low);
    CHECK(t(n - 1) == high);
    CHECK(std::is_sorted(t.begin(), t.end()));
    for (std::size_t i = 0; i < n; ++i) {
        Real slope = 0;
        for (std::size_t j = 0; j < n; ++j) slope += d(i, j) * std::pow(t(j), 5);
        CHECK_THAT(slope, WithinAbs(5 * std::pow(t(i), 4), 1e-10));
    }
}

TEST_CASE("a function with a kink has no Chebyshev series", "[chebyshev]")
{
    CHECK_THROWS_AS(ChebyshevSeries::fit(low, high, [](Real t) { return std::abs(t - 0.3); }), Error);
}
