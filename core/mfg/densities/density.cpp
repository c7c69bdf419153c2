#include <mfg/autodiff/map_points.hpp>
#include <mfg/densities/density.hpp>

#include <algorithm>

namespace mfg {

Density::~Density() = default;

Matrix Density::control_variates(const Matrix& points, int) const
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

Matrix with_uniform_times(const Matrix& points, const RandomStream& stream, Real horizon)
{
    const std::size_t n = points.shape(0), d = points.shape(1);
    const RandomStream times = stream.part(1);
    Matrix result = make_matrix(n, d + 1);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < d; ++k) result(i, k) = points(i, k);
        times.uniform(i, 1, &result(i, d));
        result(i, d) *= horizon;
    }
    return result;
}

}  // namespace mfg
