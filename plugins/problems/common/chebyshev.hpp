#pragma once
#include <mfg/autodiff/jet.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace mfg {

/// The largest absolute value; infinity if a number is not finite.
template <class Numbers>
Real largest_of(const Numbers& numbers)
{
    Real most = 0;
    for (const Real x : numbers) {
        if (!std::isfinite(x)) return std::numeric_limits<Real>::infinity();
        most = std::max(most, std::abs(x));
    }
    return most;
}

/// A smooth function on an interval as a Chebyshev series: what formulas on jets use for a function that is known by
/// its values only, such as the solution of a differential equation.
class MFG_API ChebyshevSeries {
public:
    /// Zero.
    ChebyshevSeries() = default;
    /// The polynomial through values at `nodes(low, high, n)`, without coefficients that are rounding errors.
    ChebyshevSeries(Real low, Real high, const Vector& values);
    /// A function by as many nodes as it takes to reach rounding errors, which are those of numbers of the size of the
    /// function or of `scale`, if that is larger. A NumericalError says so if 1024 do not suffice.
    static ChebyshevSeries fit(Real low, Real high, const std::function<Real(Real)>& function, Real scale = 0);

    /// The n >= 2 extrema of the last polynomial, both ends among them, from low to high.
    static Vector nodes(Real low, Real high, Index n);
    /// The matrix that takes values at the nodes to those of the derivative of the polynomial through them.
    static Matrix differentiation(Real low, Real high, Index n);

    Real operator()(Real t) const;
    /// With all derivatives of `t`, one feature.
    Jet operator()(const Jet& t) const;
    /// The integral from the lower end.
    ChebyshevSeries integral() const;

    const std::vector<Real>& coefficients() const { return coefficients_; }

private:
    Real low_ = 0, high_ = 1;
    std::vector<Real> coefficients_;
};

}  // namespace mfg
