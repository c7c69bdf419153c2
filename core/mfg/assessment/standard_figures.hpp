#pragma once
#include <mfg/method.hpp>

namespace mfg {

/// Figures of a solution, beside the exact one if that is known: curves of each unknown along a line (for d = 1 the
/// space itself, or where agents are), maps over the plane of the first two coordinates, at a few times if there is
/// time; for d = 1 maps over place and time, and the unknowns at iterations of the training. In R^d maps show only
/// where agents are. `earlier`: solutions at some iterations.
MFG_API std::vector<Figure> standard_figures(
    const Solution& solution,
    const std::vector<std::pair<std::uint64_t, std::shared_ptr<const Solution>>>& earlier = {});

/// All figures of the result of a training: the standard ones, if they suit the solution, those of its problem, and
/// those of its method.
MFG_API std::vector<Figure> all_figures(const Formulation& formulation, const Vector& parameters,
                                        const std::vector<Snapshot>& snapshots, const RandomStream& stream);

}  // namespace mfg
