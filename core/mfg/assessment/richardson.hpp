#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

namespace mfg {

/// A number that depends on a mesh width h, found with h, 2 h and 4 h, and its limit by Richardson's extrapolation.
struct Extrapolation {
    Real value = 0;  ///< with h
    Real order = 0;  ///< observed; not a number if the three do not approach a limit
    Real limit = 0;  ///< for h = 0

    /// Estimated error of the value. Also a cautious bound of what is left in the limit.
    Real bias() const { return value - limit; }
};

/// Uses the observed order between 1 and `highest_order`, that of the scheme where errors are small and smooth; 1,
/// which gives the largest bias, if no order is observed.
MFG_API Extrapolation extrapolate(Real coarsest, Real coarse, Real fine, Real highest_order);

}  // namespace mfg
