#pragma once
#include <mfg/base/box.hpp>
#include <mfg/densities/density.hpp>

namespace mfg {

/// The uniform law on a box.
class MFG_API UniformBox final : public Density {
public:
    /// On [0,1)^d, which may be the torus.
    explicit UniformBox(int dimension) : UniformBox(Box::unit(dimension, Face::periodic)) {}
    explicit UniformBox(const Box& box);

    int dimension() const override { return static_cast<int>(box_.dimension()); }
    Jet log_density(const Jet& x) const override;

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    Box box_;
    Real log_volume_;
};

}  // namespace mfg
