#include <mfg/sampling/random.hpp>

#include <Random123/philox.h>

#include <cmath>

namespace mfg {
namespace {

using Philox = r123::Philox4x64;

std::uint64_t hash(std::string_view name, std::uint64_t number)
{
    // FNV-1a; Philox itself makes neighbouring keys independent.
    std::uint64_t h = 14695981039346656037ull;
    for (const unsigned char c : name) h = (h ^ c) * 1099511628211ull;
    return h + number;
}

/// In the open interval (0,1): the middle of one of 2^52 cells.
Real to_uniform(std::uint64_t bits)
{
    return (static_cast<Real>(bits >> 12) + Real(0.5)) * Real(0x1p-52);
}

/// Calls use(k, four random words) for words k, k+1, k+2, k+3 of an item.
template <class Use>
void draw(std::uint64_t seed, std::uint64_t stream, std::uint64_t item, int count, Use use)
{
    for (int k = 0; k < count; k += 4)
        use(k,
            Philox()(Philox::ctr_type{{item, static_cast<std::uint64_t>(k), 0, 0}}, Philox::key_type{{seed, stream}}));
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t number)
    : seed_(seed), stream_(hash(name, number))
{
}

RandomStream RandomStream::split(std::string_view name) const
{
    RandomStream other = *this;
    other.stream_ ^= hash(name, 1);
    return other;
}

void RandomStream::uniform(std::uint64_t item, int count, Real* out) const
{
    draw(seed_, stream_, item, count, [&](int k, const Philox::ctr_type& words) {
        for (int i = 0; i < 4 && k + i < count; ++i) out[k + i] = to_uniform(words[static_cast<std::size_t>(i)]);
    });
}

void RandomStream::normal(std::uint64_t item, int count, Real* out) const
{
    constexpr Real two_pi = 6.283185307179586476925286766559;
    draw(seed_, stream_, item, count, [&](int k, const Philox::ctr_type& words) {
        for (int i = 0; i < 4 && k + i < count; i += 2) {
            const Real radius = std::sqrt(-2 * std::log(to_uniform(words[static_cast<std::size_t>(i)])));
            const Real angle = two_pi * to_uniform(words[static_cast<std::size_t>(i + 1)]);
            out[k + i] = radius * std::cos(angle);
            if (k + i + 1 < count) out[k + i + 1] = radius * std::sin(angle);
        }
    });
}

}  // namespace mfg
