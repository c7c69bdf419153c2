#include <mfg/assessment/time_means.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace mfg {
namespace {

constexpr std::size_t most_groups = 64, least_points = 32;

/// Puts the least-squares line in t of some points, rows `begin` to `end`, into their rows of `means`.
void fit_line(const Matrix& values, const Vector& times, const std::size_t* begin, const std::size_t* end,
              Matrix& means)
{
    const Real n = static_cast<Real>(end - begin);
    Real time = 0, value = 0;
    for (const std::size_t* i = begin; i != end; ++i) {
        time += times(*i) / n;
        value += values(*i, 0) / n;
    }
    Real square = 0, product = 0, size = 0;
    for (const std::size_t* i = begin; i != end; ++i) {
        const Real t = times(*i) - time;
        square += t * t;
        product += t * (values(*i, 0) - value);
        size = std::max(size, std::abs(times(*i)));
    }
    // Points that share a time have no slope.
    constexpr Real rounding = 1e-12;
    const Real slope = std::sqrt(square / n) > rounding * size ? product / square : 0;
    for (const std::size_t* i = begin; i != end; ++i) means(*i, 0) = value + slope * (times(*i) - time);
}

}  // namespace

Matrix time_means(const Matrix& values, const Vector& times)
{
    const std::size_t n = values.size();
    Matrix means = make_matrix(n, 1);
    if (times.size() == 0) {
        for (const Real v : values) means(0, 0) += v / static_cast<Real>(n);
        std::fill(means.begin(), means.end(), Real(means(0, 0)));
        return means;
    }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return times(a) < times(b); });
    const std::size_t groups = std::clamp<std::size_t>(n / least_points, 1, most_groups);
    for (std::size_t g = 0; g < groups; ++g)
        fit_line(values, times, order.data() + g * n / groups, order.data() + (g + 1) * n / groups, means);
    return means;
}

Matrix without_time_means(const Matrix& values, const Vector& times)
{
    Matrix centred = time_means(values, times);
    for (std::size_t i = 0; i < centred.size(); ++i) centred(i, 0) = values(i, 0) - centred(i, 0);
    return centred;
}

}  // namespace mfg
