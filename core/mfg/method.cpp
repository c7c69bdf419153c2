#include <mfg/method.hpp>

namespace mfg {

FieldExport::~FieldExport() = default;
Method::~Method() = default;

std::map<std::string, std::map<std::string, Real>> Method::measures(const std::vector<Vector>&, const RandomStream&,
                                                                    int) const
{
    return {};
}

void Method::export_fields(const std::vector<Vector>&, const RandomStream&, FieldExport&) const {}

}  // namespace mfg
