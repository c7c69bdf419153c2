#include <mfg/densities/uniform_torus.hpp>

namespace mfg {

Jet UniformTorus::log_density(const Jet& x) const
{
    return 0 * sum(x);  // with as many derivatives as x has
}

Matrix UniformTorus::sample(const RandomStream& stream, int count) const
{
    Matrix points = make_matrix(static_cast<std::size_t>(count), static_cast<std::size_t>(dimension_));
    for (std::size_t i = 0; i < points.shape(0); ++i) stream.uniform(i, dimension_, &points(i, 0));
    return points;
}

}  // namespace mfg
