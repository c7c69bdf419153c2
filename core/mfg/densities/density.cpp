#include <mfg/autodiff/map_points.hpp>
#include <mfg/base/error.hpp>
#include <mfg/base/views.hpp>
#include <mfg/densities/density.hpp>

#include <string>

namespace mfg {

Density::~Density() = default;

Matrix Density::sample(const RandomStream& stream, Index count) const
{
    Matrix points = draw(stream, count);
    if (rows(points) != count || columns(points) != dimension())
        throw Error("density: a sample is [" + std::to_string(rows(points)) + " x " + std::to_string(columns(points)) +
                    "] and should be [" + std::to_string(count) + " x " + std::to_string(dimension()) + "]");
    return points;
}

Matrix Density::control_variates(const Matrix& points, Index) const
{
    return make_matrix(rows(points), 0);
}

Vector log_density_at(const Density& density, const Matrix& points)
{
    const Matrix values =
        map_points(points, 1, [&](Tape&, const Variable& x) { return density.log_density(Jet(x)).value(); });
    return xt::col(values, 0);
}

Matrix with_uniform_times(const Matrix& points, const RandomStream& stream, Real horizon)
{
    const Index d = columns(points);
    const RandomStream times = stream.part("times");
    Matrix result = make_matrix(rows(points), d + 1);
    first_columns(result, d) = points;
    for (Index i = 0; i < rows(result); ++i) times.uniform(i, 1, &result(i, d));
    xt::col(result, d) *= horizon;
    return result;
}

}  // namespace mfg
