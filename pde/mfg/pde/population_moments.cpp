#include <mfg/pde/population_moments.hpp>

#include <algorithm>
#include <cmath>

namespace mfg {

PopulationMoments::PopulationMoments(const Real* means, const Real* log_deviations, int dimension, int intervals,
                                     Real horizon)
    : means_(means), log_deviations_(log_deviations), dimension_(dimension), intervals_(intervals), horizon_(horizon)
{
}

PopulationMoments::At PopulationMoments::at(Real t) const
{
    At at(*this);
    const Real h = horizon_ / intervals_;
    const int k = std::clamp(static_cast<int>(t / h), 0, intervals_ - 1);
    const Real s = std::clamp<Real>(t / h - k, 0, 1), s2 = s * s;
    // Catmull-Rom: a cubic with the slopes of centred differences at the nodes.
    Real value[4] = {(-s + 2 * s2 - s2 * s) / 2, (2 - 5 * s2 + 3 * s2 * s) / 2, (s + 4 * s2 - 3 * s2 * s) / 2,
                     (-s2 + s2 * s) / 2};
    Real rate[4] = {(-1 + 4 * s - 3 * s2) / 2, (-10 * s + 9 * s2) / 2, (1 + 8 * s - 9 * s2) / 2, (-2 * s + 3 * s2) / 2};
    at.first = k - 1;
    if (intervals_ < 3) {
        // Too few nodes for a cubic: linear.
        const Real line[4] = {0, 1 - s, s, 0}, slope[4] = {0, -1, 1, 0};
        std::copy_n(line, 4, value);
        std::copy_n(slope, 4, rate);
    } else {
        // A node beyond the ends is that of the quadratic through the last three: p_-1 = 3 p_0 - 3 p_1 + p_2.
        for (Real* w : {value, rate}) {
            if (k == 0) {
                const Real missing = w[0];
                w[1] += 3 * missing;
                w[2] -= 3 * missing;
                w[3] += missing;
                w[0] = 0;
            }
            if (k == intervals_ - 1) {
                const Real missing = w[3];
                w[2] += 3 * missing;
                w[1] -= 3 * missing;
                w[0] += missing;
                w[3] = 0;
            }
        }
    }
    for (int i = 0; i < 4; ++i) {
        at.value[i] = value[i];
        at.rate[i] = rate[i] / h;
    }
    return at;
}

PopulationMoments::Coordinate PopulationMoments::At::operator[](int coordinate) const
{
    Real mean = 0, mean_rate = 0, log_deviation = 0, log_rate = 0;
    for (int i = 0; i < 4; ++i) {
        const int node = first + i;
        if (node < 0 || node > moments.intervals_) continue;
        const std::ptrdiff_t entry = static_cast<std::ptrdiff_t>(node) * moments.dimension_ + coordinate;
        mean += value[i] * moments.means_[entry];
        mean_rate += rate[i] * moments.means_[entry];
        log_deviation += value[i] * moments.log_deviations_[entry];
        log_rate += rate[i] * moments.log_deviations_[entry];
    }
    return {mean, mean_rate, std::exp(log_deviation), log_rate};
}

void PopulationMoments::fit(const Matrix& points, int node, Real smallest, Real* means, Real* log_deviations)
{
    const std::size_t n = points.shape(0), d = points.shape(1);
    for (std::size_t k = 0; k < d; ++k) {
        Real mean = 0, squares = 0;
        for (std::size_t i = 0; i < n; ++i) mean += points(i, k) / static_cast<Real>(n);
        for (std::size_t i = 0; i < n; ++i) squares += (points(i, k) - mean) * (points(i, k) - mean);
        const Real deviation = std::sqrt(squares / static_cast<Real>(n));
        if (!std::isfinite(deviation)) continue;
        const std::size_t entry = static_cast<std::size_t>(node) * d + k;
        means[entry] = mean;
        log_deviations[entry] = std::log(std::max(deviation, smallest));
    }
}

}  // namespace mfg
