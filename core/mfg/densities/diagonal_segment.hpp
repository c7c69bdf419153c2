#pragma once
#include <mfg/densities/density.hpp>

namespace mfg {

/// The uniform law on a segment of the diagonal: x = (centre + half_length s) (1, ..., 1), s uniform in [-1,1].
class MFG_API DiagonalSegment final : public Density {
public:
    DiagonalSegment(int dimension, Real centre, Real half_length);

    int dimension() const override { return dimension_; }
    bool singular() const override { return true; }
    /// Throws: there is none.
    Jet log_density(const Jet& x) const override;

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    int dimension_;
    Real centre_, half_length_;
};

}  // namespace mfg
