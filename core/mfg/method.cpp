#include <mfg/error.hpp>
#include <mfg/method.hpp>

namespace mfg {

FieldExport::~FieldExport() = default;
Method::~Method() = default;

std::map<std::string, std::map<std::string, Real>> Method::measures(const std::vector<Vector>&, const RandomStream&,
                                                                    int) const
{
    return {};
}

Matrix Method::velocity(const std::vector<Vector>&, const Matrix&, Real) const
{
    throw Error("this method gives no velocity of agents");
}

Vector Method::track(const std::vector<Vector>&, const RandomStream&) const
{
    return {};
}

void Method::export_fields(const std::vector<Vector>&, const std::vector<Snapshot>&, const RandomStream&,
                           FieldExport&) const
{
}

}  // namespace mfg
