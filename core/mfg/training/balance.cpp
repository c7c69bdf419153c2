#include <mfg/training/balance.hpp>

#include <cmath>

namespace mfg {

void balance(SampledObjective& objective, const Vector& theta, Vector& factors, Vector& gradient)
{
    constexpr Real a = 0.1;
    objective.term_gradient(theta, 0, gradient);
    Real largest = 0;
    for (const Real entry : gradient)
        // Written so that not-a-number is kept, too.
        if (!(std::abs(entry) <= largest)) largest = std::abs(entry);
    if (!(largest > 0) || !std::isfinite(largest)) return;
    for (std::size_t i = 1; i < factors.size(); ++i) {
        objective.term_gradient(theta, static_cast<int>(i), gradient);
        Real mean = 0;
        for (const Real entry : gradient) mean += std::abs(entry);
        mean /= static_cast<Real>(gradient.size());
        const Real wanted = largest / mean;
        if (std::isfinite(wanted) && wanted > 0) factors(i) = (1 - a) * factors(i) + a * wanted;
    }
}

}  // namespace mfg
