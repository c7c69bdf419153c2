#include <mfg/base/box.hpp>

#include <algorithm>

namespace mfg {

Box Box::unit(Index dimension, Face faces)
{
    const std::vector<Face> all(static_cast<std::size_t>(dimension), faces);
    return {make_vector(dimension, 0), make_vector(dimension, 1), all, all};
}

bool Box::has(Face kind) const
{
    if (low_faces.empty() && high_faces.empty()) return kind == Face::open;
    const auto any = [&](const std::vector<Face>& faces) {
        return std::find(faces.begin(), faces.end(), kind) != faces.end();
    };
    return any(low_faces) || any(high_faces);
}

Real Box::volume() const
{
    Real product = 1;
    for (Index k = 0; k < dimension(); ++k) product *= width(k);
    return product;
}

void Box::to_unit(Matrix& points) const
{
    for (Index i = 0; i < rows(points); ++i)
        for (Index k = 0; k < dimension(); ++k) points(i, k) = (points(i, k) - low(k)) / width(k);
}

void Box::from_unit(Matrix& points) const
{
    for (Index i = 0; i < rows(points); ++i)
        for (Index k = 0; k < dimension(); ++k) points(i, k) = low(k) + width(k) * points(i, k);
}

}  // namespace mfg
