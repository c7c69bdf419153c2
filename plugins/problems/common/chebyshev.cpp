#include "chebyshev.hpp"
#include <mfg/base/constants.hpp>
#include <mfg/base/error.hpp>

namespace mfg {
namespace {

/// cos(pi k / n), antisymmetric to the last digit.
Real extremum(Index k, Index n)
{
    return std::sin(pi * (n - 2 * k) / (2 * n));
}

}  // namespace

ChebyshevSeries::ChebyshevSeries(Real low, Real high, const Vector& values) : low_(low), high_(high)
{
    const Index n = length(values) - 1;
    coefficients_.assign(n + 1, 0);
    for (Index k = 0; k <= n; ++k) {
        Real sum = 0;
        for (Index j = 0; j <= n; ++j) {
            // values(n - j) belongs to cos(pi j / n)
            const Real share = values(n - j) * extremum(j * k % (2 * n), n);
            sum += j == 0 || j == n ? share / 2 : share;
        }
        coefficients_[k] = 2 * sum / n / (k == 0 || k == n ? 2 : 1);
    }
    const Real negligible = 1e-15 * largest_of(coefficients_);
    while (coefficients_.size() > 1 && std::abs(coefficients_.back()) <= negligible) coefficients_.pop_back();
}

ChebyshevSeries ChebyshevSeries::fit(Real low, Real high, const std::function<Real(Real)>& function, Real scale)
{
    for (Index n = 17; n <= 1025; n = 2 * n - 1) {
        Vector values = nodes(low, high, n);
        for (Real& v : values) v = function(v);
        const ChebyshevSeries series(low, high, values);
        const auto& c = series.coefficients_;
        const Real most = largest_of(c);
        if (!std::isfinite(most)) break;
        Real rest = 0;
        for (Index k = n - 4; k < length(c); ++k) rest = std::max(rest, std::abs(c[k]));
        if (rest <= 1e-13 * std::max(most, scale)) return series;
    }
    throw NumericalError(
        "a function of time has no Chebyshev series of 1024 terms: it changes too fast; take a shorter horizon");
}

Vector ChebyshevSeries::nodes(Real low, Real high, Index n)
{
    Vector x = make_vector(n);
    for (Index j = 0; j < n; ++j) x(j) = (low + high) / 2 - (high - low) / 2 * extremum(j, n - 1);
    x(0) = low;
    x(n - 1) = high;
    return x;
}

Matrix ChebyshevSeries::differentiation(Real low, Real high, Index n)
{
    const Real last = n - 1;
    const auto weight = [&](Index j) { return (j % 2 == 0 ? 1 : -1) * (j == 0 || j == n - 1 ? 2.0 : 1.0); };
    Matrix d = make_matrix(n, n);
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < n; ++j) {
            if (i == j) continue;
            // The difference of two nodes as a product: no cancellation where they are close.
            const Real a = i, b = j;
            const Real difference =
                (high - low) * std::sin(pi * (a + b) / (2 * last)) * std::sin(pi * (a - b) / (2 * last));
            d(i, j) = weight(i) / weight(j) / difference;
            d(i, i) -= d(i, j);  // constants have derivative 0
        }
    }
    return d;
}

Real ChebyshevSeries::operator()(Real t) const
{
    const Real x = (2 * t - low_ - high_) / (high_ - low_);
    Real b = 0, before = 0;
    for (Index k = length(coefficients_); k-- > 1;) {
        const Real next = coefficients_[k] + 2 * x * b - before;
        before = b;
        b = next;
    }
    return coefficients_.empty() ? 0 : coefficients_[0] + x * b - before;
}

Jet ChebyshevSeries::operator()(const Jet& t) const
{
    const Real first = coefficients_.empty() ? 0 : coefficients_[0];
    const Jet x = (2 * t - (low_ + high_)) / (high_ - low_);
    if (coefficients_.size() < 2) return 0 * x + first;
    // Clenshaw's recursion.
    Jet b = 0 * x + coefficients_.back(), before;
    for (Index k = length(coefficients_) - 1; k-- > 1;) {
        const Jet next = 2 * (x * b) - before + coefficients_[k];
        before = b;
        b = next;
    }
    return x * b - before + first;
}

ChebyshevSeries ChebyshevSeries::integral() const
{
    ChebyshevSeries result;
    result.low_ = low_;
    result.high_ = high_;
    const Index n = length(coefficients_);
    const auto c = [&](Index k) { return k < n ? coefficients_[k] : 0; };
    result.coefficients_.assign(n + 1, 0);
    Real at_low = 0;
    for (Index k = 1; k <= n; ++k) {
        const Real factor = (high_ - low_) / (4 * k);
        result.coefficients_[k] = factor * ((k == 1 ? 2 : 1) * c(k - 1) - c(k + 1));
        at_low += (k % 2 == 0 ? 1 : -1) * result.coefficients_[k];
    }
    result.coefficients_[0] = -at_low;
    return result;
}

}  // namespace mfg
