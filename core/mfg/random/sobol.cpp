#include <mfg/base/error.hpp>
#include <mfg/random/sobol.hpp>

#include <boost/random/sobol.hpp>

#include <algorithm>
#include <string>

namespace mfg {

SobolSequence::SobolSequence(int dimensions) : dimensions_(dimensions)
{
    constexpr int most = BOOST_RANDOM_SOBOL_MAX_DIMENSION;
    if (dimensions < 1 || dimensions > most)
        throw Error("Sobol sequence: " + std::to_string(dimensions) + " dimensions; 1 to " + std::to_string(most) +
                    " are possible; sample random or antithetic");
    directions_.resize(at(resolution, 0));
    shift_.resize(static_cast<std::size_t>(dimensions));
    boost::random::sobol_engine<std::uint32_t, resolution> engine(static_cast<std::size_t>(dimensions));
    for (int r = 0; r < resolution; ++r) {
        // The engine leaves point 0 out; the Gray code of point 2^(r+1) - 1 has bit r alone.
        engine.seed(static_cast<std::uint32_t>((std::uint64_t{2} << r) - 2));
        for (int k = 0; k < dimensions; ++k)
            directions_[at(r, k)] = static_cast<std::uint64_t>(engine()) << (bits - resolution);
    }
}

void SobolSequence::point(std::uint64_t index, int count, std::uint64_t* out) const
{
    if (count > dimensions_ || index >> resolution != 0)
        throw Error("Sobol sequence: coordinate " + std::to_string(count) + " of point " + std::to_string(index) +
                    " was asked for; it has " + std::to_string(dimensions_) + " dimensions and 2^32 points");
    std::copy_n(shift_.begin(), count, out);
    std::uint64_t code = index ^ (index >> 1);
    for (int r = 0; code != 0; ++r, code >>= 1) {
        if (!(code & 1)) continue;
        const std::uint64_t* row = &directions_[at(r, 0)];
        for (int k = 0; k < count; ++k) out[k] ^= row[k];
    }
}

}  // namespace mfg
