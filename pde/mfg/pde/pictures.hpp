#pragma once
#include <mfg/method.hpp>
#include <mfg/pde/field_networks.hpp>

namespace mfg {

/// Writes pictures of a learned solution, beside the exact one where it is known: curves of each unknown along a line
/// (the space itself for d = 1), maps over the plane of the first two coordinates, at a few times where there is time;
/// the unknowns at iterations of the training for d = 1; and the system's own.
MFG_API void export_solution_pictures(const FieldNetworks& fields, const Vector& parameters,
                                      const std::vector<Snapshot>& snapshots, const RandomStream& stream,
                                      FieldExport& to);

}  // namespace mfg
