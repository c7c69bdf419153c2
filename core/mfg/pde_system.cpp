#include <mfg/base/error.hpp>
#include <mfg/pde_system.hpp>

#include <algorithm>
#include <vector>

namespace mfg {

Matrix PdeSystem::boundary_points(const RandomStream& stream, int count) const
{
    const auto box = domain();
    if (!box) throw Error("problem: equations on the boundary need a domain, or boundary points");
    const std::size_t n = static_cast<std::size_t>(count), d = static_cast<std::size_t>(dimension());
    const bool time = !stationary();
    Matrix points = make_matrix(n, d + (time ? 1 : 0));
    // Periodic faces are no boundary.
    std::vector<std::size_t> faces;
    for (std::size_t face = 0; face < 2 * d; ++face)
        if (box->low_face(static_cast<Index>(face / 2)) != Face::periodic) faces.push_back(face);
    if (faces.empty()) throw Error("problem: equations on the boundary need a domain with faces that are not periodic");
    Vector u = make_vector(d + 2);
    for (std::size_t i = 0; i < n; ++i) {
        stream.uniform(i, static_cast<int>(d + 2), u.data());
        for (std::size_t k = 0; k < d; ++k) points(i, k) = box->low(k) + (box->high(k) - box->low(k)) * u(k);
        const auto number = static_cast<std::size_t>(u(d) * static_cast<Real>(faces.size()));
        const std::size_t face = faces[std::min(faces.size() - 1, number)];
        points(i, face / 2) = face % 2 == 0 ? box->low(face / 2) : box->high(face / 2);
        if (time) points(i, d) = horizon() * u(d + 1);
    }
    return points;
}

Jet PdeSystem::hard_condition(std::string_view, const Jet&, const Jet&, const Jet&) const
{
    throw Error("problem: it has no ansatz that keeps its conditions");
}

}  // namespace mfg
