#pragma once
#include <mfg/base/export.hpp>

#include <cstdint>
#include <vector>

namespace mfg {

/// The Sobol sequence with the direction numbers of Joe and Kuo (SIAM J. Sci. Comput. 30 (2008) 2635), as integers of
/// 52 bits: point n is the exclusive or of the direction numbers that the Gray code of n names.
class MFG_API SobolSequence {
public:
    static constexpr int bits = 52;

    /// An Error says so if there are too many dimensions for the table.
    explicit SobolSequence(int dimensions);

    int dimensions() const { return dimensions_; }
    /// Coordinates 0 to `count` - 1 of point `index` < 2^32.
    void point(std::uint64_t index, int count, std::uint64_t* out) const;

    /// Multiplies coordinate k by a random lower triangular binary matrix and shifts it, by random words
    /// `word(k, 0..32)`. Each point is uniform then, dyadic boxes keep their shares, and the variance of means is that
    /// of Owen's nested scrambling (Matousek, J. Complexity 14 (1998) 527; Owen, ACM TOMACS 13 (2003) 363).
    template <class Word>
    void scramble(Word word)
    {
        for (int k = 0; k < dimensions_; ++k) {
            std::uint64_t columns[resolution];
            for (int j = 0; j < resolution; ++j) {
                const std::uint64_t diagonal = std::uint64_t{1} << (bits - 1 - j);
                columns[j] = diagonal | (word(k, j) & (diagonal - 1));
            }
            for (int r = 0; r < resolution; ++r) {
                std::uint64_t& direction = directions_[at(r, k)];
                const std::uint64_t before = direction;
                direction = 0;
                for (int j = 0; j < resolution; ++j)
                    if (before >> (bits - 1 - j) & 1) direction ^= columns[j];
            }
            shift_[static_cast<std::size_t>(k)] ^= word(k, resolution) >> (64 - bits);
        }
    }

private:
    static constexpr int resolution = 32;  // bits of the direction numbers in the table

    std::size_t at(int bit, int dimension) const
    {
        return static_cast<std::size_t>(bit) * static_cast<std::size_t>(dimensions_) +
               static_cast<std::size_t>(dimension);
    }

    int dimensions_;
    std::vector<std::uint64_t> directions_, shift_;  // directions bit after bit, so that a point sums up rows
};

}  // namespace mfg
