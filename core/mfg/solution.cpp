#include <mfg/solution.hpp>

#include <algorithm>

namespace mfg {

LearnedFields::~LearnedFields() = default;

Matrix LearnedFields::value(std::string_view unknown, const Matrix& points) const
{
    return map(points, 0, 1, [unknown](const Fields& f) { return f[unknown].value; });
}

Matrix LearnedFields::velocity(const Matrix& points) const
{
    return map(points, 1, system().dimension(), [this](const Fields& f) { return system().velocity(f); });
}

Matrix LearnedFields::velocity_at(const Matrix& x, Real t) const
{
    if (system().stationary()) return velocity(x);
    Matrix points = make_matrix(x.shape(0), x.shape(1) + 1, t);
    for (std::size_t i = 0; i < x.shape(0); ++i) std::copy_n(&x(i, 0), x.shape(1), &points(i, 0));
    return velocity(points);
}

}  // namespace mfg
