#include <mfg/densities/uniform_box.hpp>

#include <cmath>

namespace mfg {

UniformBox::UniformBox(const Box& box) : box_(box), log_volume_(std::log(box.volume())) {}

Jet UniformBox::log_density(const Jet& x) const
{
    return 0 * sum(x) - log_volume_;  // with as many derivatives as x has
}

Matrix UniformBox::draw(const RandomStream& stream, Index count) const
{
    Matrix points = make_matrix(count, box_.dimension());
    for (Index i = 0; i < count; ++i) stream.uniform(i, dimension(), &points(i, 0));
    box_.from_unit(points);
    return points;
}

}  // namespace mfg
