#include <mfg/base/error.hpp>
#include <mfg/densities/gaussian.hpp>
#include <mfg/random/random.hpp>
#include <mfg/random/sobol.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

using namespace mfg;

namespace {

constexpr Sampling all_kinds[] = {Sampling::random, Sampling::sobol, Sampling::antithetic};

Real as_fraction(std::uint64_t coordinate)
{
    return std::ldexp(static_cast<Real>(coordinate), -SobolSequence::bits);
}

RandomStream stream_of(Sampling kind, int dimensions, std::uint64_t seed = 1)
{
    return RandomStream(seed, "points").with(kind, dimensions);
}

std::vector<Real> numbers(const RandomStream& stream, std::uint64_t item, int count, bool normal)
{
    std::vector<Real> x(static_cast<std::size_t>(count));
    normal ? stream.normal(item, count, x.data()) : stream.uniform(item, count, x.data());
    return x;
}

/// Root mean square error, over seeds, of the mean of a smooth function over n items: of one uniform number, or of four
/// normal ones.
Real integration_error(Sampling kind, int n, bool normal)
{
    constexpr int seeds = 30;
    const int dimensions = normal ? 4 : 1;
    const Real exact = normal ? std::exp(0.02 * dimensions) : std::exp(Real(1)) - 1;
    Real squares = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const RandomStream stream = stream_of(kind, dimensions, seed);
        Real mean = 0;
        for (int i = 0; i < n; ++i) {
            Real sum = 0;
            for (const Real x : numbers(stream, static_cast<std::uint64_t>(i), dimensions, normal)) sum += x;
            mean += std::exp(normal ? 0.2 * sum : sum) / n;
        }
        squares += (mean - exact) * (mean - exact) / seeds;
    }
    return std::sqrt(squares);
}

/// Narrow components at multiples of 10 along the first axis: a point tells where it comes from.
GaussianMixture separated(const std::vector<Real>& weights)
{
    std::vector<Gaussian> components;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        Vector mean = make_vector(2);
        mean(0) = 10 * static_cast<Real>(k);
        components.emplace_back(mean, make_vector(2, 0.25));
    }
    return {components, weights};
}

}  // namespace

TEST_CASE("Sobol: the first points of the sequence", "[sampling]")
{
    // As other implementations of Joe's and Kuo's direction numbers have them.
    const Real expected[8][3] = {{0, 0, 0},
                                 {0.5, 0.5, 0.5},
                                 {0.75, 0.25, 0.25},
                                 {0.25, 0.75, 0.75},
                                 {0.375, 0.375, 0.625},
                                 {0.875, 0.875, 0.125},
                                 {0.625, 0.125, 0.875},
                                 {0.125, 0.625, 0.375}};
    const SobolSequence sequence(3);
    for (std::uint64_t i = 0; i < 8; ++i) {
        std::uint64_t point[3];
        sequence.point(i, 3, point);
        for (std::size_t k = 0; k < 3; ++k) CHECK(as_fraction(point[k]) == expected[i][k]);
    }
    std::uint64_t last[3];
    sequence.point((std::uint64_t{1} << 32) - 1, 3, last);  // Gray code with bit 31 alone: direction number 32
    CHECK(as_fraction(last[0]) == std::ldexp(1.0, -32));
}

TEST_CASE("Sobol: 2^k points put one in each interval of length 2^-k, scrambled or not", "[sampling]")
{
    constexpr int points = 64, dimensions = 3667;
    const SobolSequence plain(dimensions);
    const RandomStream scrambled = stream_of(Sampling::sobol, dimensions);
    std::vector<std::set<int>> plain_cells(dimensions), scrambled_cells(dimensions);
    std::vector<std::uint64_t> point(dimensions);
    for (std::uint64_t i = points; i < 2 * points; ++i) {  // any block of the sequence will do
        plain.point(i, dimensions, point.data());
        const std::vector<Real> u = numbers(scrambled, i, dimensions, false);
        for (std::size_t k = 0; k < dimensions; ++k) {
            plain_cells[k].insert(static_cast<int>(as_fraction(point[k]) * points));
            scrambled_cells[k].insert(static_cast<int>(u[k] * points));
        }
    }
    const auto full = [](const std::set<int>& cells) { return cells.size() == points; };
    CHECK(std::all_of(plain_cells.begin(), plain_cells.end(), full));
    CHECK(std::all_of(scrambled_cells.begin(), scrambled_cells.end(), full));

    // In the first two dimensions also one in each box of area 2^-k, whatever its shape.
    for (int sides = 0; sides <= 8; ++sides) {
        std::set<std::pair<int, int>> boxes;
        for (std::uint64_t i = 0; i < 256; ++i) {
            const std::vector<Real> u = numbers(scrambled, i, 2, false);
            boxes.insert({static_cast<int>(std::ldexp(u[0], sides)), static_cast<int>(std::ldexp(u[1], 8 - sides))});
        }
        CHECK(boxes.size() == 256);
    }
}

TEST_CASE("Sobol: wrong dimensions give one line", "[sampling]")
{
    CHECK_THROWS_WITH(stream_of(Sampling::sobol, 3668), ContainsSubstring("3668 dimensions; 1 to 3667 are possible"));
    CHECK_THROWS_AS(stream_of(Sampling::sobol, 0), Error);
    CHECK_THROWS_AS(numbers(stream_of(Sampling::sobol, 4), 0, 5, false), Error);
    CHECK_THROWS_AS(numbers(stream_of(Sampling::sobol, 4), std::uint64_t{1} << 32, 4, false), Error);
    CHECK_NOTHROW(stream_of(Sampling::antithetic, 3668));
}

TEST_CASE("sampling: errors of means fall like n^-1/2 for random items and faster than n^-1 for Sobol points",
          "[sampling]")
{
    const auto rate = [](Sampling kind, bool normal) {
        return std::log2(integration_error(kind, 64, normal) / integration_error(kind, 4096, normal)) / 6;
    };
    for (const bool normal : {false, true}) {
        const Real random = rate(Sampling::random, normal), sobol = rate(Sampling::sobol, normal);
        INFO("rates " << random << " and " << sobol << ", normal: " << normal);
        CHECK(random > 0.35);
        CHECK(random < 0.65);
        CHECK(sobol > (normal ? 0.9 : 1.35));  // a shift alone would leave it at 1 for one number: scrambling gives 3/2
        CHECK(integration_error(Sampling::sobol, 4096, normal) <
              integration_error(Sampling::random, 4096, normal) / 20);
        CHECK(integration_error(Sampling::antithetic, 4096, normal) <
              integration_error(Sampling::random, 4096, normal) / 2);
    }
}

TEST_CASE("sampling: antithetic items mirror each other exactly, pairs differ", "[sampling]")
{
    const RandomStream stream = stream_of(Sampling::antithetic, 7);
    for (const std::uint64_t pair : {0, 1, 1000}) {
        const auto u = numbers(stream, 2 * pair, 7, false), v = numbers(stream, 2 * pair + 1, 7, false);
        const auto x = numbers(stream, 2 * pair, 7, true), y = numbers(stream, 2 * pair + 1, 7, true);
        for (std::size_t k = 0; k < 7; ++k) {
            CHECK(v[k] == 1 - u[k]);
            CHECK(u[k] == 1 - v[k]);
            CHECK(y[k] == -x[k]);
        }
    }
    CHECK(numbers(stream, 0, 7, true) != numbers(stream, 2, 7, true));
}

TEST_CASE("sampling: every item is uniform or normal by itself, and seeds are independent", "[sampling]")
{
    constexpr int seeds = 4000, dimensions = 3;
    const Real root = std::sqrt(Real(seeds));
    for (const Sampling kind : all_kinds) {
        for (const std::uint64_t item : {0, 1, 6}) {
            for (const bool normal : {false, true}) {
                INFO("kind " << static_cast<int>(kind) << ", item " << item << ", normal " << normal);
                std::vector<std::vector<Real>> u(dimensions);
                Real product = 0;
                for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                    auto x = numbers(stream_of(kind, dimensions, seed), item, dimensions, normal);
                    if (normal)
                        for (Real& z : x) z = 0.5 * std::erfc(-z / std::sqrt(2.0));
                    for (std::size_t k = 0; k < dimensions; ++k) u[k].push_back(x[k]);
                    product += (x[0] - 0.5) * (x[2] - 0.5) * 12 / root;
                }
                CHECK(std::abs(product) < 4.5);
                for (auto& values : u) {
                    std::sort(values.begin(), values.end());
                    CHECK(values.front() > 0);
                    CHECK(values.back() < 1);
                    CHECK(std::adjacent_find(values.begin(), values.end()) == values.end());
                    Real distance = 0;
                    for (std::size_t i = 0; i < values.size(); ++i)
                        distance = std::max(distance, std::abs(values[i] - (Real(i) + 0.5) / seeds));
                    CHECK(root * distance < 2.1);  // Kolmogorov and Smirnov: exceeded by one in 3000
                }
            }
        }
    }
}

TEST_CASE("sampling: normal numbers of Sobol points are the quantiles of its uniform ones", "[sampling]")
{
    const RandomStream stream = stream_of(Sampling::sobol, 50);
    for (std::uint64_t item = 0; item < 200; ++item) {
        const auto u = numbers(stream, item, 50, false), z = numbers(stream, item, 50, true);
        for (std::size_t k = 0; k < u.size(); ++k)
            CHECK_THAT(0.5 * std::erfc(-z[k] / std::sqrt(2.0)), WithinRel(u[k], 1e-13));
    }
}

TEST_CASE("sampling: a number depends on its place alone", "[sampling]")
{
    for (const Sampling kind : all_kinds)
        for (const bool normal : {false, true}) {
            const RandomStream stream = stream_of(kind, 13);
            const auto all = numbers(stream, 41, 13, normal);
            numbers(stream, 7, 5, normal);  // what is drawn in between does not matter
            for (int n = 0; n <= 13; ++n) {
                const auto some = numbers(stream_of(kind, 13), 41, n, normal);
                CHECK(std::equal(some.begin(), some.end(), all.begin()));
            }
            CHECK(numbers(stream_of(kind, 13, 2), 41, 13, normal) != all);
            CHECK(numbers(stream.part(0), 41, 13, normal) != all);
            CHECK(numbers(stream.part(0), 41, 13, normal) != numbers(stream.part(1), 41, 13, normal));
            CHECK(numbers(stream.part(1), 41, 13, normal) == numbers(stream.part(1), 41, 13, normal));
        }
    const RandomStream plain(1, "points");
    CHECK(numbers(plain, 3, 5, true) == numbers(stream_of(Sampling::random, 5), 3, 5, true));
}

TEST_CASE("Gaussian mixture: pairs stay in one component, and Sobol points fill each evenly", "[sampling][density]")
{
    for (const std::vector<Real>& weights : {std::vector<Real>{1, 1}, {3, 1, 2}, {1, 1, 1, 1, 1, 1, 1, 1}}) {
        const int count = 768;  // each component has an even share, in the first and last case one of 2^k 3
        const GaussianMixture mixture = separated(weights);
        for (const Sampling kind : {Sampling::sobol, Sampling::antithetic}) {
            const Matrix points = mixture.sample(stream_of(kind, 2), count);
            const Matrix fewer = mixture.sample(stream_of(kind, 2), count / 2);
            CHECK(std::equal(fewer.begin(), fewer.end(), points.begin()));
            std::vector<std::vector<std::pair<Real, Real>>> standard(weights.size());
            for (std::size_t i = 0; i < points.shape(0); ++i) {
                const std::size_t k = static_cast<std::size_t>(std::lround(points(i, 0) / 10));
                standard.at(k).push_back({(points(i, 0) - 10 * static_cast<Real>(k)) / 0.5, points(i, 1) / 0.5});
            }
            for (const auto& own : standard) {
                if (kind == Sampling::antithetic) {
                    CHECK(own.size() % 2 == 0);
                    for (std::size_t i = 0; i + 1 < own.size(); i += 2) {
                        CHECK_THAT(own[i].first, WithinAbs(-own[i + 1].first, 1e-12));
                        CHECK(own[i].second == -own[i + 1].second);
                    }
                } else {
                    // 32 points a turn: eight cells of equal probability along each axis hold four of them.
                    for (int axis = 0; axis < 2; ++axis) {
                        std::vector<int> cells(8, 0);
                        for (std::size_t i = 0; i < own.size() / 32 * 32; ++i) {
                            const Real z = axis == 0 ? own[i].first : own[i].second;
                            ++cells[static_cast<std::size_t>(4 * std::erfc(-z / std::sqrt(2.0)))];
                        }
                        for (const int cell : cells) CHECK(cell == static_cast<int>(own.size() / 32 * 4));
                    }
                }
            }
            // Components must not share their points.
            CHECK(std::abs(standard[0][0].second - standard[1][0].second) > 1e-6);
        }
    }
}
