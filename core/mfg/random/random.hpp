#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace mfg {

class SobolSequence;

/// How the items of a stream hang together. Each item by itself has the same law in every case.
enum class Sampling {
    random,      ///< they are independent
    sobol,       ///< item i is point i of a scrambled Sobol sequence: together they fill the space evenly
    antithetic,  ///< items 2k and 2k + 1 mirror each other: u and 1 - u, z and -z
};

/// The number below which a standard normal number stays with probability u in (0,1).
MFG_API Real normal_quantile(Real u);

/// A source of random numbers without state: number k of item i is a function of seed, stream, i and k alone
/// (Philox 4x64, counter-based), so that a sample is the same for any number of threads and any order of drawing.
class MFG_API RandomStream {
public:
    /// The stream `name` number `number` of a run; streams of different name or number are independent.
    RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t number = 0);

    /// The stream with other items, of at most `dimensions` numbers each. An Error says so if these are too many.
    RandomStream with(Sampling sampling, int dimensions) const;
    /// A stream of the same kind for one purpose, e.g. "interior": independent of this one and of those with other
    /// names.
    RandomStream part(std::string_view name) const { return part(hash(name)); }
    /// The stream of one of many equal things, e.g. of the components of a mixture.
    RandomStream part(std::uint64_t number) const;
    Sampling sampling() const { return sampling_; }

    /// `count` numbers for item `item`, uniform in (0,1).
    void uniform(std::uint64_t item, Index count, Real* out) const;
    /// `count` numbers for item `item`, standard normal.
    void normal(std::uint64_t item, Index count, Real* out) const;

private:
    /// FNV-1a; Philox itself makes neighbouring keys independent.
    static constexpr std::uint64_t hash(std::string_view name)
    {
        std::uint64_t h = 14695981039346656037ull;
        for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        return h;
    }

    std::uint64_t seed_, stream_;
    Sampling sampling_ = Sampling::random;
    std::shared_ptr<const SobolSequence> points_;
};

/// Draws `count` of the numbers 0..n-1, number i with probability proportional to weights(i), as evenly as possible;
/// `offset`, between 0 and 1, decides which.
MFG_API std::vector<std::size_t> resample(const Vector& weights, std::size_t count, Real offset);

}  // namespace mfg
