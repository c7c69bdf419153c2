#include <mfg/base/constants.hpp>
#include <mfg/random/random.hpp>
#include <mfg/random/sobol.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <Random123/philox.h>

#include <cmath>
#include <vector>

namespace mfg {
namespace {

using Philox = r123::Philox4x64;

/// In the open interval (0,1): the middle of one of 2^52 cells.
Real to_uniform(std::uint64_t bits)
{
    return (static_cast<Real>(bits >> 12) + Real(0.5)) * Real(0x1p-52);
}

/// Calls use(k, four random words) for words k, k+1, k+2, k+3 of an item.
template <class Use>
void draw(std::uint64_t seed, std::uint64_t stream, std::uint64_t item, Index count, Use use)
{
    for (Index k = 0; k < count; k += 4)
        use(k,
            Philox()(Philox::ctr_type{{item, static_cast<std::uint64_t>(k), 0, 0}}, Philox::key_type{{seed, stream}}));
}

}  // namespace

Real normal_quantile(Real u)
{
    using namespace boost::math::policies;
    return -sqrt_two * boost::math::erfc_inv(2 * u, policy<promote_double<false>>());
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t number)
    : seed_(seed), stream_(hash(name) + number)
{
}

RandomStream RandomStream::with(Sampling sampling, int dimensions) const
{
    RandomStream stream(*this);
    stream.sampling_ = sampling;
    stream.points_ = nullptr;
    if (sampling != Sampling::sobol) return stream;
    auto points = std::make_shared<SobolSequence>(dimensions);
    points->scramble([&](int coordinate, int number) {
        // The third word tells these numbers from those of items.
        const std::uint64_t k = static_cast<std::uint64_t>(coordinate), n = static_cast<std::uint64_t>(number);
        return Philox()(Philox::ctr_type{{k, n / 4, 1, 0}}, Philox::key_type{{seed_, stream_}})[n % 4];
    });
    stream.points_ = std::move(points);
    return stream;
}

RandomStream RandomStream::part(std::uint64_t part) const
{
    RandomStream stream(*this);
    stream.stream_ = Philox()(Philox::ctr_type{{part, 0, 2, 0}}, Philox::key_type{{seed_, stream_}})[0];
    return points_ ? stream.with(sampling_, points_->dimensions()) : stream;
}

void RandomStream::uniform(std::uint64_t item, Index count, Real* out) const
{
    if (sampling_ == Sampling::sobol) {
        thread_local std::vector<std::uint64_t> point;
        point.resize(count);
        points_->point(item, count, point.data());
        for (Index k = 0; k < count; ++k) out[k] = to_uniform(point[k] << 12);
        return;
    }
    const bool pairs = sampling_ == Sampling::antithetic;
    draw(seed_, stream_, pairs ? item / 2 : item, count, [&](Index k, const Philox::ctr_type& words) {
        for (int i = 0; i < 4 && k + i < count; ++i) out[k + i] = to_uniform(words[i]);
    });
    for (Index k = 0; pairs && item % 2 == 1 && k < count; ++k) out[k] = 1 - out[k];
}

void RandomStream::normal(std::uint64_t item, Index count, Real* out) const
{
    if (sampling_ == Sampling::sobol) {
        uniform(item, count, out);
        for (Index k = 0; k < count; ++k) out[k] = normal_quantile(out[k]);
        return;
    }
    const bool pairs = sampling_ == Sampling::antithetic;
    draw(seed_, stream_, pairs ? item / 2 : item, count, [&](Index k, const Philox::ctr_type& words) {
        for (int i = 0; i < 4 && k + i < count; i += 2) {
            const Real radius = std::sqrt(-2 * std::log(to_uniform(words[i])));
            const Real angle = two_pi * to_uniform(words[i + 1]);
            out[k + i] = radius * std::cos(angle);
            if (k + i + 1 < count) out[k + i + 1] = radius * std::sin(angle);
        }
    });
    for (Index k = 0; pairs && item % 2 == 1 && k < count; ++k) out[k] = -out[k];
}

std::vector<std::size_t> resample(const Vector& weights, std::size_t count, Real offset)
{
    Real total = 0;
    for (const Real w : weights) total += w;
    std::vector<std::size_t> chosen;
    chosen.reserve(count);
    Real sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights(i);
        while (chosen.size() < count && (chosen.size() + offset) * total < sum * count) chosen.push_back(i);
    }
    while (chosen.size() < count) chosen.push_back(weights.size() - 1);
    return chosen;
}

}  // namespace mfg
