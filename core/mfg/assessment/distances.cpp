#include <mfg/assessment/distances.hpp>
#include <mfg/base/views.hpp>

namespace mfg {
namespace {

/// The mean of what is solved for and that of the exact values, or zeros.
struct Means {
    Means(const Matrix& solution, const Matrix& exact, bool wanted)
    {
        const Real n = static_cast<Real>(exact.size());
        for (std::size_t i = 0; i < exact.size() && wanted; ++i) {
            error += (solution.data()[i] - exact.data()[i]) / n;
            value += exact.data()[i] / n;
        }
    }
    Real error = 0, value = 0;
};

}  // namespace

Real relative_l2(const Matrix& solution, const Matrix& exact, bool without_mean, Real unit)
{
    const Means mean(solution, exact, without_mean);
    L2Sums sums;
    sums.add(solution, exact, mean.error, mean.value);
    return sums.relative(unit);
}

Real relative_l1(const Matrix& solution, const Matrix& exact, bool without_mean)
{
    const Means mean(solution, exact, without_mean);
    Real difference = 0, sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        difference += std::abs(solution.data()[i] - exact.data()[i] - mean.error);
        sum += std::abs(exact.data()[i] - mean.value);
    }
    return sum > 0 ? difference / sum : difference / static_cast<Real>(exact.size());
}

Real density_distance(const Matrix& solution, const Matrix& exact, bool weighted)
{
    Real difference = 0, squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const Real m = std::exp(exact.data()[i] * (weighted ? 1 : 2));
        const Real relative = std::exp(solution.data()[i] - exact.data()[i]) - 1;
        difference += m * relative * relative;
        squares += m;
    }
    return std::sqrt(difference / squares);
}

Real spread(const Matrix& values)
{
    // Assigned first: within the difference it would be computed for every entry again.
    const Vector mean = xt::mean(values, {0});
    const Matrix centred = values - mean;
    return std::sqrt(xt::mean(centred * centred)());
}

}  // namespace mfg
