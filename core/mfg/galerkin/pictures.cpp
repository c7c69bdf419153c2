#include <mfg/galerkin/exact_fields.hpp>
#include <mfg/galerkin/pictures.hpp>

namespace mfg {

void export_solution_pictures(const FieldNetworks& fields, const Vector& parameters, const std::vector<Snapshot>&,
                              const RandomStream& stream, FieldExport& to)
{
    fields.system().export_fields(LearnedNetworks(fields, parameters), stream, to);
}

}  // namespace mfg
