#include "problems/common/ring_torus.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>
#include <mfg/testing/problem_checks.hpp>

#include "catch.hpp"

#include <cmath>

using namespace mfg;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// The modified Bessel function I_0.
Real bessel(Real x)
{
    Real term = 1, sum = 1;
    for (int k = 1; k < 200; ++k) sum += term *= x * x / (4.0 * k * k);
    return sum;
}

/// log of the integral of exp(log m Z) over the torus, by a sum over a grid.
Real log_integral(const RingTorus& law, std::size_t cells)
{
    const std::size_t d = static_cast<std::size_t>(law.dimension());
    std::size_t count = 1;
    for (std::size_t k = 0; k < d; ++k) count *= cells;
    Matrix points = make_matrix(count, d);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0, rest = i; k < d; ++k, rest /= cells)
            points(i, k) = static_cast<Real>(rest % cells) / static_cast<Real>(cells);
    Real sum = 0;
    for (const Real w : log_density_at(law, points)) sum += std::exp(w + law.log_normalisation());
    return std::log(sum / static_cast<Real>(count));
}

}  // namespace

TEST_CASE("independent coordinates: log Z is d log I_0(2c), and the mass concentrates as stated", "[density][torus]")
{
    for (const Real c : {0.0, 0.1, 0.5, 1.0, 4.0})
        for (const int d : {1, 2, 10, 1000})
            CHECK_THAT(RingTorus(d, c, 0).log_normalisation(), WithinAbs(d * std::log(bessel(2 * c)), 1e-12 * d));
    // E m^2 under the uniform law
    const auto second_moment = [](Real c) {
        return std::exp(RingTorus(10, 2 * c, 0).log_normalisation() - 2 * RingTorus(10, c, 0).log_normalisation());
    };
    CHECK_THAT(second_moment(0.1), WithinRel(1.2, 0.02));
    CHECK_THAT(second_moment(0.5), WithinRel(34.0, 0.02));
    CHECK_THAT(second_moment(1.0), WithinRel(2.4e3, 0.02));
}

TEST_CASE("coordinates on a ring: log Z is the trace of a power of the transfer operator", "[density][torus]")
{
    for (const int d : {2, 3, 4}) {
        const RingTorus weak(d, 0.1, 0.05), strong(d, -0.5, 0.4);
        CHECK_THAT(weak.log_normalisation(), WithinAbs(log_integral(weak, 16), 1e-13));
        CHECK_THAT(strong.log_normalisation(), WithinAbs(log_integral(strong, 32), 1e-12));
    }
    // Neither many coordinates nor strong interaction overflow.
    CHECK(std::isfinite(RingTorus(100000, 0.5, 0.3).log_normalisation()));
    CHECK(std::isfinite(RingTorus(100, 5, 5).log_normalisation()));
    CHECK_THROWS_AS(RingTorus(1, 0.1, 0.05), Error);
}

TEST_CASE("samples on a ring have the law that is stated", "[density][torus]")
{
    for (const auto& [d, c, e] :
         {std::tuple{1, 0.5, 0.0}, {3, 0.1, 0.05}, {2, 0.5, -0.4}, {4, 0.3, 0.6}, {2, 3.0, 0.0}})
        for (const CheckResult& result : check_density(RingTorus(d, c, e), "ring", Box::unit(d, Face::periodic))) {
            INFO(result.what << ": " << result.measured);
            CHECK(result.passed);
        }
}

TEST_CASE("samples on a ring of quasi-random points stay quasi-random", "[density][torus]")
{
    // The integral of cos 2 pi (x_1 - x_2): with a Sobol sequence its error falls nearly like 1/n.
    const RingTorus law(2, 0.3, 0.2);
    const auto mean = [&](const RandomStream& stream, int n) {
        const Matrix x = law.sample(stream, n);
        Real sum = 0;
        for (std::size_t i = 0; i < x.shape(0); ++i) sum += std::cos(two_pi * (x(i, 0) - x(i, 1)));
        return sum / n;
    };
    Real exact = 0, total = 0;
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 64; ++j) {
            const Real x = i / 64.0, y = j / 64.0;
            const Real m =
                std::exp(0.6 * (std::sin(two_pi * x) + std::sin(two_pi * y)) - 0.8 * std::cos(two_pi * (x - y)));
            exact += m * std::cos(two_pi * (x - y));
            total += m;
        }
    exact /= total;
    CHECK_THAT(mean(RandomStream(3, "sobol").with(Sampling::sobol, 2), 4096), WithinAbs(exact, 1e-3));
    CHECK_THAT(mean(RandomStream(3, "random"), 4096), WithinAbs(exact, 0.05));
}

TEST_CASE("quantiles of a law on the circle invert its distribution function", "[density][torus]")
{
    constexpr std::size_t n = 64;
    Vector values = make_vector(n);
    const auto density = [](Real x) { return 1 + 0.9 * std::cos(two_pi * (x - 0.2)); };
    for (std::size_t j = 0; j < n; ++j) values(j) = 7 * density(static_cast<Real>(j) / n);
    const CircleLaw law(values);
    for (const Real u : {1e-12, 0.01, 0.3, 0.5, 0.77, 1 - 1e-12}) {
        const Real x = law.quantile(u);
        const Real share = x + 0.9 / two_pi * (std::sin(two_pi * (x - 0.2)) + std::sin(two_pi * 0.2));
        CHECK_THAT(share, WithinAbs(u, 1e-14));
        CHECK(x >= 0);
        CHECK(x < 1);
    }
}

TEST_CASE("quantiles exist where rounding errors exceed the density", "[density][torus]")
{
    constexpr std::size_t n = 256;
    Vector values = make_vector(n);
    for (std::size_t j = 0; j < n; ++j) values(j) = std::exp(60 * std::cos(two_pi * (static_cast<Real>(j) / n - 0.5)));
    const CircleLaw law(values);
    Real before = 0;
    for (int i = 1; i < 1000; ++i) {
        const Real x = law.quantile(i / 1000.0);
        CHECK(x >= before);
        before = x;
    }
    for (const Real u : {1e-300, 1e-17, 1e-16, 1 - 1e-16}) {
        const Real x = law.quantile(u);
        CHECK((x >= 0 && x < 1));
    }
    CHECK_THAT(law.quantile(0.5), WithinAbs(0.5, 1e-12));
}
