#include "drawing/refined_map.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

TEST_CASE("a refined map is linear between the centres of the cells", "[figures]")
{
    mfg::Matrix map = mfg::make_matrix(5, 4);
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 4; ++j) map(i, j) = 3.0 * static_cast<double>(i) - 2.0 * static_cast<double>(j) + 1;
    for (const std::size_t factor : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
        const mfg::Matrix fine = refined(map, factor);
        REQUIRE(fine.shape(0) == 5 * factor);
        REQUIRE(fine.shape(1) == 4 * factor);
        const auto at = [factor](std::size_t k, double last) {
            return std::clamp((static_cast<double>(k) + 0.5) / static_cast<double>(factor) - 0.5, 0.0, last);
        };
        for (std::size_t i = 0; i < fine.shape(0); ++i)
            for (std::size_t j = 0; j < fine.shape(1); ++j)
                CHECK_THAT(fine(i, j), WithinAbs(3 * at(i, 4) - 2 * at(j, 3) + 1, 1e-13));
    }
}

TEST_CASE("a hole in a map stays a hole of about its size", "[figures]")
{
    mfg::Matrix map = mfg::make_matrix(9, 9, 1);
    map(4, 4) = std::numeric_limits<mfg::Real>::quiet_NaN();
    const mfg::Matrix fine = refined(map, 3);
    CHECK(std::isnan(fine(13, 13)));
    const auto holes = std::count_if(fine.begin(), fine.end(), [](double value) { return std::isnan(value); });
    CHECK(holes >= 9);
    CHECK(holes <= 25);
    CHECK(fine(0, 0) == 1);
}
