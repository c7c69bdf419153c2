#include "ergodic_torus.hpp"
#include <mfg/base/constants.hpp>

namespace mfg {
namespace {

Jet previous_on_ring(const Jet& x)
{
    const int d = x.features();
    return d == 1 ? x : vconcat(x[d - 1], x.features(0, d - 1));
}

}  // namespace

Jet ErgodicTorus::cost(const Jet& x) const
{
    const Real c = amplitude_, e = interaction_;
    const Jet sines = sum(sin(2 * pi * x)), slope = -c * cos(2 * pi * x);  // slope: grad phi / (2 pi) for e = 0
    if (e == 0) return 2 * pi * pi * (norm_squared(slope) - c * sines) - 2 * c * sines;
    const Jet difference = 2 * pi * (x - next_on_ring(x));
    const Jet pull = e * sin(difference), cosines = sum(cos(difference));
    const Jet gradient = slope - pull + previous_on_ring(pull);
    return 2 * pi * pi * (norm_squared(gradient) - c * sines + 2 * e * cosines) + 2 * (e * cosines - c * sines);
}

}  // namespace mfg
