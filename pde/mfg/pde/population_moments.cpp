#include <mfg/pde/population_moments.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

PopulationMoments::At PopulationMoments::at(Real t) const
{
    // One node: the same at all times.
    if (intervals == 0) return {*this, -1, {0, 1, 0, 0}, {0, 0, 0, 0}};
    const Real h = horizon / intervals;
    const int k = std::clamp(static_cast<int>(t / h), 0, intervals - 1);
    const Real s = std::clamp<Real>(t / h - k, 0, 1), s2 = s * s;
    // Catmull-Rom: a cubic with the slopes of centred differences at the nodes.
    At at{
        *this,
        k - 1,
        {(-s + 2 * s2 - s2 * s) / 2, (2 - 5 * s2 + 3 * s2 * s) / 2, (s + 4 * s2 - 3 * s2 * s) / 2, (-s2 + s2 * s) / 2},
        {(-1 + 4 * s - 3 * s2) / 2, (-10 * s + 9 * s2) / 2, (1 + 8 * s - 9 * s2) / 2, (-2 * s + 3 * s2) / 2}};
    // A node beyond the ends is that of the quadratic through the last three: p_-1 = 3 p_0 - 3 p_1 + p_2.
    const auto replace = [](Real& missing, Real& first, Real& second, Real& third) {
        first += 3 * missing;
        second -= 3 * missing;
        third += missing;
        missing = 0;
    };
    for (auto* w : {&at.value, &at.rate}) {
        auto& [before, low, high, after] = *w;
        if (k == 0) replace(before, low, high, after);
        if (k == intervals - 1) replace(after, high, low, before);
    }
    if (intervals < 3) {
        // Too few nodes for a cubic: linear.
        at.value = {0, 1 - s, s, 0};
        at.rate = {0, -1, 1, 0};
    }
    for (Real& rate : at.rate) rate /= h;
    return at;
}

PopulationMoments::Coordinate PopulationMoments::At::operator[](int coordinate) const
{
    Real mean = 0, mean_rate = 0, log_deviation = 0, log_rate = 0;
    for (int i = 0; i < 4; ++i) {
        const int node = first + i;
        if (node < 0 || node > moments.intervals) continue;
        const Index entry = Index{node} * moments.dimension + coordinate;
        mean += value[i] * moments.means[entry];
        mean_rate += rate[i] * moments.means[entry];
        log_deviation += value[i] * moments.log_deviations[entry];
        log_rate += rate[i] * moments.log_deviations[entry];
    }
    return {mean, mean_rate, std::exp(log_deviation), log_rate};
}

void PopulationMoments::fit(const Matrix& points, int node, Real smallest, Real* means, Real* log_deviations)
{
    const Index n = rows(points), d = columns(points);
    for (Index k = 0; k < d; ++k) {
        Real mean = 0, squares = 0;
        for (Index i = 0; i < n; ++i) mean += points(i, k) / n;
        for (Index i = 0; i < n; ++i) squares += (points(i, k) - mean) * (points(i, k) - mean);
        const Real deviation = std::sqrt(squares / n);
        if (!std::isfinite(deviation)) continue;
        const Index entry = node * d + k;
        means[entry] = mean;
        log_deviations[entry] = std::log(std::max(deviation, smallest));
    }
}

}  // namespace mfg
