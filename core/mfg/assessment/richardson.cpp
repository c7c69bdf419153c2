#include <mfg/assessment/richardson.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mfg {

Extrapolation extrapolate(Real coarsest, Real coarse, Real fine, Real highest_order)
{
    const Real ratio = (coarse - coarsest) / (fine - coarse);
    const bool approaches = std::isfinite(ratio) && ratio > 1;
    const Real order = approaches ? std::log2(ratio) : std::numeric_limits<Real>::quiet_NaN();
    const Real used = approaches ? std::clamp<Real>(order, 1, highest_order) : 1;
    return {fine, order, fine + (fine - coarse) / (std::pow(Real(2), used) - 1)};
}

}  // namespace mfg
