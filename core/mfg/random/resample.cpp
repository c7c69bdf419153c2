#include <mfg/random/resample.hpp>

namespace mfg {

std::vector<std::size_t> resample(const Vector& weights, std::size_t count, Real offset)
{
    Real total = 0;
    for (const Real w : weights) total += w;
    std::vector<std::size_t> chosen;
    chosen.reserve(count);
    Real sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights(i);
        while (chosen.size() < count &&
               (static_cast<Real>(chosen.size()) + offset) * total < sum * static_cast<Real>(count))
            chosen.push_back(i);
    }
    while (chosen.size() < count) chosen.push_back(weights.size() - 1);
    return chosen;
}

}  // namespace mfg
