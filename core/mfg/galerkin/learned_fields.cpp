#include <mfg/galerkin/learned_fields.hpp>

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

}  // namespace mfg
