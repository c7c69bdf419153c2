#pragma once
#include <mfg/base/array.hpp>
#include <mfg/base/export.hpp>

#include <cmath>

namespace mfg {

/// |solution - exact| / |exact| over all entries; without the means of the difference and of the exact values, if
/// wanted. Where the exact values are less than 1e-5 of `unit` in the root mean square, it is in units of this instead;
/// where they are zero and there is no unit, it is absolute.
MFG_API Real relative_l2(const Matrix& solution, const Matrix& exact, bool without_mean = false, Real unit = 0);

/// sum |solution - exact| / sum |exact|, without the means if wanted, or the mean difference where the exact values are
/// zero.
MFG_API Real relative_l1(const Matrix& solution, const Matrix& exact, bool without_mean);

/// |m - m*| / |m*| in L2 of the uniform law, from log densities at points of the exact population (`weighted`: then
/// E_u m*^2 (m/m* - 1)^2 = E_m* m* (m/m* - 1)^2), or at uniform points.
MFG_API Real density_distance(const Matrix& solution, const Matrix& exact, bool weighted);

/// Root mean square of the entries without the means of their columns.
MFG_API Real spread(const Matrix& values);

/// The sums of a relative L2 norm, over entries that come part by part.
struct L2Sums {
    Real difference = 0, squares = 0, count = 0;

    /// `mean_error` and `mean`: what is left out of the differences and of the exact values.
    void add(const Matrix& solution, const Matrix& exact, Real mean_error = 0, Real mean = 0)
    {
        for (std::size_t i = 0; i < exact.size(); ++i) {
            const Real e = exact.data()[i], error = solution.data()[i] - e - mean_error;
            difference += error * error;
            squares += (e - mean) * (e - mean);
        }
        count += static_cast<Real>(exact.size());
    }
    /// In units of `unit` where the exact values are negligible beside it.
    Real relative(Real unit = 0) const
    {
        constexpr Real negligible = 1e-5;
        if (std::sqrt(squares / count) > negligible * unit) return std::sqrt(difference / squares);
        return std::sqrt(difference / count) / (unit > 0 ? unit : 1);
    }
};

}  // namespace mfg
