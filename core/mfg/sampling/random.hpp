#pragma once
#include <mfg/array.hpp>
#include <mfg/export.hpp>

#include <string_view>

namespace mfg {

/// A source of random numbers without state: number k of item i is a function of seed, stream, i and k alone
/// (Philox 4x64, counter-based), so that a sample is the same for any number of threads and any order of drawing.
class MFG_API RandomStream {
public:
    /// The stream `name` number `number` of a run; streams of different name or number are independent.
    RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t number = 0);

    /// Another stream, independent of this one and named after it.
    RandomStream split(std::string_view name) const;

    /// `count` numbers for item `item`, uniform in (0,1).
    void uniform(std::uint64_t item, int count, Real* out) const;
    /// `count` numbers for item `item`, standard normal.
    void normal(std::uint64_t item, int count, Real* out) const;

private:
    std::uint64_t seed_, stream_;
};

}  // namespace mfg
