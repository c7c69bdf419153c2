#include <mfg/random/random.hpp>

#include <Random123/philox.h>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace mfg;

namespace {

using Philox = r123::Philox4x64;

struct KnownAnswer {
    Philox::ctr_type counter;
    Philox::key_type key;
    Philox::ctr_type words;
};

/// philox4x64, 10 rounds: kat_vectors of Random123.
const KnownAnswer known_answers[] = {
    {{{0, 0, 0, 0}}, {{0, 0}}, {{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}}},
    {{{0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff}},
     {{0xffffffffffffffff, 0xffffffffffffffff}},
     {{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}}},
    {{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}},
     {{0x452821e638d01377, 0xbe5466cf34e90c6c}},
     {{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}}},
};

/// What a stream without a name adds to its number (FNV-1a of nothing): it lets a test choose the second half of a key.
constexpr std::uint64_t empty_name = 14695981039346656037ull;

Real expected_uniform(std::uint64_t word)
{
    return (static_cast<Real>(word >> 12) + 0.5) / 4503599627370496.0;
}

struct Moments {
    Real mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

Moments moments_of(const std::vector<Real>& x)
{
    const Real n = static_cast<Real>(x.size());
    Moments m;
    for (const Real v : x) m.mean += v / n;
    for (const Real v : x) {
        const Real c = v - m.mean;
        m.variance += c * c / n;
        m.skewness += c * c * c / n;
        m.kurtosis += c * c * c * c / n;
    }
    return m;
}

/// sqrt(n) times the largest distance of the empirical distribution from that with the given distribution function;
/// above 1.95 in one of a thousand samples.
template <class Distribution>
Real kolmogorov_smirnov(std::vector<Real> x, Distribution distribution)
{
    std::sort(x.begin(), x.end());
    const Real n = static_cast<Real>(x.size());
    Real largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Real p = distribution(x[i]), below = static_cast<Real>(i) / n;
        largest = std::max({largest, p - below, below + 1 / n - p});
    }
    return std::sqrt(n) * largest;
}

template <class Draw>
std::vector<Real> draw(int items, int count, Draw one)
{
    std::vector<Real> x(static_cast<std::size_t>(items) * count);
    for (int i = 0; i < items; ++i) one(static_cast<std::uint64_t>(i), count, &x[static_cast<std::size_t>(i) * count]);
    return x;
}

constexpr int items = 20000, count = 10;
constexpr Real total = Real(items) * count;

}  // namespace

TEST_CASE("random: Philox gives the published numbers", "[random]")
{
    for (const KnownAnswer& known : known_answers) CHECK(Philox()(known.counter, known.key) == known.words);
}

TEST_CASE("random: a stream is Philox with (item, number) as counter and (seed, stream) as key", "[random]")
{
    const KnownAnswer& zero = known_answers[0];
    Real x[4];
    RandomStream(0, "", 0 - empty_name).uniform(0, 4, x);
    for (std::size_t i = 0; i < 4; ++i) CHECK(x[i] == expected_uniform(zero.words[i]));

    Real y[11];
    RandomStream(5, "", 77 - empty_name).uniform(1234567890123, 11, y);
    for (std::uint64_t k = 0; k < 11; ++k) {
        const auto words = Philox()({{1234567890123, k / 4 * 4, 0, 0}}, {{5, 77}});
        CHECK(y[k] == expected_uniform(words[k % 4]));
    }
}

TEST_CASE("random: a number depends on its place alone", "[random]")
{
    const RandomStream stream(3, "points");
    const auto check = [&](auto member) {
        Real all[13], some[13];
        (stream.*member)(41, 13, all);
        for (int n = 0; n <= 13; ++n) {
            std::fill_n(some, 13, -99);
            (stream.*member)(7, 13 - n, some);  // what is drawn in between does not matter
            std::fill_n(some, 13, -99);
            (RandomStream(3, "points").*member)(41, n, some);
            for (int i = 0; i < 13; ++i) CHECK(some[i] == (i < n ? all[i] : -99));
        }
    };
    check(&RandomStream::uniform);
    check(&RandomStream::normal);
}

TEST_CASE("random: streams differ in seed, name, number and item", "[random]")
{
    struct Source {
        RandomStream stream;
        std::uint64_t item;
    };
    std::vector<Source> sources;
    for (const std::uint64_t seed : {0, 1, 2})
        for (const char* name : {"a", "b", "points of player 1", "points of player 2"})
            for (const std::uint64_t number : {0, 1, 1000})
                for (const std::uint64_t item : {0, 1}) sources.push_back({RandomStream(seed, name, number), item});
    std::vector<Real> numbers;
    for (const Source& source : sources) {
        Real x[8];
        source.stream.uniform(source.item, 8, x);
        numbers.insert(numbers.end(), x, x + 8);
    }
    std::sort(numbers.begin(), numbers.end());
    CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());

    // Neighbouring streams are uncorrelated: five standard errors.
    const RandomStream one(1, "x", 0), two(1, "x", 1);
    const auto a = draw(items, 1, [&](auto... args) { one.normal(args...); });
    const auto b = draw(items, 1, [&](auto... args) { two.normal(args...); });
    Real product = 0;
    for (std::size_t i = 0; i < a.size(); ++i) product += a[i] * b[i] / items;
    CHECK(std::abs(product) < 5 / std::sqrt(Real(items)));
}

TEST_CASE("random: uniform numbers", "[random]")
{
    const RandomStream stream(1, "uniform");
    const auto x = draw(items, count, [&](auto... args) { stream.uniform(args...); });
    CHECK(*std::min_element(x.begin(), x.end()) > 0);
    CHECK(*std::max_element(x.begin(), x.end()) < 1);
    const Moments m = moments_of(x);
    CHECK(std::abs(m.mean - 0.5) < 4 * std::sqrt(1 / (12 * total)));
    CHECK(std::abs(m.variance - Real(1) / 12) < 4 * std::sqrt(1 / (180 * total)));
    CHECK(kolmogorov_smirnov(x, [](Real u) { return u; }) < 1.95);
}

TEST_CASE("random: normal numbers", "[random]")
{
    const RandomStream stream(1, "normal");
    const auto x = draw(items, count, [&](auto... args) { stream.normal(args...); });
    const Moments m = moments_of(x);
    CHECK(std::abs(m.mean) < 4 * std::sqrt(1 / total));
    CHECK(std::abs(m.variance - 1) < 4 * std::sqrt(2 / total));
    CHECK(std::abs(m.skewness) < 4 * std::sqrt(15 / total));
    CHECK(std::abs(m.kurtosis - 3) < 4 * std::sqrt(96 / total));
    CHECK(kolmogorov_smirnov(x, [](Real z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }) < 1.95);

    // Numbers of one item are uncorrelated, the two of a Box-Muller pair, too.
    for (int a = 0; a < count; ++a)
        for (int b = 0; b < a; ++b) {
            Real product = 0;
            for (int i = 0; i < items; ++i)
                product +=
                    x[static_cast<std::size_t>(i * count + a)] * x[static_cast<std::size_t>(i * count + b)] / items;
            CHECK(std::abs(product) < 4.5 / std::sqrt(Real(items)));
        }
}

TEST_CASE("parts of a stream by name are independent of each other and of those by number", "[random]")
{
    const RandomStream stream(1, "parent");
    const auto first = [](const RandomStream& s) {
        Real u = 0;
        s.uniform(0, 1, &u);
        return u;
    };
    CHECK(first(stream.part("interior")) == first(stream.part("interior")));
    std::vector<Real> all{first(stream), first(stream.part("interior")), first(stream.part("terminal")),
                          first(stream.part("")), first(RandomStream(1, "other").part("interior"))};
    for (std::uint64_t k = 0; k < 5; ++k) all.push_back(first(stream.part(k)));
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    CHECK(stream.with(Sampling::antithetic, 1).part("interior").sampling() == Sampling::antithetic);
}
