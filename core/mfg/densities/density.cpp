#include <mfg/autodiff/map_points.hpp>
#include <mfg/densities/density.hpp>

#include <algorithm>

namespace mfg {

Density::~Density() = default;

Matrix Density::control_features(const Matrix& points, int) const
{
    return make_matrix(points.shape(0), 0);
}

Vector log_density_at(const Density& density, const Matrix& points)
{
    const Matrix values =
        map_points(points, 1, [&](Tape&, const Variable& x) { return density.log_density(Jet(x)).value(); });
    Vector result = make_vector(points.shape(0));
    std::copy(values.begin(), values.end(), result.begin());
    return result;
}

}  // namespace mfg
