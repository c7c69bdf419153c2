#include <mfg/densities/uniform_torus.hpp>

namespace mfg {

Jet UniformTorus::log_density(const Jet& x) const
{
    return 0 * sum(x);  // with as many derivatives as x has
}

Matrix UniformTorus::draw(const RandomStream& stream, Index count) const
{
    Matrix points = make_matrix(count, dimension_);
    for (Index i = 0; i < count; ++i) stream.uniform(i, dimension_, &points(i, 0));
    return points;
}

}  // namespace mfg
