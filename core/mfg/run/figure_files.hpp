#pragma once
#include <mfg/figure.hpp>
#include <mfg/run/run_directory.hpp>

namespace mfg {

/// Writes figures to `fields/` of a run: .npy files, NAME.npy the values of panel NAME, and figures.json, which says
/// how to draw them. `keep`: figures that are described already stay, but for those of the same name.
MFG_API void write_figures(const RunDirectory& run, const std::vector<Figure>& figures, bool keep = false);

}  // namespace mfg
