#include <mfg/testing/differences.hpp>
#include "problems/mean_attraction/exact_solution.hpp"

#include "catch.hpp"

#include <cmath>
#include <utility>

using namespace mfg;
using Catch::Matchers::WithinAbs;

namespace {

MeanAttractionSolution::Settings published(int dimension)
{
    const Real d = dimension;
    return {dimension, 1 / d, 1 / d, 0.5 / std::sqrt(d), 1, 0};
}

}  // namespace

TEST_CASE("attraction to the mean: published numbers", "[exact]")
{
    // arXiv 2604.26782 has r(T) = 1/2.
    const MeanAttractionSolution line(published(1)), space(published(1000));
    CHECK_THAT(line.curvature(0), WithinAbs(1, 1e-12));
    CHECK_THAT(line.constant(0), WithinAbs(0.625 - 0.5, 1e-12));
    CHECK_THAT(space.curvature(0), WithinAbs(1.997670e-3, 1e-9));
    CHECK_THAT(space.constant(0), WithinAbs(0.0001874, 1e-7));
    CHECK_THAT(line.curvature(1), WithinAbs(1, 1e-12));
    CHECK_THAT(line.constant(1), WithinAbs(0, 1e-12));
}

TEST_CASE("attraction to the mean: its functions solve their equations", "[exact]")
{
    for (const auto& [attraction, horizon] : {std::pair{0.0, 1.3}, {0.4, 1.3}, {2.5, 1.3}, {2.5, 30.0}, {0.4, 1e5}}) {
        MeanAttractionSolution::Settings s = published(3);
        s.attraction = attraction;
        s.initial_mean = 1.5;
        s.horizon = horizon;
        const MeanAttractionSolution exact(s);
        for (const Real t : {0.2, 0.7, 1.1}) {
            INFO("c3 = " << attraction << ", T = " << horizon << ", t = " << t);
            CHECK(std::isfinite(exact.constant(t)));
            const Real p = exact.curvature(t);
            const auto rate = [&](const auto& function) {
                return first_difference([&](Real step) { return function(t + step); }, 1e-4);
            };
            CHECK_THAT(rate([&](Real at) { return exact.curvature(at); }), WithinAbs(p * p - s.attraction, 1e-7));
            // a' = -p a and (sigma^2)' = -2 p sigma^2 + c_s^2
            CHECK_THAT(rate([&](Real at) { return exact.contraction(at); }),
                       WithinAbs(-p * exact.contraction(t), 1e-7));
            const auto variance = [&](Real at) { return exact.deviation(at) * exact.deviation(at); };
            CHECK_THAT(rate(variance), WithinAbs(-2 * p * variance(t) + s.noise * s.noise, 1e-7));
        }
        CHECK_THAT(exact.mean(s.horizon), WithinAbs(1.5 / (1 + s.terminal * s.horizon), 1e-12));
    }
}
