#pragma once
#include <mfg/densities/density.hpp>

namespace mfg {

/// The uniform law on the torus [0,1)^d.
class MFG_API UniformTorus final : public Density {
public:
    explicit UniformTorus(int dimension) : dimension_(dimension) {}

    int dimension() const override { return dimension_; }
    Jet log_density(const Jet& x) const override;

private:
    Matrix draw(const RandomStream& stream, Index count) const override;

    int dimension_;
};

}  // namespace mfg
